"""The institute's own signed-off document, for anyone who has signed in."""

import io

from flask import Blueprint, Response, abort, send_file
from sqlalchemy import select

from induction.extensions import db
from induction.people.access import SIGNED_IN, allow
from induction.policy.models import PolicyDocument
from induction.policy.store import content

pages = Blueprint("policy", __name__, url_prefix="/policy")

TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "markdown": "text/plain; charset=utf-8",
    "text": "text/plain; charset=utf-8",
}


@pages.get("/document")
@allow(SIGNED_IN)
def document() -> Response:
    """The document of the version in force."""
    session = db.session()
    held = content().look(session).document
    if held is None:
        abort(404)
    return serve(held.id)


def serve(document_id: int) -> Response:
    """A document as it was attached, byte for byte; 404 where there is none."""
    row = db.session.execute(
        select(
            PolicyDocument.data, PolicyDocument.kind, PolicyDocument.name, PolicyDocument.sha256
        ).where(PolicyDocument.id == document_id)
    ).first()
    if row is None:
        abort(404)
    return send_file(
        io.BytesIO(row.data),
        mimetype=TYPES[row.kind],
        download_name=row.name,
        as_attachment=row.kind == "docx",  # the others open in the browser
        etag=row.sha256,
    )
