"""The same as ``flask doctor``, for administrators; and figures for a program that watches."""

import hmac

from flask import Blueprint, Response, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue

from induction.config import Settings
from induction.database import utc_now
from induction.extensions import db
from induction.health import metrics
from induction.health.checkup import examine, how_many
from induction.health.finding import State
from induction.people.access import ANYONE, allow
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


@pages.get("/metrics")
@allow(ANYONE)
def figures() -> ResponseReturnValue:
    """Figures for Prometheus, to whoever sends the token; without one set there is no such page."""
    settings: Settings = current_app.extensions["settings"]
    if not settings.metrics_token:
        abort(404)
    sent = request.headers.get("Authorization", "").encode()
    if not hmac.compare_digest(sent, f"Bearer {settings.metrics_token}".encode()):
        refused = Response("Send the token of INDUCTION_METRICS_TOKEN.\n", 401)
        refused.content_type = metrics.CONTENT_TYPE
        refused.headers["WWW-Authenticate"] = "Bearer"
        return refused
    return Response(metrics.in_text(db.session()), content_type=metrics.CONTENT_TYPE)
