"""Weeks after the certificate: one letter, one link, two situations, and what was kept of it."""

import json
import re
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from induction.audit.act import SYSTEM, acting
from induction.compliance.reconciliation import faults_of
from induction.database import utc_now, writing
from induction.extensions import db
from induction.journey.models import Enrolment
from induction.mail.models import OutboxMail
from induction.people.models import Account, Membership, Role
from induction.personal_data import erasure, holding
from induction.policy.store import content
from induction.revisit import sending
from induction.revisit.models import Revisit
from tests.conftest import AppMaker
from tests.support.cast import Cast
from tests.support.learner import Learner
from tests.support.places import TINY, taught
from tests.support.queries import Statements
from tests.support.record import count, rows

LETTERS = "SELECT body FROM outbox_mail WHERE subject LIKE 'Two situations%' ORDER BY id"
ANSWERS = (
    "SELECT w.scenario, w.result, w.shown, w.chosen, a.content, a.asked, e.account_id"
    " FROM answer w JOIN attempt a ON a.id = w.attempt_id"
    " JOIN enrolment e ON e.id = a.enrolment_id WHERE a.kind = 'revisit' ORDER BY w.id"
)


def noon() -> datetime:
    return utc_now().replace(hour=12, minute=0, second=0, microsecond=0)  # no quiet hour


def days_ago(days: int) -> datetime:
    return noon() - timedelta(days=days)


def run(app: Flask, now: datetime | None = None) -> int:
    with app.app_context():
        return sending.run(now=now or noon())


def letters(app: Flask) -> list[str]:
    """The addresses in the letters, in order."""
    bodies = [body for (body,) in rows(app, LETTERS)]
    return [re.findall(r"/revisit/\S+", body)[0] for body in bodies]


def asked_back(cast: Cast, account: Account) -> Learner:
    """Somebody who finished 31 days ago and opens the link of the letter, where nobody signed in.

    They are at the first situation.
    """
    cast.graduate(account, now=days_ago(31))
    return with_link(cast, account)


def with_link(cast: Cast, account: Account) -> Learner:
    run(cast.app)
    me = Learner(cast.visitor(), cast.policy, account.full_name)
    me.open(letters(cast.app)[-1])
    return me


def answer_both(me: Learner, *rightly: bool) -> None:
    """Decide the two situations, each to its end."""
    for well in rightly:
        asked = me.asked
        while me.asked == asked:
            me.press(rightly=well)
    assert me.path.endswith("/kept")


def untouched(app: Flask) -> list[list[tuple[object, ...]]]:
    """Everything on record that a revisit has to leave as it is."""
    tables = (
        "certificate", "certificate_record", "certificate_file", "current_certificate",
        "declaration", "progress", "clause_count", "scenario_count", "option_count",
    )  # fmt: skip
    return [rows(app, f"SELECT * FROM {table}") for table in tables]


def test_one_letter_one_link_two_situations_that_are_new(app: Flask, cast: Cast) -> None:
    account = cast.learner()
    number = cast.graduate(account, now=days_ago(31))
    pdf = cast.signed_in(account).get(f"/certificates/{number}.pdf").data
    met = {one for (asked,) in rows(app, "SELECT asked FROM attempt") for one in asked.split()}
    before = untouched(app)
    assert (run(app), run(app)) == (1, 0), "one letter an occasion"
    me = Learner(cast.visitor(), cast.policy, account.full_name)
    assert "Situation 1 of 2" in me.open(letters(app)[0]).text, "opens at once, without a password"
    first = me.asked
    me.press()
    assert "Situation 2 of 2" in me.page.text
    second = me.asked
    me.press(rightly=False)
    assert met.isdisjoint({first, second}), "situations that this person has not met"
    known = [cast.policy.scenario(one) for one in (first, second)]
    assert "Here is what you kept" in me.page.heading
    assert "you kept this" in me.page.text
    assert "worth another look" in me.page.text
    for one in known:
        assert one is not None
        plain = " ".join(re.sub(r"<[^>]+>", " ", one.plain_html).split())
        assert plain.split(".")[0] in me.page.text, "the plain rule"
    assert untouched(app) == before
    assert cast.signed_in(account).get(f"/certificates/{number}.pdf").data == pdf
    assert me.open(letters(app)[0]).heading == me.page.heading, "and again, whenever it is opened"


def test_the_answers_are_kept_as_shown_chained_and_replayed(app: Flask, cast: Cast) -> None:
    account = cast.learner()
    me = asked_back(cast, account)
    shown, asked = me.form.options["option"], me.asked
    answer_both(me, True, False)
    kept = rows(app, ANSWERS)
    assert [(row[1], row[4], row[6]) for row in kept] == [
        ("right", cast.policy.digest, account.id),
        ("wrong", cast.policy.digest, account.id),
    ]
    assert (kept[0][0], kept[0][2].split()) == (asked, shown)
    acts = rows(
        app,
        "SELECT actor, action, details FROM audit_entry WHERE action LIKE 'journey:revisit%'"
        ' OR details LIKE \'%"step":"revisit"%\' ORDER BY seq',
    )
    told = [act for _, act, _ in acts]
    assert told == ["journey:revisit-asked", *["journey:answered"] * 2, "journey:revisited"]
    assert [who for who, _, _ in acts] == [SYSTEM, *[account.actor] * 3]
    assert not json.loads(acts[1][2])["counted"]
    assert json.loads(acts[3][2]) == {"step": "revisit", "try": 1, "right": 1, "of": 2}
    with app.app_context():
        assert not list(faults_of(db.session()))
    assert app.test_cli_runner().invoke(args=["audit", "verify"]).exit_code == 0
    ((enrolment,),) = rows(app, "SELECT public_id FROM enrolment")
    officer = cast.signed_in(cast.account(Role.COMPLIANCE))
    replayed = officer.read(f"/compliance/attempts/{enrolment}/revisit/revisit/1")
    assert "Revisit: try 1" in replayed.heading
    with pytest.raises(Exception, match="append-only"), app.app_context(), writing() as session:
        session.execute(db.text("UPDATE attempt SET asked = ''"))
    with pytest.raises(Exception, match="append-only"), app.app_context(), writing() as session:
        session.execute(db.text("DELETE FROM attempt"))


def test_what_somebody_found_hardest_is_asked(app: Flask, cast: Cast) -> None:
    account = cast.learner()
    learner = cast.taking(account)
    learner.to_question()
    missed = cast.policy.scenario(learner.asked)
    assert missed is not None
    learner.press(rightly=False)
    me = asked_back(cast, account)
    first = cast.policy.scenario(me.asked)
    assert first is not None
    asked = rows(app, "SELECT asked FROM attempt WHERE kind <> 'revisit'")
    met = {one for (ids,) in asked for one in ids.split()}
    forms = [q for s in cast.policy.sections for q in s.forms("learner") if q.id not in met]
    if any(set(q.clauses) & set(missed.clauses) for q in forms):
        assert set(first.clauses) & set(missed.clauses), "the one rule that was missed leads"
    assert first in forms


def test_nothing_chosen_is_said_and_nothing_stored(app: Flask, cast: Cast) -> None:
    me = asked_back(cast, cast.learner())
    answer = me.visitor.send(me.form, {}, at=me.path)
    assert answer.status_code == 422
    assert "before you go on" in answer.text
    assert not rows(app, ANSWERS)


def test_the_same_answer_twice_counts_once_and_another_one_not_at_all(
    app: Flask, cast: Cast
) -> None:
    me = asked_back(cast, cast.learner())
    form, path = me.form, me.path
    right, wrong = me.choice(), me.choice(rightly=False)
    for option in (right, right, wrong):
        assert me.visitor.send(form, {"option": option}, at=path).status_code == 303
    page = me.visitor.read(letters(app)[0])
    assert "the first answer counts" in page.text
    assert [row[1] for row in rows(app, ANSWERS)] == ["right"]
    assert rows(app, "SELECT asked, kept FROM revisit") == [(1, 1)]
    assert "You had answered this already" in me.visitor.read(path).heading


def test_a_forged_a_foreign_and_an_old_link_open_nothing(app: Flask, cast: Cast) -> None:
    ann, bo = cast.learner("Ann Lee"), cast.learner("Bo Li")
    for account in (ann, bo):
        cast.graduate(account, now=days_ago(31))
    assert run(app) == 2
    of_ann, of_bo = letters(app)
    me = cast.visitor()
    part, _, signature = of_ann.removeprefix("/revisit/").partition(".")
    for link in (
        part, f"{part}.", f"{part}.{signature[::-1]}", f"{part}.{of_bo.rpartition('.')[2]}",
        f"{of_bo.removeprefix('/revisit/').partition('.')[0]}.{signature}", "x.y", "é.\N{SNOWMAN}",
    ):  # fmt: skip
        for at in ("", "/1", "/kept"):
            assert me.get(f"/revisit/{link}{at}").status_code == 404, link
    assert me.get("/induction").status_code == 303, "the link signs nobody in"
    me.read(of_ann)
    assert me.get("/induction").status_code == 303
    with app.app_context(), writing() as session:
        session.execute(update(Revisit).values(sent_at=utc_now() - timedelta(days=31)))
    page = me.read(of_ann, 410)
    assert "Nothing is lost" in page.text
    assert not rows(app, ANSWERS)


def test_a_new_address_ends_the_link_that_went_to_the_old_one(app: Flask, cast: Cast) -> None:
    account = cast.learner(email="old@college.example")
    me = asked_back(cast, account)
    with app.app_context(), writing() as session:
        session.execute(update(Account).values(email="new@college.example"))
    assert me.visitor.get(letters(app)[0]).status_code == 404
    assert me.visitor.send(me.form, {"option": me.choice()}, at=me.path).status_code == 404


def test_a_link_is_its_persons_whoever_is_signed_in(app: Flask, cast: Cast) -> None:
    ann, bo = cast.learner("Ann Lee"), cast.learner("Bo Li")
    cast.graduate(ann, now=days_ago(31))
    run(app)
    me = Learner(cast.signed_in(bo), cast.policy, bo.full_name)
    me.open(letters(app)[0])
    answer_both(me, True, True)
    assert {row[6] for row in rows(app, ANSWERS)} == {ann.id}
    assert rows(app, "SELECT count(*) FROM attempt e JOIN enrolment n ON n.id = e.enrolment_id"
                     f" WHERE n.account_id = {bo.id}") == [(0,)]  # fmt: skip


def test_what_somebody_set_out_to_change_is_asked_after_once(app: Flask, cast: Cast) -> None:
    account = cast.learner()
    cast.graduate(account, now=days_ago(31))
    me = cast.signed_in(account)
    form = me.read("/induction/my-changes").form("first")
    sent = me.send(form, {"first": "Before I film, I ask"}, at="/induction/my-changes")
    assert sent.status_code == 303
    run(app)
    run(app, noon() + timedelta(days=150))
    first, second = (str(body) for (body,) in rows(app, LETTERS))
    assert "- Before I film, I ask" in first
    assert "Before I film" not in second


def test_who_gets_no_letter(app: Flask, cast: Cast) -> None:
    cast.learner("Has not begun")
    early, long_ago = cast.learner("Too early"), cast.learner("Years ago")
    cast.graduate(early, now=days_ago(29))
    cast.graduate(long_ago, now=days_ago(400))
    ended = cast.learner("Run out")
    cast.graduate(ended, now=days_ago(32), valid_months=1)
    silent, left, gone = (cast.learner(name) for name in ("Silent", "Left", "Gone"))
    for account in (silent, left, gone):
        cast.graduate(account, now=days_ago(31))
    withdrawn = cast.graduate(cast.learner("Withdrawn"), now=days_ago(31))
    quiet = cast.signed_in(silent)
    assert quiet.send(quiet.read("/account").form("by_mail"), at="/account").status_code == 303
    with app.app_context(), writing() as session:
        of_theirs = update(Enrolment).where(Enrolment.account_id == left.id)
        session.execute(of_theirs.values(left_at=utc_now()))
    cast.deactivate(gone)
    officer = cast.signed_in(cast.account(Role.COMPLIANCE))
    address = f"/compliance/certificates/{withdrawn}/revoke"
    officer.send(officer.read(address).form("reason"), {"reason": "A namesake."}, at=address)
    with app.app_context():
        db.session.execute(db.text("DELETE FROM outbox_mail"))
        db.session.commit()
    silenced = rows(app, "SELECT full_name FROM account WHERE NOT reminders_by_mail")
    assert silenced == [("Silent",)]
    assert run(app) == 0
    assert run(app, noon().replace(hour=23)) == 0


def test_a_link_closes_for_whoever_leaves_or_loses_the_certificate(app: Flask, cast: Cast) -> None:
    account = cast.learner()
    me = asked_back(cast, account)
    ((number,),) = rows(app, "SELECT number FROM certificate")
    officer = cast.signed_in(cast.account(Role.COMPLIANCE))
    address = f"/compliance/certificates/{number}/revoke"
    officer.send(officer.read(address).form("reason"), {"reason": "A namesake."}, at=address)
    me.visitor.read(letters(app)[0], 410)
    assert me.visitor.send(me.form, {"option": me.choice()}, at=me.path).status_code == 410
    assert not rows(app, ANSWERS)


def test_the_settings_say_whether_and_when(app: Flask, cast: Cast) -> None:
    cast.graduate(cast.learner(), now=days_ago(31))
    admin = cast.signed_in(cast.account(Role.ADMIN))
    form = admin.read("/admin/settings").form("revisit_first_days")
    assert form.fields["revisits"] == ["y"]
    off = {name: value for name, value in form.fields.items() if name != "revisits"}
    assert admin.post("/admin/settings", data=off).status_code == 303
    assert run(app) == 0
    early = form.filled(revisit_first_days="20", revisit_second_days="20")
    refused = admin.post("/admin/settings", data=early)
    assert refused.status_code == 422
    assert "comes after the first" in refused.text
    early = form.filled(revisit_first_days="20", revisit_second_days="28")
    assert admin.post("/admin/settings", data=early).status_code == 303
    assert run(app) == 2, "both are due"
    assert len(set(letters(app))) == 2


def test_the_second_asks_others_and_what_had_slipped(app: Flask, cast: Cast) -> None:
    account = cast.learner()
    me = asked_back(cast, account)
    slipped = cast.policy.scenario(me.asked)
    assert slipped is not None
    answer_both(me, False, True)
    assert run(app, noon() + timedelta(days=150)) == 1
    assert run(app, noon() + timedelta(days=151)) == 0
    again = Learner(cast.visitor(), cast.policy, account.full_name)
    again.open(letters(app)[-1])
    first = cast.policy.scenario(again.asked)
    assert first is not None
    assert set(first.clauses) & set(slipped.clauses)
    answer_both(again, True, True)
    asked = [row[5].split() for row in rows(app, ANSWERS)]
    assert len({one for some in asked for one in some}) == 4, "four situations, none of them twice"
    assert rows(app, "SELECT occasion, asked, kept FROM revisit ORDER BY id") == [
        ("first", 2, 1),
        ("second", 2, 2),
    ]


def test_a_correction_of_the_name_asks_nobody_again(app: Flask, cast: Cast) -> None:
    account = cast.learner("Sam Brown")
    number = cast.graduate(account, now=days_ago(31))
    assert run(app) == 1
    officer = cast.signed_in(cast.account(Role.COMPLIANCE))
    address = f"/compliance/certificates/{number}/reissue"
    form = officer.read(address).form("full_name")
    values = {"full_name": "Sam Browne", "reason": "It was misspelt."}
    assert officer.send(form, values, at=address).status_code == 303
    assert count(app, "certificate") == 2
    assert run(app) == 0


def test_a_person_who_is_erased_takes_it_along(app: Flask, cast: Cast) -> None:
    cohort = cast.cohort()
    account = cast.learner(cohort=cohort)
    me = asked_back(cast, account)
    answer_both(me, True, True)
    with app.app_context():
        held = holding.holding(db.session(), content(), account)
        assert [(one["occasion"], one["kept"]) for one in held["revisits"]] == [("first", 2)]
        assert len([one for one in held["answers"] if one["part"] == "revisit"]) == 2
        with acting(SYSTEM, utc_now()) as act:
            erasure.erase_all(act, [account], app.extensions["settings"].instance)
    assert count(app, "revisit") == 0
    assert letters(app) == []
    assert me.visitor.get(me.path).status_code == 404
    with app.app_context():
        assert not list(faults_of(db.session()))
    assert app.test_cli_runner().invoke(args=["audit", "verify"]).exit_code == 0
    numbers = "SELECT letters, finished, asked, kept FROM kept_count WHERE clause = ''"
    assert rows(app, numbers) == [(1, 1, 2, 2)] * 2, "numbers that name nobody stay"


def test_boards_say_what_lasts_of_whom(app: Flask, cast: Cast) -> None:
    tutor = cast.account(Role.TUTOR)
    cohort = cast.cohort("Bricks", tutor)
    ann, bo = (cast.learner(name, cohort=cohort) for name in ("Ann Lee", "Bo Li"))
    for account, results in ((ann, (True, False)), (bo, (True, True))):
        answer_both(asked_back(cast, account), *results)
    me = cast.signed_in(tutor)
    board = me.read(f"/tutor/cohorts/{cohort.public_id}")
    assert "What lasts" in board.text
    assert "3 of 4" in board.text
    record = me.read(f"/tutor/learners/{ann.public_id}")
    assert "First revisit: kept 1 of 2" in record.text
    assert "Asked to revisit" in record.text
    assert "Revisit, try 1" in record.text
    officer = cast.signed_in(cast.account(Role.COMPLIANCE))
    start = officer.read("/compliance")
    assert "First revisit: 3 of 4 kept." in start.text
    page = officer.read(start.links["By rule and by cohort"])
    assert "Bricks" in page.text
    assert page.text.count("3 of 4") == 2, "of everybody, and of the cohort"
    assert "%" not in page.text, "of four decisions no share is given"
    asked = {
        clause
        for scenario, *_ in rows(app, ANSWERS)
        if (one := cast.policy.scenario(scenario))
        for clause in one.clauses
    }
    shown = [c for c in cast.policy.clauses if c.words in page.text]
    assert {c.id for c in shown} == asked, "each rule that was asked about, and no other"


def test_the_counts_are_what_the_answers_say(app: Flask, cast: Cast) -> None:
    cohort = cast.cohort("Bricks")
    for name, results in (("Ann Lee", (True, False)), ("Bo Li", (False, False))):
        answer_both(asked_back(cast, cast.learner(name, cohort=cohort)), *results)
    said: dict[str, list[int]] = {}
    for scenario, result, *_ in rows(app, ANSWERS):
        known = cast.policy.scenario(scenario)
        assert known is not None
        if result != "continues":
            for clause in ("", *known.clauses):
                both = said.setdefault(clause, [0, 0])
                both[0] += 1
                both[1] += result == "right"
    for where in (0, cohort.id):
        sql = "SELECT clause, asked, kept FROM kept_count WHERE cohort_id = :at"
        counted = {clause: [asked, kept] for clause, asked, kept in rows(app, sql, at=where)}
        assert counted == said


def test_pages_cost_the_same_however_many_came_back(
    app: Flask, cast: Cast, queries: Callable[..., AbstractContextManager[Statements]]
) -> None:
    cohort = cast.cohort("Bricks")
    officer = cast.signed_in(cast.account(Role.COMPLIANCE))
    paths = ("/compliance", "/compliance/kept", f"/tutor/cohorts/{cohort.public_id}")

    def costs() -> list[int]:
        found = []
        for path in paths:
            with queries() as sent:
                officer.read(path)
            found.append(len(sent))
        return found

    answer_both(asked_back(cast, cast.learner("Ann Lee", cohort=cohort)), True, False)
    few = costs()
    for name in ("Bo Li", "Cy Ng", "Di Po"):
        answer_both(asked_back(cast, cast.learner(name, cohort=cohort)), False, True)
    assert costs() == few


def test_the_demo_has_one_who_answered_and_one_whose_letter_waits(app: Flask) -> None:
    options = ["--learners", "9", "--completed", "0.7", "--plain", "--no-pdf", "--json"]
    made = app.test_cli_runner().invoke(args=["demo", "load", *options])
    assert made.exit_code == 0, made.output
    told = rows(app, "SELECT asked, kept, answered_at IS NULL FROM revisit ORDER BY id")
    assert [(asked, kept, bool(waits)) for asked, kept, waits in told] == [
        (2, 1, False),
        (0, 0, True),
    ]
    with app.app_context():
        assert not list(faults_of(db.session()))
    assert len(letters(app)) == 2


def test_membership_is_of_the_day_of_the_answer(app: Flask, cast: Cast) -> None:
    first, other = cast.cohort("Bricks"), cast.cohort("Plaster")
    account = cast.learner(cohort=first)
    me = asked_back(cast, account)
    with app.app_context(), writing() as session:
        session.execute(update(Membership).values(cohort_id=other.id))
    answer_both(me, True, True)
    sql = "SELECT cohort_id, letters, asked FROM kept_count WHERE clause = '' ORDER BY cohort_id"
    assert rows(app, sql) == [(0, 1, 2), (first.id, 1, 0), (other.id, 0, 2)]


def test_the_policy_changes_in_between(make_app: AppMaker, instance: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(TINY, tmp_path / "files"))
    cast = Cast(make_app(taught(instance, root)))

    def publish(old: str, new: str) -> None:
        page = root / "content/visitor-safety/02-badges.md"
        assert old in page.read_text()
        page.write_text(page.read_text().replace(old, new))
        published = cast.app.test_cli_runner().invoke(
            args=["policy", "publish", "--reason", "said more plainly"]
        )
        assert published.exit_code == 0, published.output

    me = asked_back(cast, cast.learner())
    publish("A badge shows", "A badge proves")
    assert me.form.fields["content"] != [cast.policy.digest]
    me.press()
    assert "Nothing is lost: here it is as it is now" in me.page.text
    assert not rows(cast.app, ANSWERS), "it was asked in other words"
    first = cast.policy.digest
    asked = me.asked
    while me.asked == asked:
        me.press()
    publish("A badge proves", "A badge says")
    assert cast.policy.digest != first
    asked = me.asked
    while me.asked == asked:
        me.press()
    assert me.path.endswith("/kept")
    assert {row[4] for row in rows(cast.app, ANSWERS)} == {first}, "it ends as it began"


def test_a_letter_that_was_refused_goes_to_the_address_that_was_put_right(
    app: Flask, cast: Cast
) -> None:
    account = cast.learner(email="olld@college.example")
    cast.graduate(account, now=days_ago(31))
    run(app)
    old = letters(app)[0]
    with app.app_context(), writing() as session:
        session.execute(update(OutboxMail).values(refused_at=noon()))
    assert run(app, noon() + timedelta(hours=1)) == 0, "nothing has changed since"
    with app.app_context(), writing() as session:
        session.execute(update(Account).values(email="old@college.example"))
    later = noon() + timedelta(days=1)
    assert (run(app, later), run(app, later)) == (1, 0)
    assert count(app, "revisit") == 1
    visitor = cast.visitor()
    assert "Situation 1 of 2" in visitor.read(letters(app)[-1]).text
    assert visitor.get(old).status_code == 404, "whoever has the old address reads nothing"
    asked = "SELECT count(*) FROM audit_entry WHERE action = 'journey:revisit-asked'"
    assert rows(app, asked) == [(2,)]
