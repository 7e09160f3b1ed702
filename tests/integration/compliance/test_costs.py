"""What pages of evidence cost: the same queries however many there are, and no table of answers."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event

from induction.extensions import db
from induction.people.models import Role
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.queries import Statements
from tests.support.record import rows

OF_COMPLIANCE = (
    "/compliance", "/compliance/clauses", "/compliance/item-statistics", "/compliance/certificates",
)  # fmt: skip
OF_TUTORS = ("/tutor/misconceptions", "/tutor/learners", "{learner}")
GROWING = {
    "answer",
    "attempt",
    "audit_entry",
    "audit_personal",
    "certificate_record",
    "declaration",
}

# The versions of certificates are read in steps along an index, each of one row.
ONE_STEP = "SELECT certificate.policy_version"


@contextmanager
def sent_with_values(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """Every SELECT that is sent meanwhile, with its values."""
    seen: list[tuple[str, Any]] = []

    def sent(_connection: Any, _cursor: Any, sql: str, values: Any, *_: Any) -> None:
        if sql.lstrip().upper().startswith(("SELECT", "WITH")):
            seen.append((sql, values))

    event.listen(engine, "before_cursor_execute", sent)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", sent)


def read_whole(app: Flask, visitor: Visitor, address: str) -> set[str]:
    """The tables that a page reads from end to end, as SQLite plans its queries."""
    with app.app_context():
        engine = db.engine
    with sent_with_values(engine) as seen:
        visitor.read(address)
    with engine.connect() as connection:
        plans = [
            line[3].split()
            for sql, values in seen
            if not sql.startswith(ONE_STEP)
            for line in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
        ]
    return {words[1] for words in plans if words[0] == "SCAN"}


@pytest.fixture
def visitors(cast: Cast, numbers: list[str]) -> list[tuple[Visitor, str]]:
    """Each page with somebody who may open it."""
    officer = cast.signed_in(cast.account(Role.COMPLIANCE))
    head = cast.signed_in(cast.account(Role.HEAD))
    [(learner,)] = rows(
        cast.app,
        "SELECT public_id FROM account JOIN certificate ON account.id = account_id "
        "WHERE number = :number",
        number=numbers[0],
    )
    theirs = [address.format(learner=f"/tutor/learners/{learner}") for address in OF_TUTORS]
    return [(officer, address) for address in OF_COMPLIANCE] + [(head, a) for a in theirs]


def test_more_people_cost_no_more_queries(
    cast: Cast,
    visitors: list[tuple[Visitor, str]],
    queries: Callable[[], AbstractContextManager[Statements]],
) -> None:
    def costs() -> dict[str, int]:
        found = {}
        for visitor, address in visitors:
            visitor.read(address)  # what a process reads once and keeps
            with queries() as sent:
                visitor.read(address)
            found[address] = len(sent)
        return found

    few = costs()
    for _ in range(3):
        cast.graduate(cast.learner())
    many = costs()
    assert {a: (few[a], many[a]) for a in few if many[a] > few[a]} == {}
    assert max(few.values()) <= 16, few


def test_the_record_of_acts_reads_nobody_but_whom_it_names(
    app: Flask, visitors: list[tuple[Visitor, str]]
) -> None:
    officer, _ = visitors[0]
    assert not read_whole(app, officer, "/compliance/audit") & {"account", "enrolment"}


def test_no_page_reads_all_answers_acts_or_records(
    app: Flask, visitors: list[tuple[Visitor, str]]
) -> None:
    for visitor, address in visitors:
        assert not read_whole(app, visitor, address) & GROWING, address


EVERYBODY = {
    "account", "enrolment", "progress", "current_certificate", "certificate", "certificate_record",
}  # fmt: skip


@pytest.mark.parametrize(
    ("role", "address"),
    [
        (Role.HEAD, "/tutor"),
        (Role.HEAD, "/tutor/learners?search=smith"),
        (Role.HEAD, "/tutor/learners?search=smith+jo&state=overdue"),
        (Role.TUTOR, "/tutor/learners?search=smith"),
        (Role.ADMIN, "/admin/people?search=smith"),
        (Role.COMPLIANCE, "/compliance/certificates?search=smith"),
        (Role.COMPLIANCE, "/compliance/certificates/gaps?search=smith"),
        (Role.COMPLIANCE, "/compliance/audit?subject=smith"),
        (Role.COMPLIANCE, "/compliance/audit?actor=smith"),
        (Role.COMPLIANCE, "/compliance"),
    ],
)
def test_whoever_searches_or_counts_everybody_reads_nobody_else(
    tiny: Cast, role: Role, address: str
) -> None:
    tiny.learner("Jo Smith")
    whole = read_whole(tiny.app, tiny.signed_in(tiny.account(role)), address)
    assert {name.rstrip("_0123456789") for name in whole} & EVERYBODY == set()
    assert whole & {"account_changed", "counted_as"}, "what waits is looked at, or what is kept"
