"""What is kept of people is what is counted of them, at any moment and by whatever way it came."""

from collections import Counter
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from induction.audit_pack import gaps
from induction.certificates.models import Certificate, CurrentCertificate
from induction.database import utc_now, writing
from induction.extensions import Model, db
from induction.journey.models import Enrolment, Progress
from induction.journey.rules import LearnerState
from induction.people.models import Account, AccountChanged, AccountRole, AccountWord, Role
from induction.progress import counts, keeping
from induction.progress.models import CountedAs, LastCounted
from induction.progress.status import HELD, HERE, NEEDS_SOMEBODY, is_overdue, part
from induction.register.listing import Wanted
from induction.searching import words_of
from induction.uk_time import uk_day
from tests.support.cast import Cast
from tests.support.importing import go_ahead, upload

BOTH = pytest.mark.parametrize("database", ["sqlite", "postgresql"])


def counted(session: Session, cast: Cast, today: date) -> dict[str, Any]:
    """The same numbers, of everybody one by one."""
    rows = session.execute(
        select(
            part(today).label("part"),
            HERE.label("here"),
            is_overdue(today).label("late"),
            NEEDS_SOMEBODY.label("stuck"),
            CurrentCertificate.certificate_id.label("holds"),
            Certificate.valid_until,
        )
        .select_from(Enrolment)
        .join(Account, Account.id == Enrolment.account_id)
        .join(Progress, Progress.enrolment_id == Enrolment.id)
        .outerjoin(CurrentCertificate, HELD)
        .outerjoin(Certificate, Certificate.id == CurrentCertificate.certificate_id)
    ).all()
    here, held = [row for row in rows if row.here], [row for row in rows if row.holds]
    late = [row for row in held if row.valid_until and row.valid_until < today]
    listed = [*gaps.gaps(session, cast.policy, Wanted(), today)]
    return {
        "parts": Counter(row.part for row in here),
        "needing": (
            sum(bool(row.late or row.stuck) for row in here),
            sum(bool(row.stuck) for row in here),
            sum(bool(row.late) for row in here),
        ),
        "current": (len(held) - len(late), len(late)),
        "gaps": sum(map(len, listed)),
    }


def kept(session: Session, cast: Cast, today: date) -> dict[str, Any]:
    given: dict[str, Any] = {"policy": cast.policy, "today": today}
    found, current = (
        counts.of_everybody(session, **given),
        counts.current_certificates(session, today=today),
    )
    needing = counts.needing(session, **given)
    assert needing[1:] == (found.stuck, found.overdue)
    return {
        "parts": Counter({here.value: n for here, n in found.parts.items()}),
        "needing": needing,
        "current": (current.in_time, current.expired),
        "gaps": gaps.count(session, cast.policy, Wanted(), today)[0],
    }


def agree(cast: Cast) -> None:
    """On a day long ago, today, and in a year."""
    with cast.app.app_context():
        for days in (-800, 0, 400):
            day = uk_day(utc_now()) + timedelta(days=days)
            assert kept(db.session(), cast, day) == counted(db.session(), cast, day)


def settle(cast: Cast) -> None:
    with cast.app.app_context():
        keeping.chore()
        assert db.session.scalar(select(func.count()).select_from(AccountChanged)) == 0


@BOTH
def test_whatever_happens_what_is_kept_is_what_is_counted(cast: Cast) -> None:
    chance, now = Random(4), utc_now()
    people = [cast.learner() for _ in range(6)]
    cast.graduate(people[0])
    cast.graduate(people[1], now=now - timedelta(days=400), valid_months=12)
    number = cast.graduate(people[2])
    revoked = ["certificates", "revoke", number, "--reason", "Sat by another"]
    assert cast.app.test_cli_runner().invoke(args=revoked).exit_code == 0
    cast.account(Role.TUTOR)
    people.append(cast.account())  # who is not enrolled
    agree(cast)
    settle(cast)
    for n in range(24):
        with cast.app.app_context(), writing() as session:
            for account in chance.sample(people, 2):
                happen(session, account.id, chance)
        agree(cast)
        if n % 5 == 0:
            settle(cast)
            agree(cast)
    with cast.app.app_context():
        n = db.session.scalar(select(func.sum(CountedAs.n)))
        assert n == db.session.scalar(select(func.count()).select_from(LastCounted)) == 8 + 6


def happen(session: Session, account_id: int, chance: Random) -> None:
    """Something, to one of them: as the database takes it, whether or not a page would do so."""
    now = utc_now()
    today = uk_day(now)
    changes: list[tuple[type[Model], dict[str, list[Any]]]] = [
        (Progress, {"state": [one.value for one in LearnerState], "failed_tries": [3]}),
        (Progress, {"settled_step": ["arriving"], "step": ["arriving"], "settled_tries": [2, 3]}),
        (Progress, {"renewing": [True, False]}),
        (Enrolment, {"due_on": [None, today, today - timedelta(days=30)], "left_at": [None, now]}),
        (Account, {"deactivated_at": [None, now]}),
    ]
    which = chance.randrange(len(changes) + 2)
    if which < len(changes):
        model, choices = changes[which]
        values = {name: chance.choice(some) for name, some in choices.items()}
        session.execute(update(model).where(whose(model, account_id)).values(values))
    else:
        gone = (AccountRole, CurrentCertificate)[which - len(changes)]
        session.execute(delete(gone).where(gone.account_id == account_id))
        if gone is AccountRole and chance.random() < 0.5:
            session.add(AccountRole(account_id=account_id, role="tutor"))


def whose(model: type[Model], account_id: int) -> ColumnElement[bool]:
    mine = Enrolment.account_id == account_id
    if model is Progress:
        return Progress.enrolment_id == select(Enrolment.id).where(mine).scalar_subquery()
    return mine if model is Enrolment else Account.id == account_id


@BOTH
def test_an_answer_that_moves_nobody_from_one_number_to_another_is_not_noted(cast: Cast) -> None:
    learner = cast.taking(cast.learner())
    settle(cast)
    learner.to_question()
    learner.press()
    assert noted(cast) == 1, "who has begun"
    settle(cast)
    learner.to_question()
    learner.press()
    assert noted(cast) == 0
    agree(cast)


def noted(cast: Cast) -> int:
    with cast.app.app_context():
        found = db.session.scalar(select(func.count(AccountChanged.account_id.distinct())))
        return found or 0


@BOTH
def test_the_words_follow_what_somebody_is_called_and_was_on_certificates(cast: Cast) -> None:
    learner = cast.learner("Orla O’Brien", email="orla@college.example")
    cast.graduate(learner)
    settle(cast)
    before = words(cast, learner)
    assert before >= words_of("Orla O’Brien") | {"brien", "orla@college.example"}
    with cast.app.app_context(), writing() as session:
        session.execute(
            update(Account).where(Account.id == learner.id).values(full_name="Orla Lynch")
        )
    settle(cast)
    assert words(cast, learner) == before | {"lynch"}, "the certificate has the name it was given"
    with cast.app.app_context(), writing() as session:
        gone = {"full_name": "Details erased", "erased_at": utc_now()}
        session.execute(update(Account).where(Account.id == learner.id).values(gone))
        session.execute(
            delete(CurrentCertificate).where(CurrentCertificate.account_id == learner.id)
        )
    settle(cast)
    assert words(cast, learner) == words_of("Orla O’Brien"), "as long as the record is there"


def words(cast: Cast, account: Account) -> set[str]:
    with cast.app.app_context():
        mine = select(AccountWord.word).where(AccountWord.account_id == account.id)
        return {*db.session.scalars(mine)}


@BOTH
def test_nothing_is_kept_of_people_whose_import_was_undone(cast: Cast) -> None:
    known = cast.account()  # who is enrolled by the list, and no longer once it is undone
    admin = cast.signed_in(cast.account(Role.ADMIN))
    settle(cast)
    before = everything_kept(cast)
    sheet = "learner_ref,full_name,email\nA1,Ann Ashby,ann@x.example\nA2,Bo Bright,\n"
    sheet += f"K1,{known.full_name},{known.email}\n"
    assert go_ahead(admin, upload(admin, sheet.encode())) == 303
    settle(cast)
    assert everything_kept(cast) > before
    links = admin.read("/tutor/import").links.values()
    undo = next(href for href in links if href.startswith("/tutor/imports/"))
    form = admin.read(undo).form("reason")
    assert admin.send(form, {"reason": "The wrong list"}, at=undo).status_code == 303
    agree(cast)
    settle(cast)
    agree(cast)
    assert everything_kept(cast) == before


def everything_kept(cast: Cast) -> set[tuple[Any, ...]]:
    with cast.app.app_context():
        words = db.session.execute(select(AccountWord.word, AccountWord.account_id))
        standing = db.session.execute(select(LastCounted.account_id, LastCounted.policy))
        return {tuple(row) for row in (*words, *standing)}


@BOTH
def test_a_word_is_found_where_it_stands_and_nowhere_else(cast: Cast) -> None:
    officer = cast.signed_in(cast.account(Role.COMPLIANCE))
    named, employed = cast.learner("Jo Marchant-Gray"), cast.learner("Bo Li")
    with cast.app.app_context(), writing() as session:
        mine = update(Account).where(Account.id == employed.id)
        session.execute(mine.values(employer="Marchant Builders"))

    def found(address: str) -> tuple[bool, bool]:
        text = officer.read(address).text
        return named.full_name in text, employed.full_name in text

    for _ in ("waiting", "settled"):
        assert found("/tutor/learners?search=marchant") == (True, True)
        assert found("/compliance/certificates/gaps?search=marchant") == (True, False)
        assert found("/tutor/learners?search=-gray") == (True, False), "as it was typed"
        assert found("/tutor/learners?search=-marchant") == (False, False)
        settle(cast)
