"""A list that an earlier release has begun is carried on after the upgrade, and undone as one."""

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select, update

from induction.database import utc_now, writing
from induction.enrolment import parts
from induction.enrolment.long_lists import LongImport
from induction.enrolment.models import ListLook, StagedList
from induction.extensions import db
from induction.people.models import Role
from induction.spreadsheets.reading import Line
from tests.integration import test_migrations
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.post import work
from tests.support.record import count

new_app = test_migrations.new_app  # the fixture: an empty database, of no revision yet
PEOPLE = 2 * parts.AT_ONCE + 1
BEFORE = "0061"
# What the release before asked of its worker, and what it noted of a part.
ASKED = {"skip_bad": False, "invite": False, "when": None, "leavers": "", "all_gone": False}
NOTED = {*ASKED, "roles", "counts", "cohorts"}


def begin(app: Flask, account_id: int) -> str:
    """Leave a list as the release before does, one part of it done; where its page is."""
    lines = [
        Line(
            n + 2,
            {
                "learner_ref": f"Q{n:05}",
                "full_name": f"Ann Lee {n}",
                "email": f"q{n}@x.example",
                "cohort": "Bricks",
            },
            surplus=False,
        )
        for n in range(PEOPLE)
    ]
    rows = {"lines": [asdict(line) for line in lines], "ignored": []}
    asked = {**ASKED, "roles": ["admin"], "counts": {}}
    now = utc_now()
    with app.app_context():
        with writing() as session:
            staged = StagedList(
                account_id=account_id, name="list.csv", sha256="0" * 64, rows=rows, at=now,
                asked=asked, asked_at=now,
            )  # fmt: skip
            session.add(staged)
            session.flush()
            public_id = staged.public_id
        heard = utc_now()
        found = parts.take(heard)
        assert found is not None
        LongImport(found.public_id, heard).go_on(0.0)
        with writing() as session:
            words: dict[str, Any] = session.scalars(select(StagedList.asked)).one() or {}
            as_before = {name: value for name, value in words.items() if name in NOTED}
            session.execute(update(StagedList).values(asked=json.loads(json.dumps(as_before))))
    return f"/tutor/import/{public_id}"


def test_a_list_begun_before_the_upgrade_is_carried_on_after_it(new_app: Flask) -> None:
    with new_app.app_context():
        upgrade(revision=BEFORE)
    cast = Cast(new_app)
    admin = cast.account(Role.ADMIN)
    address = begin(new_app, admin.id)
    assert count(new_app, "enrolment") == parts.AT_ONCE
    with new_app.app_context():
        upgrade()
    visitor: Visitor = cast.signed_in(admin)
    assert f"{parts.AT_ONCE} of {PEOPLE} rows" in visitor.read(address).text
    for _ in range(2):
        work(new_app)
    page = visitor.read(address)
    assert f"{PEOPLE} people are new, 0 changed, 0 the same." in page.text
    assert count(new_app, "enrolment") == PEOPLE
    undo = next(a["href"] for a in page.all("a") if "/imports/" in a["href"])
    assert f"Removed, {PEOPLE}" in visitor.read(undo).text
    assert new_app.test_cli_runner().invoke(args=["audit", "verify"]).exit_code == 0


def test_a_part_that_the_release_before_does_beside_us_is_counted(new_app: Flask) -> None:
    """Its worker notes how far it is, and leaves what else was noted as it found it."""
    with new_app.app_context():
        upgrade()
    cast = Cast(new_app)
    admin = cast.account(Role.ADMIN)
    address = begin(new_app, admin.id)
    with new_app.app_context(), writing() as session:
        words: dict[str, Any] = session.scalars(select(StagedList.asked)).one() or {}
        ours = {**words, "so_far": (0, 0, PEOPLE), "last": utc_now().isoformat()}
        session.execute(update(StagedList).values(asked=ours))
    assert f"{parts.AT_ONCE} of {PEOPLE} rows" in cast.signed_in(admin).read(address).text


def test_a_list_sent_to_the_release_before_is_shown_and_gone_ahead_with(new_app: Flask) -> None:
    """Nobody has looked at it: where it is long, its page offers that."""
    with new_app.app_context():
        upgrade(revision=BEFORE)
    cast = Cast(new_app)
    admin = cast.account(Role.ADMIN)
    address = begin(new_app, admin.id)
    with new_app.app_context(), writing() as session:
        stopped = {"stopped": "asked", "leavers": ""}
        long_ago = utc_now() - timedelta(minutes=5)
        words: dict[str, Any] = session.scalars(select(StagedList.asked)).one() or {}
        session.execute(
            update(StagedList).values(
                asked={**words, **stopped}, told="It was stopped.", heard_at=None, asked_at=long_ago
            )
        )
    with new_app.app_context():
        upgrade()
        assert db.session.scalar(select(ListLook.list_id)) is None
    visitor: Visitor = cast.signed_in(admin)
    page = visitor.read(address)
    assert f"Import {PEOPLE - parts.AT_ONCE} people" in page.text
    form = next(one for one in page.forms if one.action == address)
    assert visitor.send(form, at=address).status_code == 303
    for _ in range(2):
        work(new_app)
    assert count(new_app, "enrolment") == PEOPLE
