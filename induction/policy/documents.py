"""The institute's own signed-off document, as a file."""

import io

from flask import Response, abort, send_file
from sqlalchemy import select

from induction.extensions import db
from induction.policy.models import PolicyDocument

TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "markdown": "text/plain; charset=utf-8",
    "text": "text/plain; charset=utf-8",
}


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
