"""Pictures, sound and film of the content, by their digest: open to anybody, as help pages are."""

import io

from flask import Blueprint, Response, abort, send_file

from induction.curriculum.media import TYPES
from induction.extensions import db
from induction.people.access import ANYONE, allow
from induction.policy.store import content

pages = Blueprint("media", __name__, url_prefix="/media")
A_YEAR = 365 * 24 * 3600  # seconds; what an address names never changes


@pages.get("/<sha256>.<kind>")
@allow(ANYONE)
def file(sha256: str, kind: str) -> Response:
    """One file of any content that was ever shown, or a part of it, as players ask for it."""
    data = content().file(db.session(), sha256) if kind in TYPES else None
    if data is None:
        abort(404)
    return send_file(
        io.BytesIO(data), mimetype=TYPES[kind], etag=sha256, max_age=A_YEAR, conditional=True
    )
