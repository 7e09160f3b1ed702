"""The institute's own signed-off document, for anyone who has signed in."""

from flask import Blueprint, Response, abort

from induction.extensions import db
from induction.people.access import SIGNED_IN, allow
from induction.policy.documents import serve
from induction.policy.store import content

pages = Blueprint("policy", __name__, url_prefix="/policy")


@pages.get("/document")
@allow(SIGNED_IN)
def document() -> Response:
    """The document of the version in force."""
    session = db.session()
    held = content().look(session).document
    if held is None:
        abort(404)
    return serve(held.id)
