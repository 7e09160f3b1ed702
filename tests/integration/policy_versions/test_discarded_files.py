"""Pictures, sound and films of a draft that was discarded do not stay for ever."""

import hashlib
import io
import json
import zipfile
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from induction.config import PROJECT_ROOT
from induction.curriculum.loader import read_texts
from induction.database import writing
from induction.people.models import Role
from tests.integration.policy_versions.test_drafts import (
    DRAFT,
    PICTURE,
    PNG,
    bring,
    draw_up,
    packed,
)
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.record import rows


def discard(officer: Visitor) -> None:
    at = next(a["href"] for a in officer.read(DRAFT).all("a") if a["href"].endswith("/discard"))
    assert "that no version and no other draft has are deleted" in officer.read(at).text
    assert officer.send(officer.read(at).forms[-1], {}, at=at).status_code == 303


def test_pictures_of_a_discarded_draft_go_where_nothing_else_has_them(here: Flask) -> None:
    cast = Cast(here)
    officer = cast.signed_in(cast.account(Role.COMPLIANCE))
    page = "content/social-media/06-your-footprint.md"
    texts = read_texts(PROJECT_ROOT, "social-media")
    files: dict[str, bytes] = {path: written.encode() for path, written in texts.items()}
    shown = {**files, page: files[page] + b"\n![A van with a name on it.](a-van.png)\n"}
    other = b"\x89PNG\r\n\x1a\n" + b"\x01" * 40
    used = partial(packed, {**shown, PICTURE: PNG})
    unused = partial(packed, {**shown, PICTURE: other})
    assert bring(officer, used()).status_code == 303
    draw_up(officer)
    for both in (unused, used, unused):
        assert bring(officer, both()).status_code == 303
    sizes = "SELECT count(*) FROM content_file"
    assert rows(here, sizes) == [(2,)]
    with (
        pytest.raises(DBAPIError, match="append-only"),
        here.app_context(),
        writing() as session,
    ):
        session.execute(text("DELETE FROM content_file"))
    discard(officer)
    assert rows(here, "SELECT sha256 FROM content_file") == [(hashlib.sha256(PNG).hexdigest(),)]
    details = rows(here, "SELECT details FROM audit_entry WHERE action = 'policy:draft-discarded'")
    assert [json.loads(row[0])["files_removed"] for row in details] == [1]

    (zipped, *_) = [a["href"] for a in officer.read(DRAFT).all("a") if a["href"].endswith(".zip")]
    with zipfile.ZipFile(io.BytesIO(officer.get(zipped).get_data())) as archive:
        assert PICTURE not in archive.namelist()
    again = next(f for f in officer.read(DRAFT).forms if "earlier" in f.fields)
    assert officer.send(again, {}, at=DRAFT).status_code == 303
    assert "there is no picture, sound or film a-van.png here" in officer.read(DRAFT).text
    discard(officer)
    assert rows(here, sizes) == [(1,)]
