"""A version that comes into force by itself on its day, and may be called back before."""

import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from induction.database import utc_now
from induction.people.models import Account, Role
from induction.policy.store import Content
from induction.policy_versions import scheduling
from induction.reminders import sending
from induction.uk_time import UK, uk_date, uk_day
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.record import actions, rows

POLICY = "/compliance/policy"
ASKED = "SELECT outcome FROM approval WHERE kind = 'publication' ORDER BY id"
CLAUSE = f"{POLICY}/draft/clause/rule-06-record"


@pytest.fixture
def officer(cast: Cast) -> Visitor:
    return cast.signed_in(cast.account(Role.COMPLIANCE, "Ola Officer"))


@pytest.fixture
def day() -> date:
    return uk_day(utc_now()) + timedelta(days=30)


@pytest.fixture
def at(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """The worker's chore at a moment."""

    def work(now: datetime) -> None:
        monkeypatch.setattr(scheduling, "utc_now", lambda: now)
        with app.app_context():
            scheduling.chore()

    return work


def words_in_force(app: Flask) -> str:
    held: Content = app.extensions["content"]
    return str(held.policy.clause("rule-06-record").words)


def approved(officer: Visitor, words: str = "Ask first.") -> str:
    """A version with other words, approved; its address."""
    draft = f"{POLICY}/draft"
    officer.send(officer.read(draft).form("source"), {}, at=draft)
    officer.send(officer.read(CLAUSE).form("words"), {"words": words}, at=CLAUSE)
    form = officer.read(f"{draft}/changes").form("content")
    marks = {"weight:clause:rule-06-record": "material", "reason:clause:rule-06-record": "Why"}
    version = str(officer.send(form, marks, at=f"{draft}/changes").location)
    officer.send(officer.read(version).forms[0], {}, at=version)
    return version


def publish(officer: Visitor, version: str, **values: str) -> TestResponse:
    return officer.send(officer.read(version).form("joiner_days"), values, at=version)


def press(officer: Visitor, version: str, ending: str) -> TestResponse:
    form = next(f for f in officer.read(version).forms if f.action.endswith(ending))
    return officer.send(form, {}, at=version)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(0, 1), UK)


def told(app: Flask, person: Account) -> list[str]:
    query = "SELECT subject FROM outbox_mail WHERE recipient = :to ORDER BY id"
    return [str(row[0]) for row in rows(app, query, to=person.email)]


def test_a_version_comes_into_force_on_its_day_and_not_before(
    app: Flask, cast: Cast, officer: Visitor, day: date, at: Callable[[datetime], None]
) -> None:
    tutor = cast.account(Role.TUTOR, "Tia Tutor")
    done = cast.learner("Dana Done", cohort=cast.cohort("Bricks", tutor))
    cast.graduate(done)
    before = len(told(app, done)), len(told(app, tutor))
    version, by = approved(officer), day + timedelta(days=14)
    dates = {"in_force_on": day.isoformat(), "redo_by": by.isoformat(), "joiner_days": "20"}
    assert publish(officer, version, **dates).status_code == 303
    page = officer.read(version).text
    assert f"It comes into force on {uk_date(day)}" in page
    assert f"What is to be done again is to be done by {uk_date(by)}. New learners have 20" in page
    assert f"A version comes into force on {uk_date(day)}" in officer.read(POLICY).text

    at(midnight(day) - timedelta(minutes=2))
    assert words_in_force(app) != "Ask first."
    at(midnight(day))
    at(midnight(day))
    assert words_in_force(app) == "Ask first."
    assert rows(app, "SELECT outcome FROM policy_schedule") == [("done",)]
    assert rows(app, "SELECT redo_by, joiner_days, by_id FROM policy_step WHERE redo_by NOTNULL")
    assert "By itself" in officer.read(version).text
    taken = actions(app)
    assert (taken.count("policy:scheduled"), taken.count("policy:published")) == (1, 2)
    with app.app_context():
        sending.run(now=midnight(day) + timedelta(hours=12))
    assert (len(told(app, done)), len(told(app, tutor))) > before
    assert any("policy" in subject.lower() for subject in told(app, done)[before[0] :])


def test_a_day_is_called_back_and_set_anew(
    app: Flask, officer: Visitor, day: date, at: Callable[[datetime], None]
) -> None:
    version = approved(officer)
    publish(officer, version, in_force_on=day.isoformat())
    assert press(officer, version, "/call-back").status_code == 303
    assert press_again(officer, version) == 422
    at(midnight(day))
    assert words_in_force(app) != "Ask first."
    assert publish(officer, version, in_force_on=day.isoformat()).status_code == 303
    at(midnight(day))
    assert words_in_force(app) == "Ask first."
    outcomes = rows(app, "SELECT outcome FROM policy_schedule ORDER BY id")
    assert outcomes == [("called-back",), ("done",)]
    details = rows(app, "SELECT details FROM audit_entry WHERE action = 'policy:called-back'")
    assert [json.loads(row[0]) for row in details] == [{"day": day.isoformat()}]


def press_again(officer: Visitor, version: str) -> int:
    answer = officer.post(f"{version}/call-back", data={"csrf_token": officer.token()})
    return int(answer.status_code)


def test_a_day_that_cannot_be_kept_is_refused(officer: Visitor, day: date) -> None:
    version = approved(officer)
    today = uk_day(utc_now()).isoformat()
    for values in (
        {"in_force_on": today},
        {"in_force_on": "soon"},
        {"in_force_on": day.isoformat(), "redo_by": day.isoformat()},
    ):
        assert publish(officer, version, **values).status_code == 422


def test_one_version_waits_for_its_day_and_another_overtakes_it(
    app: Flask, officer: Visitor, day: date, at: Callable[[datetime], None]
) -> None:
    one, other = approved(officer), approved(officer, "Ask twice.")
    publish(officer, one, in_force_on=day.isoformat())
    refused = publish(officer, other, in_force_on=day.isoformat())
    assert refused.status_code == 422
    assert "Call that back first" in refused.get_data(as_text=True)
    assert publish(officer, other).status_code == 303
    assert words_in_force(app) == "Ask twice."
    at(midnight(day))
    assert words_in_force(app) == "Ask twice."
    assert f"It could not come into force on {uk_date(day)}" in officer.read(one).text


def test_what_cannot_come_into_force_on_its_day_is_told(
    app: Flask, cast: Cast, day: date, at: Callable[[datetime], None]
) -> None:
    boss = cast.account(Role.COMPLIANCE, "Bo Boss")
    officer, learner = cast.signed_in(boss), cast.learner()
    draft = f"{POLICY}/draft"
    officer.send(officer.read(draft).form("source"), {}, at=draft)
    here = f"{draft}/file/quizzes/social-media/01-what-this-covers.yaml"
    (words,) = officer.read(here).form("words").fields["words"]
    held: Content = app.extensions["content"]
    names = [q.id for q in held.policy.sections[0].bank]
    for name in names:  # a situation under another name, while nobody has answered it
        words = words.replace(f"id: {name}\n", f"id: {name}-anew\n")
    officer.send(officer.read(here).form("words"), {"words": words}, at=here)
    form = officer.read(f"{draft}/changes").form("content")
    version = str(officer.send(form, {}, at=f"{draft}/changes").location)
    officer.send(officer.read(version).forms[0], {}, at=version)
    publish(officer, version, in_force_on=day.isoformat())

    cast.graduate(learner)
    at(midnight(day))
    assert rows(app, "SELECT outcome FROM policy_schedule") == [("overtaken",)]
    assert "did not come into force" in told(app, boss)[-1]
    assert "so it must stay; put it back" in officer.read(version).text
    assert "policy:overtaken" in actions(app)


def test_a_day_that_one_person_set_is_not_kept_once_it_takes_two(
    app: Flask, cast: Cast, day: date, at: Callable[[datetime], None]
) -> None:
    boss = cast.account(Role.COMPLIANCE, "Bo Boss")
    officer = cast.signed_in(boss)
    version = approved(officer)
    before = words_in_force(app)
    assert publish(officer, version, in_force_on=day.isoformat()).status_code == 303
    cast.take_two_people()
    at(midnight(day))
    assert words_in_force(app) == before
    assert rows(app, "SELECT outcome FROM policy_schedule") == [("overtaken",)]
    assert "did not come into force" in told(app, boss)[-1]
    assert "Publishing takes two people here" in officer.read(version).text
    second = cast.signed_in(cast.account(Role.COMPLIANCE, "Sue Second"))
    assert publish(second, version).status_code == 303
    assert words_in_force(app) == "Ask first."


def test_where_it_takes_two_the_second_sets_the_day(
    app: Flask, cast: Cast, officer: Visitor, day: date, at: Callable[[datetime], None]
) -> None:
    second = cast.signed_in(cast.account(Role.COMPLIANCE, "Sue Second"))
    cast.take_two_people()
    version = approved(officer)
    dates = {"in_force_on": day.isoformat(), "csrf_token": officer.token()}
    assert officer.post(f"{version}/publish", data=dates).status_code == 422
    assert publish(second, version, in_force_on=day.isoformat()).status_code == 303
    assert rows(app, ASKED) == [("done",)]
    assert press(officer, version, "/call-back").status_code == 303
    assert rows(app, ASKED) == [("done",), ("waiting",)]
    assert publish(second, version, in_force_on=day.isoformat()).status_code == 303
    at(midnight(day))
    assert words_in_force(app) == "Ask first."
