"""Importing a list as staff do: send it, look at what it would do, go ahead."""

import io

from tests.support.client import Visitor
from tests.support.page import read


def upload(visitor: Visitor, data: bytes) -> str:
    """Send a list for its dry run; the address of that."""
    given = {"file": (io.BytesIO(data), "list.csv"), "csrf_token": visitor.token()}
    response = visitor.post("/tutor/import", data=given, content_type="multipart/form-data")
    assert response.status_code == 303, read(response.get_data(as_text=True)).text
    return response.location


def go_ahead(visitor: Visitor, address: str, **values: str) -> int:
    """Carry out what a dry run shows; the status of the answer."""
    data = {"csrf_token": visitor.token(), **values}
    return visitor.post(address, data=data).status_code
