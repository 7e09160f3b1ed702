"""From files that changed to learners who answer exactly what changed, and nothing else."""

import csv
import hashlib
import io
import json
import shutil
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from werkzeug.test import TestResponse

from induction.administration import settings_changes as settings_page
from induction.audit.act import SYSTEM, acting
from induction.config import PROJECT_ROOT, Settings
from induction.curriculum.changes import scenarios_testing
from induction.database import utc_now
from induction.extensions import db
from induction.journey.queries import load
from induction.people.models import Account, Role
from induction.policy.store import Content
from induction.policy_versions import carrying_over, publishing
from induction.policy_versions.documents import LARGEST, NotADocument, checked
from induction.policy_versions.version_steps import Deadlines
from induction.reminders import sending
from induction.uk_time import uk_day
from tests.conftest import AppMaker
from tests.support.approvals import decide
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.importing import go_ahead, upload
from tests.support.learner import Learner
from tests.support.page import read
from tests.support.record import actions, count, rows

CLAUSE = "rule-06-record"  # one of the 38
POLICY = "/compliance/policy"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the authors' files that a test may change."""
    folder = tmp_path / "authors"
    for top in ("content", "quizzes"):
        shutil.copytree(PROJECT_ROOT / top, folder / top)
    return folder


@pytest.fixture
def settings(instance: Path, root: Path) -> Settings:
    return Settings.from_environment(
        {"INDUCTION_INSTANCE": str(instance), "INDUCTION_CONTENT": str(root)}
    )


@pytest.fixture
def officer(cast: Cast) -> Visitor:
    return cast.signed_in(cast.account(Role.COMPLIANCE, "Ola Officer"))


def reword(root: Path, clause: str = CLAUSE, words: str = "Other words now.") -> None:
    """Give a clause other words in the file, as an author would."""
    path = root / "content" / "social-media" / "policy.yaml"
    before, found, after = path.read_text().partition(f"  - id: {clause}\n")
    assert found
    head, _, tail = after.partition("    words: >-\n")
    rest = tail.split("\n")
    end = next(i for i, line in enumerate(rest) if not line.startswith("      "))
    path.write_text(f"{before}{found}{head}    words: >-\n      {words}\n" + "\n".join(rest[end:]))


def content_of(app: Flask) -> Content:
    held: Content = app.extensions["content"]
    return held


def draw_up(officer: Visitor, weight: str = "material", reason: str = "The law changed") -> str:
    """Mark every change; returns the address of the version."""
    page = officer.read(f"{POLICY}/changes")
    form = next(f for f in page.forms if "content" in f.fields)
    marks: dict[str, str | list[str]] = {}
    for name in {*form.fields, *form.options}:
        if name.startswith("weight:"):
            marks[name] = weight
        elif name.startswith("reason:"):
            marks[name] = reason
    response = officer.send(form, marks, at=f"{POLICY}/changes")
    assert response.status_code == 303
    return str(response.location)


def press(officer: Visitor, version: str, act: str, **values: str) -> TestResponse:
    page = officer.read(version)
    form = next(f for f in page.forms if f.action.endswith(act))
    return officer.send(form, dict(values), at=version)


def publish(officer: Visitor, version: str, **values: str) -> None:
    assert press(officer, version, "/approve").status_code == 303
    assert press(officer, version, "/publish", **values).status_code == 303


def people_of(officer: Visitor, version: str) -> list[dict[str, str]]:
    text = officer.get(f"{version}/people.csv").get_data(as_text=True)
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))


def summaries(app: Flask, people: list[Account]) -> list[tuple[str, int, int, int]]:
    """What lists say of them."""
    query = (
        "SELECT state, passed, steps, failed_tries FROM progress JOIN enrolment "
        "ON enrolment.id = enrolment_id WHERE account_id = :i"
    )
    return [rows(app, query, i=person.id)[0] for person in people]


def standings(app: Flask, people: list[Account]) -> list[tuple[str, int, int, int]]:
    """Where they stand by everything that is stored of them."""
    with app.app_context():
        ways = [load(db.session(), content_of(app), person.id) for person in people]
    return [
        (s.state.value, s.passed, len(s.steps), s.present.failed_tries if s.present else 0)
        for s in (way.standing for way in ways if way)
    ]


def test_one_clause_of_38_published_as_material(
    app: Flask, cast: Cast, officer: Visitor, root: Path, queries: Any
) -> None:
    names = ("Dana Done", "Wim Waiting", "Mia Middle")
    done, waiting, middle = (cast.learner(name) for name in names)
    first = cast.graduate(done)
    cast.advance(middle, until="treating-people-well")
    one, other = cast.taking(done), cast.taking(middle)
    cast.taking(waiting).open()
    old = content_of(app).policy
    mapped = {q.id for q in scenarios_testing(old, {CLAUSE})}
    assert (len(old.clauses), bool(mapped)) == (38, True)

    reword(root)
    assert "differ" in officer.read(POLICY).text
    changes = officer.read(f"{POLICY}/changes").text
    assert "Other words now." in changes
    assert content_of(app).policy is old, "learners see what is in force"
    version = draw_up(officer)
    page = officer.read(version)
    assert "1 person would have something to do again" in page.text
    previewed = people_of(officer, version)
    assert [
        (p["Name"], p["Signs again"], int(p["Questions again"]), p["ULN"], p["Policy"])
        for p in previewed
    ] == [("Dana Done", "yes", 1, "", "social-media")]
    by = (utc_now() + timedelta(days=14)).date()
    publish(officer, version, redo_by=by.isoformat())
    ((details,),) = rows(
        app,
        "SELECT details FROM audit_entry WHERE action = 'policy:published' AND actor != 'system'",
    )
    assert f'"people":{len(previewed)}' in details
    assert summaries(app, [done, waiting, middle]) == standings(app, [done, waiting, middle])

    new = content_of(app).policy
    assert new.digest != old.digest
    one.policy = new
    hub = one.open()
    assert "The policy has changed" in hub.text
    assert "Why: The law changed" in hub.text
    assert f"{by.day} {by:%B %Y}" in hub.text
    with queries() as sent:
        one.open()
    assert len(sent) <= 3
    asked: list[str] = []
    while not one.path.startswith("/certificates/"):
        if one.asked:
            asked.append(one.asked)
        one.press()
    assert (len(asked), set(asked) <= mapped) == (1, True), "one decision on what has changed"
    second = one.path.removeprefix("/certificates/")
    assert second != first
    was = one.visitor.read(f"/certificates/{first}").text
    assert "stays valid as proof for the version of 13 March 2025" in was
    shown = cast.visitor().get(f"/verify/{first}", headers={"Accept": "application/json"})
    assert shown.get_json()["status"] == "superseded"

    other.policy = new
    assert "The policy has changed" not in other.open().text
    assert cast.graduate(middle)
    assert {"policy:drawn-up", "policy:approved", "policy:published", "policy:retired"} <= set(
        actions(app)
    )


def test_a_renewal_under_way_and_a_changed_rule_are_signed_for_once(
    app: Flask, cast: Cast, officer: Visitor, root: Path
) -> None:
    renewing, waiting = cast.learner("Rena Renews"), cast.learner("Wim Waits")
    for person in (renewing, waiting):
        cast.graduate(person, now=utc_now() - timedelta(days=400), valid_months=12)
    one, other = cast.taking(renewing), cast.taking(waiting)
    one.open()
    one.press()
    mapped = {q.id for q in scenarios_testing(content_of(app).policy, {CLAUSE})}
    reword(root)
    publish(officer, draw_up(officer))
    assert summaries(app, [renewing, waiting]) == standings(app, [renewing, waiting])

    one.policy = other.policy = content_of(app).policy
    hub = one.open().text
    assert "The policy has changed" in hub
    assert "Then comes the final check, newly drawn, and you sign once for both." in hub
    cast.graduate(renewing)
    theirs = " JOIN enrolment ON enrolment.id = enrolment_id WHERE account_id = :i"
    tries = rows(app, f"SELECT kind, asked FROM attempt{theirs} ORDER BY attempt.id", i=renewing.id)
    kinds = [kind for kind, _ in tries]
    since = tries[kinds.index("final") + 1 :]
    assert since[-1][0] == "final", "what has changed comes first"
    again = [s for kind, asked in since if kind == "section" for s in asked.split()]
    assert (len(again), set(again) <= mapped) == (1, True), "one decision on what has changed"
    assert rows(app, f"SELECT count(*) FROM declaration{theirs}", i=renewing.id) == [(2,)]

    # Whoever has not begun a renewal answers what has changed; that gives a new certificate too.
    page = other.open()
    assert "Renew your certificate" not in page.text
    token = other.visitor.token()
    answer = other.visitor.post("/induction/renewal", data={"csrf_token": token})
    assert "Finish what is open first" in other.open(answer.location).text
    assert count(app, "allowance") == 1
    other.finish()
    assert count(app, "current_certificate") == 2


def test_a_minor_change_asks_nothing_of_anybody(
    app: Flask, cast: Cast, officer: Visitor, root: Path
) -> None:
    account = cast.learner()
    number, learner = cast.graduate(account), cast.taking(account)
    reword(root)
    version = draw_up(officer, "minor", "Plainer words")
    assert "Nobody would have to do anything again" in officer.read(version).text
    publish(officer, version)
    page = learner.open()
    assert "You’ve done it" in page.text
    assert number in page.next_step["href"]
    assert rows(app, "SELECT state FROM progress") == [("complete",)]


def test_t23_a_try_under_way_ends_on_the_content_it_began_with(
    app: Flask, cast: Cast, officer: Visitor, root: Path
) -> None:
    account = cast.learner()
    cast.advance(account, until="permission-to-film")
    learner = cast.taking(account)
    learner.to_question("permission-to-film")
    learner.press()
    old, new = content_of(app).policy, "Never film anyone at all."
    reword(root, words=new)
    publish(officer, draw_up(officer))
    learner.walk(lambda me: bool(me.asked))
    learner.walk(lambda me: "only that is asked again" in me.page.text)
    contents = rows(app, "SELECT DISTINCT content FROM attempt")
    assert contents == [(old.digest,)]
    learner.policy = content_of(app).policy
    page = learner.open()
    assert new in page.text, "and then what has changed is asked again"
    assert cast.graduate(account)


def test_t23_a_declaration_that_was_open_meanwhile_is_shown_again(
    app: Flask, cast: Cast, officer: Visitor, root: Path
) -> None:
    account = cast.learner()
    cast.advance(account)
    learner = cast.taking(account)
    learner.to_declaration()
    reword(root)
    publish(officer, draw_up(officer, "minor", "Plainer"))
    response = learner.visitor.send(
        learner.form, {"full_name": learner.name, "accept": "y"}, at=learner.path
    )
    assert response.status_code == 303
    assert count(app, "declaration") == 0
    learner.open(response.location)
    assert learner.signing
    assert "updated while you had this page open" in learner.page.text


def test_a_clause_without_a_scenario_stops_the_version_and_is_named(
    app: Flask, cast: Cast, officer: Visitor, root: Path
) -> None:
    cast.graduate(cast.learner())
    path = root / "content" / "social-media" / "policy.yaml"
    text = path.read_text()
    clause = "  - {id: no-drones, assess: true, where: Rules, words: Fly no drones.}\n"
    path.write_text(text.rstrip("\n") + "\n" + clause)
    section = root / "content" / "social-media" / "03-permission-to-film.md"
    lines = section.read_text()
    section.write_text(lines.replace("clauses: [", "clauses: [no-drones, ", 1))
    version = draw_up(officer)
    response = press(officer, version, "/approve")
    assert response.status_code == 422
    page = read(response.get_data(as_text=True))
    assert "no scenario tests the clause `no-drones`" in page.text
    assert rows(app, "SELECT state FROM policy_step WHERE version_id > 1") == [("draft",)]


def told(app: Flask, now: datetime) -> list[tuple[str, str, str]]:
    """To whom what was queued by the worker's round at a time."""
    with app.app_context():
        before = count(app, "outbox_mail")
        sending.run(now=now)
    mails = rows(app, "SELECT recipient, subject, body FROM outbox_mail ORDER BY id")
    return [(str(to), str(subject), str(body)) for to, subject, body in mails[before:]]


def test_those_concerned_and_their_tutors_are_told_once_and_no_number_says_nobody_is_done(
    app: Flask, cast: Cast, officer: Visitor, root: Path
) -> None:
    tutor, other = cast.account(Role.TUTOR, "Tia Tutor"), cast.account(Role.TUTOR)
    cohort = cast.cohort("Bricks", tutor)
    cast.learner("Ona Other", cohort=cast.cohort("Plaster", other))
    last_month = uk_day(utc_now()) - timedelta(days=30)
    done = cast.learner("Dana Done", cohort=cohort, due_on=last_month)
    page_only = cast.learner("Pia Page", cohort=cohort)
    left, middle = cast.learner("Lee Left", cohort=cohort), cast.learner("Mia", cohort=cohort)
    for person in (done, page_only, left):
        cast.graduate(person)
    cast.advance(middle, until=cast.policy.sections[-1].slug)
    reader = cast.signed_in(page_only)
    form = reader.read("/account").form("by_mail")
    assert reader.send(form, at="/account").status_code == 303
    tutors = cast.signed_in(tutor)
    at = f"/tutor/learners/{left.public_id}/leave"
    tutors.send(tutors.read(at).form("reason"), {"reason": "Moved away"}, at=at)

    reword(root)
    publish(officer, draw_up(officer))
    noon = utc_now().replace(hour=12) + timedelta(days=1)
    while noon.weekday() == 0:  # Mondays have a letter of their own
        noon += timedelta(days=1)
    assert told(app, noon.replace(hour=22)) == [], "not in quiet hours"
    [(to, subject, body), *more] = told(app, noon)
    assert (to, subject) == (done.email, "The policy has changed: please look at what is new")
    for said in (
        "Other words now.\n  Why: The law changed", "again, then sign again",
        "Everything else that you did still counts", "proof for the version before",
    ):  # fmt: skip
        assert said in body, said
    assert "due" not in body, "the day of last month was for what was finished"
    concerned = {done.email, middle.email, tutor.email}
    assert {to, *(one for one, _, _ in more)} == concerned
    [(subject, body)] = [(said, text) for one, said, text in more if one == tutor.email]
    assert subject == "The policy has changed: 3 of your learners have something to do again"
    for said in ("Other words now.\n  Why: The law changed", "- Bricks: 3"):
        assert said in body, said
    for later in (1, 2, 6):
        mails = told(app, noon + timedelta(days=later))
        assert not [subject for _, subject, _ in mails if "policy has changed" in subject]

    assert "2 done before and to redo" in tutors.read(f"/tutor/cohorts/{cohort.public_id}").text
    why = officer.read("/compliance/certificates/gaps").text
    assert "is from before the policy changed; to do again: Not passed" in why
    overview = officer.read("/compliance").text
    for said in (
        "0 done",
        "2 done before and to redo",
        "1 under way",
        "1 not started",
        "0 overdue",
    ):
        assert said in overview, said
    listed = csv.DictReader(io.StringIO(tutors.get("/tutor/cohorts.csv").text.lstrip("\ufeff")))
    assert [(line["done"], line["to_redo"], line["under_way"]) for line in listed] == [
        ("0", "2", "1")
    ]
    assert "2: they had finished before" in officer.read("/compliance/certificates/export").text

    at = f"/tutor/cohorts/{cohort.public_id}/remind?state=redo"
    assert tutors.send(tutors.read(at).form("own_words"), {"send": "1"}, at=at).status_code == 303
    [(subject, body)] = rows(app, "SELECT subject, body FROM outbox_mail ORDER BY id DESC LIMIT 1")
    assert subject == "The policy has changed: a message from Tia Tutor"
    for said in ("Other words now.\n  Why: The law changed", "since you finished", "sign again"):
        assert said in str(body), said


def test_a_section_under_another_file_name_is_refused_and_under_another_title_is_not(
    app: Flask, cast: Cast, officer: Visitor, root: Path, runner: FlaskCliRunner
) -> None:
    account = cast.learner()
    cast.advance(account, until="treating-people-well")
    cast.taking(account).to_question("treating-people-well")
    old, new = "01-what-this-covers", "01-what-counts"
    for folder, ending in (("content", "md"), ("quizzes", "yaml")):
        place = root / folder / "social-media"
        (place / f"{old}.{ending}").rename(place / f"{new}.{ending}")
    kept = f"{new}.md:1: error: this was the section `what-this-covers`"
    check = runner.invoke(args=["content", "check"])
    assert check.exit_code == 1
    assert kept in check.output
    assert kept in officer.read(f"{POLICY}/changes").text
    refused = press(officer, draw_up(officer, "minor", "Tidied up"), "/approve")
    assert refused.status_code == 422
    assert kept in refused.text
    for folder, ending in (("content", "md"), ("quizzes", "yaml")):
        place = root / folder / "social-media"
        (place / f"{new}.{ending}").rename(place / f"{old}.{ending}")
    page = root / "content" / "social-media" / f"{old}.md"
    title = cast.policy.sections[0].title
    page.write_text(page.read_text().replace(title, "What counts, and for whom", 1))
    before = summaries(app, [account])
    publish(officer, draw_up(officer, "minor", "Plainer"))
    assert summaries(app, [account]) == standings(app, [account]) == before


PLACEMENT = """---
title: On placement
summary: The same holds where you work.
minutes: 1
clauses: [rule-06-record]
---
What holds in class holds on placement.
"""
PLACEMENT_QUIZ = """pass_mark: 80
scenarios:
  - id: site-office
    kind: single
    title: The site office
    clauses: [rule-06-record]
    situation: The site manager is on your video.
    question: What do you do?
    options:
      - id: ask-her
        text: Ask her before you post it.
        correct: true
        consequence: She says yes.
        feedback: A yes comes first.
      - id: post-it
        text: Post it. It is your video.
        consequence: She sees it at home.
        feedback: She had no say in it.
        misconception: My video is mine to post.
"""


def test_a_new_section_is_in_no_record_until_it_is_taken_and_then_in_the_certificate(
    app: Flask, cast: Cast, officer: Visitor, root: Path
) -> None:
    renewing, redoing = cast.learner("Rena Renews"), cast.learner("Dana Done")
    cast.graduate(renewing, now=utc_now() - timedelta(days=400), valid_months=12)
    cast.graduate(redoing)
    (root / "content/social-media/08-on-placement.md").write_text(PLACEMENT)
    (root / "quizzes/social-media/08-on-placement.yaml").write_text(PLACEMENT_QUIZ)
    version = draw_up(officer, "minor")
    assert "Nobody would have to do anything again" in officer.read(version).text
    publish(officer, version)
    people = [renewing, redoing]
    assert summaries(app, people) == standings(app, people) == [("complete", 8, 9, 0)] * 2
    one, other = cast.taking(renewing), cast.taking(redoing)
    assert "New since you signed" in other.open().text
    assert "What holds in class holds on placement" in other.open("/induction/on-placement").text
    assert other.open("/induction/on-placement/quiz").heading != "The site office", "not asked"
    record = officer.read(f"/tutor/learners/{redoing.public_id}").text
    assert "Not taken: new since they signed" in record

    one.policy = content_of(app).policy
    one.open()
    one.press()
    assert on_certificate(app, one.finish())["On placement"], "it is taken with the renewal"

    reword(root)
    version = draw_up(officer)
    listed = {line["Name"]: line for line in people_of(officer, version)}
    assert "On placement" in listed["Dana Done"]["Sections"]
    publish(officer, version)
    [(told,)] = rows(
        app, "SELECT news FROM version_notice WHERE enrolment_id = (SELECT id FROM enrolment"
        " WHERE account_id = :i)", i=redoing.id,
    )  # fmt: skip
    assert told == f"clause:{CLAUSE} section:on-placement"
    other.policy = content_of(app).policy
    assert "New, and to be taken before you sign: On placement" in other.open().text
    assert on_certificate(app, other.finish())["On placement"]


def on_certificate(app: Flask, number: str) -> dict[str, str]:
    """The parts that a certificate says were covered, and when each was passed."""
    [(record,)] = rows(
        app, "SELECT record FROM certificate_record JOIN certificate ON id = certificate_id"
        " WHERE number = :n", n=number,
    )  # fmt: skip
    return {part["title"]: part["passed_at"] for part in json.loads(str(record))["sections"]}


def test_joiners_and_those_who_do_something_again_have_dates_apart(
    app: Flask, cast: Cast, officer: Visitor, root: Path
) -> None:
    today = uk_day(utc_now())
    later, sooner = today + timedelta(days=60), today + timedelta(days=10)
    cast.graduate(cast.learner("Dana Done", due_on=today))
    cast.learner("Nell New"), cast.learner("Dora Dated", due_on=later)
    reword(root)
    publish(officer, draw_up(officer), redo_by=sooner.isoformat(), joiner_days="30")
    cast.learner("Jo Joiner")
    found = rows(
        app,
        "SELECT full_name, due_on FROM enrolment JOIN account ON account.id = account_id",
    )
    month = (today + timedelta(days=30)).isoformat()
    assert dict(found) == {
        "Dana Done": sooner.isoformat(), "Nell New": month,
        "Dora Dated": later.isoformat(), "Jo Joiner": month,
    }  # fmt: skip


def test_days_for_new_learners_count_by_form_by_file_and_by_command(
    app: Flask,
    cast: Cast,
    officer: Visitor,
    root: Path,
    as_admin: Visitor,
    runner: FlaskCliRunner,
    tmp_path: Path,
) -> None:
    today = uk_day(utc_now())
    month, own = today + timedelta(days=30), today + timedelta(days=3)
    reword(root)
    publish(officer, draw_up(officer), joiner_days="30")

    form = as_admin.read("/tutor/enrol").form("full_name")
    values = {"full_name": "Fay Form", "email": "fay@x.example", "learner_ref": "F1"}
    assert as_admin.send(form, values, at="/tutor/enrol").status_code == 303

    head = "learner_ref,full_name,email,due_date\n"
    lines = f"F2,Fil File,fil@x.example,\nF3,Ona Own,ona@x.example,{own}\n"
    dry_run = upload(as_admin, (head + lines).encode())
    assert f"{month.day} {month:%b %Y}" in as_admin.read(dry_run).text, "it says so before"
    assert go_ahead(as_admin, dry_run) == 303

    file = tmp_path / "list.csv"
    file.write_text(head + "F4,Cam Command,cam@x.example,\n")
    assert runner.invoke(args=["people", "import", str(file)]).exit_code == 0

    found = rows(
        app,
        "SELECT full_name, due_on FROM enrolment JOIN account ON account.id = account_id",
    )
    assert dict(found) == {
        "Fay Form": month.isoformat(), "Fil File": month.isoformat(),
        "Ona Own": own.isoformat(), "Cam Command": month.isoformat(),
    }  # fmt: skip


def test_what_is_done_between_foreseeing_and_publishing_counts(
    app: Flask, cast: Cast, officer: Visitor, root: Path
) -> None:
    account = cast.learner("Ona Other")
    cast.graduate(cast.learner("Dana Done"))
    cast.advance(account)
    other = cast.taking(account)
    reword(root)
    version = int(draw_up(officer).rsplit("/", 1)[1])
    with app.app_context():
        with acting(SYSTEM, utc_now()) as act:
            publishing.approve(act, content_of(app), version)
        ahead = carrying_over.foresee(db.session(), content_of(app), version)
        assert ahead
    other.finish()
    with app.app_context(), acting(SYSTEM, utc_now()) as act:
        concerned = publishing.publish(act, content_of(app), version, Deadlines(), ahead)
    assert {(e.person.full_name, e.signs) for e in concerned} == {
        ("Dana Done", True),
        ("Ona Other", True),
    }
    assert rows(app, "SELECT state, completed_at FROM progress") == [("in-progress", None)] * 2


def test_a_date_that_cannot_be_kept_is_refused(
    cast: Cast, officer: Visitor, root: Path, app: Flask
) -> None:
    cast.graduate(cast.learner())
    reword(root)
    version = draw_up(officer)
    assert press(officer, version, "/approve").status_code == 303
    today = uk_day(utc_now()).isoformat()
    for values in ({"redo_by": today}, {"joiner_days": "0"}, {"joiner_days": "soon"}):
        assert press(officer, version, "/publish", **values).status_code == 422
    assert count(app, "policy_step") == 3


@pytest.mark.postgres
def test_the_same_on_postgresql(
    make_app: AppMaker, instance: Path, root: Path, postgres_url: str
) -> None:
    app = make_app(
        Settings.from_environment(
            {
                "INDUCTION_INSTANCE": str(instance),
                "INDUCTION_CONTENT": str(root),
                "DATABASE_URL": postgres_url,
            }
        )
    )
    cast = Cast(app)
    officer = cast.signed_in(cast.account(Role.COMPLIANCE))
    account = cast.learner()
    first, learner = cast.graduate(account), cast.taking(account)
    reword(root)
    publish(officer, draw_up(officer))
    learner.policy = content_of(app).policy
    assert "The policy has changed" in learner.open().text
    assert learner.finish() != first
    assert count(app, "declaration") == 2


def test_every_change_wants_a_mark_and_a_reason(
    cast: Cast, officer: Visitor, root: Path, app: Flask
) -> None:
    cast.taking(cast.learner()).to_question("treating-people-well")
    reword(root)
    page = officer.read(f"{POLICY}/changes")
    form = next(f for f in page.forms if "content" in f.fields)
    response = officer.send(form, {f"weight:clause:{CLAUSE}": "material"}, at=f"{POLICY}/changes")
    assert response.status_code == 422
    assert "Say why" in read(response.get_data(as_text=True)).text
    assert count(app, "policy_version") == 1


def test_the_same_files_with_the_same_words_are_drawn_up_once(
    app: Flask, cast: Cast, officer: Visitor, root: Path
) -> None:
    cast.taking(cast.learner()).to_question("treating-people-well")
    reword(root)
    first, again = draw_up(officer), draw_up(officer)
    other = draw_up(officer, reason="For another reason")
    assert (first == again, first == other) == (True, False)
    assert actions(app).count("policy:drawn-up") == 2
    press(officer, first, "/approve")
    assert draw_up(officer) != first, "what went on is no draft any more"


def test_where_two_people_are_asked_for_the_second_publishes(
    app: Flask, root: Path, officer: Visitor, cast: Cast
) -> None:
    with app.app_context(), acting(SYSTEM, utc_now()) as act:
        settings_page.change(act, {"two_people": True})
    reword(root)
    version = draw_up(officer)
    assert "Somebody else has to publish it" in officer.read(version).text
    press(officer, version, "/approve")
    assert "somebody else than who approved it" in officer.read(version).text
    assert "You approved it" in officer.read(version).text
    refused = officer.post(f"{version}/publish", data={"csrf_token": officer.token()})
    assert refused.status_code == 422
    assert "takes two people" in refused.text
    second = cast.signed_in(cast.account(Role.COMPLIANCE, "Sam Second"))
    assert "Put a policy version in force" in second.read("/compliance").text, "it waits"
    assert press(second, version, "/publish").status_code == 303
    assert rows(app, "SELECT kind, outcome FROM approval") == [("publication", "done")]


def test_an_administrator_stops_a_version_that_waits_for_the_second_person(
    app: Flask, root: Path, officer: Visitor, cast: Cast
) -> None:
    cast.take_two_people()
    reword(root)
    version = draw_up(officer)
    press(officer, version, "/approve")
    second = cast.signed_in(cast.account(Role.COMPLIANCE))
    early = next(f for f in second.read(version).forms if f.action.endswith("/publish"))
    ((asked,),) = rows(app, "SELECT public_id FROM approval")
    here = f"/compliance/approvals/{asked}"
    admin = cast.signed_in(cast.account(Role.ADMIN))
    assert "never comes into force" in admin.read(here).text
    assert decide(admin, here, "refuse") == 303
    refused = second.send(early, at=version)
    assert (refused.status_code, "This version is retired" in refused.text) == (422, True)
    again = draw_up(officer)
    assert press(officer, again, "/approve").status_code == 303
    assert press(second, again, "/publish").status_code == 303
    assert rows(app, "SELECT outcome FROM approval ORDER BY id") == [("refused",), ("done",)]


def test_a_version_drawn_up_from_another_one_is_left_behind(
    cast: Cast, officer: Visitor, root: Path
) -> None:
    cast.taking(cast.learner()).to_question("treating-people-well")
    reword(root, words="One.")
    first = draw_up(officer)
    reword(root, words="Two.")
    publish(officer, draw_up(officer))
    assert "left behind" in officer.read(first).text


def test_another_process_notices_at_once(
    make_app: AppMaker, settings: Settings, app: Flask, cast: Cast, officer: Visitor, root: Path
) -> None:
    account = cast.learner()
    cast.graduate(account)
    neighbour = make_app(settings)
    elsewhere = Cast(neighbour).taking(account)
    assert "You’ve done it" in elsewhere.open().text
    reword(root)
    publish(officer, draw_up(officer))
    assert "The policy has changed" in elsewhere.open().text
    assert content_of(neighbour).policy.digest == content_of(app).policy.digest


def test_faulty_files_stop_nothing_once_a_version_is_in_force(
    make_app: AppMaker, settings: Settings, cast: Cast, officer: Visitor, root: Path
) -> None:
    account = cast.learner()
    cast.taking(account).to_question("treating-people-well")
    (root / "content" / "social-media" / "policy.yaml").write_text("nonsense: [")
    assert "The files have faults" in officer.read(POLICY).text
    assert "faults" in officer.read(f"{POLICY}/changes").heading
    again = make_app(settings)
    assert Cast(again).taking(account).open().next_step["href"]


def test_the_health_of_the_policy_and_its_review(officer: Visitor) -> None:
    page = officer.read(POLICY).text
    for slip in ("11//09/2024", "MERUK-145", "30 September 2025", "ICT Policy"):
        assert slip in page
    assert "The review is late" in page
    assert "The review is late" in officer.read("/compliance").text


def test_reviews_are_mailed_once(app: Flask, runner: FlaskCliRunner, cast: Cast) -> None:
    cast.account(Role.COMPLIANCE)
    for _ in range(2):
        assert runner.invoke(args=["worker", "--once"]).exit_code == 0
    subjects = rows(app, "SELECT subject FROM outbox_mail WHERE subject LIKE '%review%'")
    assert subjects == [("Social Media Policy: its review was due by 30 September 2025",)]


# ---- the signed-off document -------------------------------------------------------------------


def word_file(*more: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as parts:
        for name in ("[Content_Types].xml", "word/document.xml", *more):
            parts.writestr(name, "<x/>")
    return out.getvalue()


PDF = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"


@pytest.mark.parametrize(
    ("name", "data", "mimetype"),
    [
        ("policy.pdf", PDF, "application/pdf"),
        ("not really.txt", PDF, "application/pdf"),
        ("policy.docx", word_file(), "application/vnd.openxmlformats"),
        ("policy.md", "# Polisi – Cymraeg".encode(), "text/plain"),
    ],
)
def test_learners_can_open_what_was_attached(
    app: Flask, cast: Cast, officer: Visitor, name: str, data: bytes, mimetype: str
) -> None:
    form = officer.read(f"{POLICY}/document").form("version_date")
    values = {**form.fields, "file": (io.BytesIO(data), name)}
    response = officer.post(f"{POLICY}/document", data=values)
    assert response.status_code == 303
    learner = cast.taking(cast.learner())
    assert name in learner.open().text
    got = learner.visitor.get("/policy/document")
    assert got.data == data
    assert (got.mimetype or "").startswith(mimetype)
    assert actions(app).count("policy:document-attached") == 1


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("policy.pdf", b"MZ\x90\x00 a program"),
        ("policy.pdf", b"%PDF-1.7 cut off"),
        ("policy.docx", b"PK\x03\x04 not a zip"),
        ("policy.docx", word_file("word/vbaProject.bin")),
        ("policy.txt", b"\xff\xfe\x00"),
        ("policy.txt", b""),
    ],
)
def test_t18_what_is_no_document_is_refused_with_words(
    app: Flask, officer: Visitor, name: str, data: bytes
) -> None:
    form = officer.read(f"{POLICY}/document").form("version_date")
    values = {**form.fields, "file": (io.BytesIO(data), name)}
    response = officer.post(f"{POLICY}/document", data=values)
    assert response.status_code == 422
    assert count(app, "policy_document") == 0


def test_t18_a_document_has_a_largest_size_and_a_plain_name() -> None:
    with pytest.raises(NotADocument, match="larger"):
        checked("policy.txt", b"a" * (LARGEST + 1))
    assert checked("..\\..\\a/b\x07olicy.txt", b"words").name == "bolicy.txt"
    assert len(checked("n" * 300 + ".pdf", PDF).name) <= 120


def test_the_command_attaches_and_the_certificate_says_so(
    app: Flask, runner: FlaskCliRunner, cast: Cast, tmp_path: Path
) -> None:
    file = tmp_path / "MERUK-145.pdf"
    file.write_bytes(PDF)
    result = runner.invoke(args=["policy", "attach", str(file)])
    assert result.exit_code == 0, result.output
    assert hashlib.sha256(PDF).hexdigest() in result.output
    refused = runner.invoke(args=["policy", "attach", str(file), "--version-date", "1999-01-01"])
    assert refused.exit_code == 1
    cast.graduate(cast.learner())
    ((record,),) = rows(app, "SELECT record FROM certificate_record")
    assert f'"document_sha256":"{hashlib.sha256(PDF).hexdigest()}"' in record


def test_no_document_is_a_page_that_is_not_there(as_learner: Learner) -> None:
    assert as_learner.visitor.get("/policy/document").status_code == 404


def test_the_commands_publish_without_anyone_at_a_page(
    app: Flask, runner: FlaskCliRunner, cast: Cast, root: Path
) -> None:
    account = cast.learner()
    cast.graduate(account)
    learner = cast.taking(account)
    assert "are what is in force" in runner.invoke(args=["policy", "versions"]).output
    nothing = runner.invoke(args=["policy", "publish", "--reason", "none"])
    assert nothing.exit_code == 1
    reword(root)
    wrong = runner.invoke(args=["policy", "publish", "--reason", "x", "--material", "purpose"])
    assert "purpose has not changed" in wrong.output
    result = runner.invoke(
        args=["policy", "publish", "--reason", "The law changed", "--material", CLAUSE]
    )
    assert result.output.splitlines()[-1].endswith("to do again: 1")
    assert "The policy has changed" in learner.open().text


def test_only_compliance_opens_these_pages(as_learner: Learner, as_tutor: Visitor) -> None:
    for visitor in (as_learner.visitor, as_tutor):
        for path in ("", "/changes", "/versions/1", "/document"):
            assert visitor.get(POLICY + path).status_code == 403
