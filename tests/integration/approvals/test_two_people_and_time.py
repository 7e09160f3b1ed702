"""What cannot be undone takes two people and some days, in which anybody told can stop it."""

import json
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from induction.database import utc_now, writing
from induction.people.models import Account, Role
from tests.support.approvals import confirmed, days_pass, decide
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.page import Page, read
from tests.support.record import actions, count, rows

DATA = "/compliance/personal-data"
LIST = "/compliance/approvals"
EVIDENCE = ("certificate_record", "declaration", "answer", "breach_report")


def post(visitor: Visitor, path: str, **given: str) -> tuple[int, str]:
    """Send a form past its page, as somebody would who knows the addresses."""
    answer = visitor.post(path, data={**given, "csrf_token": visitor.token()})
    return answer.status_code, str(answer.location or "")


def asked(visitor: Visitor, kind: str, who: str = "") -> str:
    """Ask for something about personal data; where that leads."""
    status, where = post(visitor, DATA, kind=kind, who=who, reason="They asked.")
    assert status == 303
    return where


def long_ago(app: Flask, account: Account) -> None:
    """They were enrolled so long ago that the period is over, and never began."""
    before = (utc_now() - timedelta(days=8 * 365)).replace(tzinfo=None).isoformat(sep=" ")
    with app.app_context(), writing() as session:
        sql = "UPDATE enrolment SET enrolled_at = :at WHERE account_id = :id"
        session.execute(text(sql), {"at": before, "id": account.id})


def evidence(app: Flask) -> dict[str, int]:
    """How many rows of what could be destroyed; beside the chain, of what there was before."""
    beside = "SELECT count(*) FROM audit_personal WHERE account_id IN (SELECT account_id FROM"
    kept = rows(app, f"{beside} enrolment)")[0][0]
    return {**{table: count(app, table) for table in EVIDENCE}, "beside": kept}


def name_of(app: Flask, account: Account) -> str:
    """What the account is called now."""
    return str(rows(app, "SELECT full_name FROM account WHERE id = :id", id=account.id)[0][0])


def mails(app: Flask) -> dict[str, list[str]]:
    """The subjects in the outbox, by whom they are for."""
    found: dict[str, list[str]] = {}
    for recipient, subject in rows(app, "SELECT recipient, subject FROM outbox_mail ORDER BY id"):
        found.setdefault(recipient, []).append(subject)
    return found


@pytest.mark.parametrize("officers", [1, 2])
@pytest.mark.parametrize("insist", [True, False])
def test_t35_six_posts_of_one_session_destroy_nothing(
    tiny: Cast, officers: int, insist: bool
) -> None:
    """Shorten every period, ask that all goes that is past it, and approve that oneself."""
    app = tiny.app
    tiny.take_two_people(insist)
    thief, *_ = [tiny.signed_in(tiny.account(Role.COMPLIANCE)) for _ in range(officers)]
    learner = tiny.learner("Zofia Vzzle")
    tiny.graduate(learner)
    reporter = tiny.signed_in(learner)
    assert post(reporter, "/report", about="rule", what="A fake account")[0] == 303
    before, month = evidence(app), {"months": "1", "basis": "x"}
    for record_class in ("learners", "audit", "reports", "mail"):
        status, where = post(thief, f"{DATA}/periods/{record_class}", **month)
        assert status == 303
        if record_class != "mail":  # is no evidence
            assert decide(thief, where) == 422
    with app.app_context(), writing() as session:
        session.execute(text("UPDATE breach_report SET state = 'closed'"))
    request = asked(thief, "retention")
    assert decide(thief, request) == 422
    days_pass(app, 1)
    assert decide(thief, request) == 422
    assert evidence(app) == before
    kept = dict(rows(app, "SELECT record_class, months FROM retention_rule"))
    assert kept == {"mail": 1}
    if insist or officers == 2:
        days_pass(app, 90)
        assert decide(thief, request) == 422
        assert evidence(app) == before


def test_another_officer_confirms_and_it_goes_after_the_wait(
    app: Flask, cast: Cast, as_compliance: Visitor
) -> None:
    learner = cast.learner("Zofia Vzzle")
    request = asked(as_compliance, "erasure", learner.email)
    page = as_compliance.read(request)
    assert "another officer" not in page.text, "there is none"
    other = confirmed(cast, request)
    assert "Waits for its day" in other.read(request).text
    days_pass(app, 6)
    assert name_of(app, learner) == "Zofia Vzzle"
    days_pass(app, 2)
    assert name_of(app, learner) == "Details erased"
    page = other.read(request)
    assert "Erased." in page.text
    assert not [form for form in page.forms if form.action != "/sign-out"]
    steps = [act for act in actions(app) if act.startswith(("approvals:", "personal-data:"))]
    assert steps == [
        "approvals:asked", "approvals:confirmed", "personal-data:erased", "approvals:done",
    ]  # fmt: skip
    [(details,)] = rows(app, "SELECT details FROM audit_entry WHERE action = 'approvals:done'")
    said = json.loads(details)
    assert said["asked_by"] != said["confirmed_by"]
    days_pass(app)
    assert actions(app).count("approvals:done") == 1, "the worker's next round does nothing more"


def test_every_officer_and_administrator_is_told_and_each_can_stop_it(
    app: Flask, cast: Cast, as_compliance: Visitor
) -> None:
    third, admin = cast.account(Role.COMPLIANCE), cast.account(Role.ADMIN)
    tutor, learner = cast.account(Role.TUTOR), cast.learner("Zofia Vzzle")
    request = asked(as_compliance, "erasure", learner.email)
    confirmed(cast, request)
    told = mails(app)
    assert tutor.email not in told
    assert learner.email not in told
    assert len(told) == 4, "both who did it, too: it may not have been them"
    for one in (third, admin):
        first, second = told[one.email]
        assert first == "Asked for: Erase a person"
        assert second.startswith("Confirmed, and done on ")
    bodies = " ".join(row[0] for row in rows(app, "SELECT body FROM outbox_mail"))
    assert request in bodies
    assert "Vzzle" not in bodies, "letters name nobody's record"
    stopping = cast.signed_in(admin)
    assert "Erase a person" in stopping.read(LIST).text
    page = stopping.read(request)
    assert "decision" not in page.form("csrf_token").options, "an administrator confirms nothing"
    assert decide(stopping, request, "refuse") == 303
    days_pass(app, 30)
    assert name_of(app, learner) == "Zofia Vzzle"
    assert "approvals:done" not in actions(app)
    assert "approvals:refused" in actions(app)
    assert decide(cast.signed_in(third), request) == 422


def test_an_administrator_confirms_nothing(app: Flask, cast: Cast, as_compliance: Visitor) -> None:
    cast.account(Role.COMPLIANCE)
    request = asked(as_compliance, "erasure", cast.learner("Zofia Vzzle").email)
    assert decide(cast.signed_in(cast.account(Role.ADMIN)), request) == 422
    assert rows(app, "SELECT outcome FROM approval") == [("waiting",)]


def test_the_only_officer_is_told_what_that_gives_up_and_confirms_after_the_wait(
    app: Flask, cast: Cast, as_compliance: Visitor
) -> None:
    admin, learner = cast.account(Role.ADMIN), cast.learner("Zofia Vzzle")
    assert "One person alone" in as_compliance.read(DATA).text
    request = asked(as_compliance, "erasure", learner.email)
    assert "You are the only officer here" in as_compliance.read(request).text
    assert decide(as_compliance, request) == 422
    body = rows(app, "SELECT body FROM outbox_mail WHERE recipient = :to", to=admin.email)[0][0]
    assert "is the only officer" in body
    days_pass(app, 8)
    assert name_of(app, learner) == "Zofia Vzzle", "nobody has confirmed it"
    form = as_compliance.read(request).form("decision")
    assert as_compliance.send(form, {"decision": "approve"}, at=request).status_code == 303
    days_pass(app, 0)
    assert name_of(app, learner) == "Details erased"


def test_where_two_people_are_insisted_on_the_only_officer_never_confirms(
    app: Flask, cast: Cast, as_compliance: Visitor
) -> None:
    cast.take_two_people()
    assert "Nobody can confirm" in as_compliance.read(DATA).text
    request = asked(as_compliance, "erasure", cast.learner("Zofia Vzzle").email)
    days_pass(app, 60)
    assert decide(as_compliance, request) == 422


def test_nobody_confirms_what_is_about_themselves(cast: Cast, as_compliance: Visitor) -> None:
    other = cast.account(Role.COMPLIANCE)
    request = asked(as_compliance, "erasure", other.email)
    page = cast.signed_in(other)
    assert decide(page, request) == 422
    assert "This is about you" in page.read(request).text


def test_what_cannot_be_done_on_its_day_any_more_says_so_and_keeps_nothing_else_up(
    app: Flask, cast: Cast, as_compliance: Visitor
) -> None:
    one, other = cast.account(Role.ADMIN), cast.account(Role.ADMIN)
    learner = cast.learner("Zofia Vzzle")
    requests = [asked(as_compliance, "erasure", who.email) for who in (one, learner)]
    for request in requests:
        confirmed(cast, request)
    cast.deactivate(other)
    days_pass(app)
    assert name_of(app, one) == one.full_name
    assert name_of(app, learner) == "Details erased"
    page = as_compliance.read(requests[0]).text
    assert "Could not be done any more" in page
    assert "the only administrator" in page


def test_what_retention_took_is_on_record_reports_each_by_its_name_there(
    app: Flask, cast: Cast, as_compliance: Visitor
) -> None:
    old, young = cast.learner("Old Timer"), cast.learner("Young Timer")
    visitor = cast.signed_in(young)
    assert post(visitor, "/report", about="rule", what="A fake account")[0] == 303
    [(public_id,)] = rows(app, "SELECT public_id FROM breach_report")
    long_ago(app, old)
    with app.app_context(), writing() as session:
        session.execute(text("UPDATE breach_report SET state = 'closed', changed_at = :at"),
                        {"at": "2020-01-01 12:00:00"})  # fmt: skip
    request = asked(as_compliance, "retention")
    assert "Old Timer" in as_compliance.read(request).text
    confirmed(cast, request)
    days_pass(app)
    [(details,)] = rows(
        app, "SELECT details FROM audit_entry WHERE action = 'personal-data:let-go'"
    )
    gone = json.loads(details)
    assert (gone["learners"], gone["reports"], gone["which"]) == (1, 1, [f"report:{public_id}"])
    assert [name_of(app, one) for one in (old, young)] == ["Details erased", "Young Timer"]
    assert "1 learners" in as_compliance.read(request).text
    assert app.test_cli_runner().invoke(args=["audit", "verify"]).exit_code == 0


def test_no_more_goes_than_was_shown_when_it_was_asked_for(
    app: Flask, cast: Cast, as_compliance: Visitor
) -> None:
    """A period that is shortened while a confirmed request waits takes nobody along."""
    learner = cast.learner("Old Timer")
    long_ago(app, learner)
    assert post(as_compliance, f"{DATA}/periods/learners", months="120", basis="x")[0] == 303
    request = asked(as_compliance, "retention")
    assert "Old Timer" not in as_compliance.read(request).text
    confirmed(cast, request)
    assert post(as_compliance, f"{DATA}/periods/learners", months="84", basis="x")[0] == 303
    days_pass(app)
    assert name_of(app, learner) == "Old Timer"


def test_evidence_is_kept_shorter_by_two_people_alone(
    app: Flask, cast: Cast, as_compliance: Visitor
) -> None:
    at = f"{DATA}/periods/reports"
    form = as_compliance.read(at).form("months")
    sent = as_compliance.send(form, {"months": "12", "basis": "Our own rule"}, at=at)
    assert sent.status_code == 303
    assert count(app, "retention_rule") == 0
    assert "36 months" in as_compliance.read(str(sent.location)).text
    confirmed(cast, str(sent.location))
    assert rows(app, "SELECT months FROM retention_rule") == [(12,)]
    assert post(as_compliance, at, months="11", basis="x")[1].startswith(LIST), "shorter still"
    assert post(as_compliance, at, months="24", basis="x")[1] == DATA, "longer again: one person"


def test_a_shorter_wait_and_one_person_are_told_and_move_no_day_that_was_set(
    app: Flask, cast: Cast, as_compliance: Visitor
) -> None:
    cast.take_two_people()
    learner, admin = cast.learner("Zofia Vzzle"), cast.signed_in(cast.account(Role.ADMIN))
    request = asked(as_compliance, "erasure", learner.email)
    confirmed(cast, request)
    form = admin.read("/admin/settings").form("ukprn")
    assert form.fields["wait_days"] == ["7"]
    form.fields.pop("two_people")
    assert admin.send(form, {"wait_days": "1"}, at="/admin/settings").status_code == 303
    told = [subjects[-1] for subjects in mails(app).values()]
    assert told.count("One person can do more from now on") == 3
    days_pass(app, 2)
    assert name_of(app, learner) == "Zofia Vzzle"


def test_a_new_signing_key_is_told_to_everybody_who_looks_after_certificates(tiny: Cast) -> None:
    people = {tiny.account(role).email for role in (Role.COMPLIANCE, Role.ADMIN)}
    tiny.account(Role.TUTOR)
    assert tiny.app.test_cli_runner().invoke(args=["certificates", "rotate-key"]).exit_code == 0
    told = mails(tiny.app)
    assert set(told) == people
    assert {subject for subjects in told.values() for subject in subjects} == {
        "Certificates are signed with a new key"
    }


def test_what_waits_stands_on_the_first_page_of_compliance(
    cast: Cast, as_compliance: Visitor
) -> None:
    request = asked(as_compliance, "erasure", cast.learner("Zofia Vzzle").email)
    page: Page = as_compliance.read("/compliance")
    assert page.links["Erase a person"] == request
    assert decide(as_compliance, request, "refuse") == 303
    assert "Erase a person" not in as_compliance.read("/compliance").text


def test_the_same_is_asked_for_once(app: Flask, cast: Cast, as_compliance: Visitor) -> None:
    learner = cast.learner("Zofia Vzzle")
    asked(as_compliance, "erasure", learner.email)
    form = as_compliance.read(DATA).form("reason")
    given = {"kind": "erasure", "who": learner.email, "reason": "Again"}
    answer = as_compliance.send(form, given, at=DATA)
    assert answer.status_code == 422
    assert "Somebody has asked for this already" in read(answer.get_data(as_text=True)).text
    assert count(app, "approval") == 1
