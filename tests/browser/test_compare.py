"""A certificate's PDF on the check page, in a real Chromium: only its digest leaves the device."""

import hashlib
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support.browser import Visits, follow
from tests.support.cast import Cast

pytestmark = pytest.mark.browser


def test_a_pdf_is_compared_where_it_is_and_never_sent(visits: Visits, cast: Cast) -> None:
    holder = cast.learner()
    number = cast.graduate(holder)
    pdf = cast.signed_in(holder).get(f"/certificates/{number}.pdf").data
    page = visits.phone()
    sent: list[bytes] = []
    page.on("request", lambda request: sent.append(request.post_data_buffer or b""))

    def compare(data: bytes) -> None:
        file: Any = {"name": "certificate.pdf", "mimeType": "application/pdf", "buffer": data}
        page.set_input_files("#file", files=[file])
        follow(page.get_by_role("button", name="Compare it"))

    page.goto("/verify")
    compare(pdf)
    expect(page.get_by_text("byte for byte")).to_be_visible()
    assert "sha256" not in page.url
    compare(pdf[:-1])
    expect(page.get_by_role("heading", name="not the one we issued")).to_be_visible()
    page.goto("/verify")
    compare(pdf[:-1])
    expect(page.get_by_role("heading", name="not one that we issued")).to_be_visible()
    assert hashlib.sha256(pdf).hexdigest().encode() in b"".join(sent)
    assert b"%PDF" not in b"".join(sent)
    assert [complaint.count("404") for complaint in visits.complaints] == [1]
    visits.complaints.clear()
