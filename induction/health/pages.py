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
    """How this installation is, what is to mend first."""
    found = examine(now=utc_now())
    order = [State.FAIL, State.WARN, State.OK]
    found.sort(key=lambda one: order.index(one[1].state))
    return render_template(
        "health/overview.html",
        found=found,
        to_mend=how_many(found, State.FAIL),
        to_look_at=how_many(found, State.WARN),
    )
