"""The disk is full amid a long list: it says so, nothing is done by halves, and it goes on."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text, update

from induction.database import utc_now, writing
from induction.enrolment import carrying_on, looks, parts, under_way
from induction.enrolment.models import ListLook, StagedList
from induction.extensions import db
from induction.people.models import Role
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.importing import go_ahead, upload
from tests.support.post import work
from tests.support.record import count, rows

PEOPLE = 2 * parts.AT_ONCE + 1
LIST = "learner_ref,full_name,email,cohort\n" + "".join(
    f"Q{n:05},Ann Lee {n},q{n}@x.example,Bricks\n" for n in range(PEOPLE)
)
STANDS_STILL = "the disk of this site may be full"


@pytest.fixture
def admin(tiny: Cast) -> Visitor:
    return tiny.signed_in(tiny.account(Role.ADMIN))


@contextmanager
def a_full_disk(app: Flask) -> Iterator[None]:
    """SQLite refuses to let its file grow by more than a few pages, as on a disk that is full."""
    with app.app_context():
        engine = db.engine
        pages = int(db.session.scalar(text("PRAGMA page_count")) or 0)

    def limit(connection: Any, *_others: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages + 4}")

    event.listen(engine, "checkout", limit)
    try:
        yield
    finally:
        event.remove(engine, "checkout", limit)
        engine.dispose()  # new connections know of no limit


def heard_long_ago(tiny: Cast, silent: timedelta) -> None:
    with tiny.app.app_context(), writing() as session:
        long_ago = utc_now() - silent - timedelta(seconds=1)
        for which in (StagedList, ListLook):
            heard = update(which).where(which.heard_at.is_not(None))
            session.execute(heard.values(heard_at=long_ago))


@pytest.mark.parametrize("fault", [0, 1])
def test_a_list_stands_still_while_the_disk_is_full_and_goes_on_where_there_is_room(
    tiny: Cast, admin: Visitor, monkeypatch: pytest.MonkeyPatch, fault: int
) -> None:
    """From its first part on, and between two."""
    monkeypatch.setattr(carrying_on, "TURN", 0.0)
    address = upload(admin, LIST.encode())
    go_ahead(admin, address, invite="y")
    for _ in range(fault):
        work(tiny.app)
    with a_full_disk(tiny.app):
        work(tiny.app)
        assert count(tiny.app, "enrolment") == fault * parts.AT_ONCE, "nothing by halves"
        monkeypatch.setattr(under_way, "STILL", timedelta(0))
        page = admin.read(address).text
        assert STANDS_STILL in page
        assert f"{fault * parts.AT_ONCE} of {PEOPLE} rows" in page
        assert rows(tiny.app, "SELECT name FROM failing_chore") == [], "it is not put off for long"
    heard_long_ago(tiny, parts.SILENT)
    for _ in range(4):
        work(tiny.app)
    assert f"{PEOPLE} people are new" in admin.read(address).text
    assert count(tiny.app, "enrolment") == count(tiny.app, "one_time_link") == PEOPLE
    assert tiny.app.test_cli_runner().invoke(args=["audit", "verify"]).exit_code == 0


def test_a_look_waits_for_room_as_well(
    tiny: Cast, admin: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "AT_ONCE", 200)
    address = upload(admin, LIST.encode())
    with a_full_disk(tiny.app):
        work(tiny.app)
        assert count(tiny.app, "list_page") == 0
        assert "A long list is looked at" in admin.read(address).text
    heard_long_ago(tiny, looks.SILENT)
    work(tiny.app)
    assert f"Import {PEOPLE} people" in admin.read(address).text
