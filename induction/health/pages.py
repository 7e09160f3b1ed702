"""The same as ``flask doctor``, for administrators."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from induction.database import utc_now
from induction.health.checkup import examine, how_many
from induction.health.finding import State
from induction.people.access import allow
from induction.people.models import Role

pages = Blueprint("health", __name__)


@pages.get("/admin/health")
@allow(Role.ADMIN)
def overview() -> ResponseReturnValue:
    """How this installation is, with what has to be mended first."""
    found = examine(now=utc_now())
    return render_template(
        "health/overview.html",
        unwell=[
            (title, finding)
            for state in (State.FAIL, State.WARN)
            for title, finding in found
            if finding.state is state
        ],
        fine=[(title, finding.what) for title, finding in found if finding.state is State.OK],
        to_mend=how_many(found, State.FAIL),
        to_look_at=how_many(found, State.WARN),
    )
