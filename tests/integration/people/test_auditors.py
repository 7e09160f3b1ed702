"""An auditor reads the evidence until a day, changes nothing, and takes away what was agreed to."""

import zipfile
from datetime import date, timedelta
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import update

from induction.database import utc_now, writing
from induction.people.models import Account, Role
from induction.uk_time import uk_date, uk_day
from tests.support.approvals import confirmed
from tests.support.cast import PASSWORD, Cast
from tests.support.client import Visitor
from tests.support.post import outbox, path_in
from tests.support.record import rows

PACK = "/compliance/certificates/export"
PEOPLE = "/admin/people"


def today() -> date:
    return uk_day(utc_now())


def until(app: Flask, account: Account, day: date) -> None:
    """Let this account end after a day."""
    with app.app_context(), writing() as session:
        session.execute(update(Account).where(Account.id == account.id).values(last_day=day))


def signs_in(cast: Cast, account: Account) -> bool:
    visitor = cast.visitor()
    form = visitor.read("/sign-in").form("password")
    answer = visitor.send(form, {"email": account.email, "password": PASSWORD}, at="/sign-in")
    return answer.status_code == 303 and visitor.get("/account").status_code == 200


def work(app: Flask) -> None:
    assert app.test_cli_runner().invoke(args=["worker", "--once"]).exit_code == 0


def test_the_account_stops_by_itself_after_the_day(app: Flask, cast: Cast) -> None:
    auditor = cast.account(Role.AUDITOR)
    until(app, auditor, today())
    open_since_the_day = cast.signed_in(auditor)
    assert open_since_the_day.get("/compliance/certificates").status_code == 200
    work(app)
    assert signs_in(cast, auditor), "the day is not over"
    until(app, auditor, today() - timedelta(days=1))
    assert open_since_the_day.get("/compliance/certificates").status_code == 303, (
        "before the worker"
    )
    assert not signs_in(cast, auditor)
    work(app)
    ended = "SELECT actor, subject FROM audit_entry WHERE action = 'people:deactivated'"
    assert rows(app, ended) == [("system", f"account:{auditor.public_id}")]
    work(app)
    assert len(rows(app, ended)) == 1, "once"


def test_a_mailed_link_does_not_outlive_the_day(app: Flask, cast: Cast, as_admin: Visitor) -> None:
    auditor = cast.account(Role.AUDITOR)
    until(app, auditor, today())
    form = as_admin.read(f"{PEOPLE}/{auditor.public_id}").form("reason")
    sent = {"act": "link", "reason": "Forgot it"}
    assert as_admin.send(form, sent, at=f"{PEOPLE}/{auditor.public_id}").status_code == 303
    link = next(path_in(m) for m in outbox(app) if m["To"] == auditor.email)
    until(app, auditor, today() - timedelta(days=1))
    assert cast.visitor().get(link).status_code == 404


def test_the_day_is_asked_for_with_the_role_and_shown_in_people(
    app: Flask, cast: Cast, as_admin: Visitor
) -> None:
    new = {"full_name": "Morag Sinclair", "email": "morag@audit.example", "role": "auditor"}

    def made(**day: str) -> tuple[int, str]:
        form = as_admin.read(PEOPLE).form("full_name")
        answer = as_admin.send(form, {**new, **day}, at=PEOPLE)
        return answer.status_code, answer.text

    day = today() + timedelta(days=30)
    assert "Give the auditor’s last day." in made()[1]
    assert "at most a year" in made(last_day=str(today() + timedelta(days=400)))[1]
    assert "at most a year" in made(last_day=str(today() - timedelta(days=1)))[1]
    assert "Only an auditor" in made(role="tutor", last_day=str(day))[1]
    assert rows(app, "SELECT count(*) FROM account WHERE email = 'morag@audit.example'") == [(0,)]
    assert made(last_day=str(day))[0] == 303
    assert "Auditor until a day" in as_admin.read(PEOPLE).text
    person = as_admin.get(f"{PEOPLE}?search=morag").location
    assert uk_date(day) in as_admin.read(person).text
    later = day + timedelta(days=7)
    form = as_admin.read(person).form("reason")
    sent = {"act": "last-day", "last_day": str(later), "reason": "They need another week"}
    for _ in range(2):
        assert as_admin.send(form, sent, at=person).status_code == 303
    assert uk_date(later) in as_admin.read(person).text
    details = "SELECT details FROM audit_entry WHERE action = 'people:last-day-set' ORDER BY seq"
    assert rows(app, details) == [(f'{{"last_day":"{day}"}}',), (f'{{"last_day":"{later}"}}',)]
    words = cast.signed_in(cast.account(Role.COMPLIANCE)).read("/compliance/audit").text
    assert "set the last day of an account" in words


def test_an_ended_auditor_is_let_in_again_up_to_another_day(
    app: Flask, cast: Cast, as_admin: Visitor
) -> None:
    auditor = cast.account(Role.AUDITOR)
    until(app, auditor, today() - timedelta(days=1))
    work(app)
    page = f"{PEOPLE}/{auditor.public_id}"
    form = as_admin.read(page).form("reason")
    sent = {"act": "open-until", "reason": "A question came up"}
    assert "Give the auditor’s last day." in as_admin.send(form, sent, at=page).text
    assert as_admin.send(form, {**sent, "last_day": str(today())}, at=page).status_code == 303
    assert signs_in(cast, auditor)


@pytest.mark.parametrize("who", ["tutor", "learner"])
def test_an_auditor_is_nothing_else(app: Flask, cast: Cast, as_admin: Visitor, who: str) -> None:
    other = cast.account(Role.TUTOR) if who == "tutor" else cast.learner()
    page = f"{PEOPLE}/{other.public_id}"
    sent = {"act": "give-auditor", "last_day": str(today()), "reason": "Audits us"}
    answer = as_admin.send(as_admin.read(page).form("reason"), sent, at=page)
    assert answer.status_code == 422
    assert "no other role and no induction" in answer.text
    assert rows(app, "SELECT count(*) FROM account WHERE last_day IS NOT NULL") == [(0,)]


def test_whoever_audits_no_more_keeps_the_account(
    app: Flask, cast: Cast, as_admin: Visitor
) -> None:
    auditor = cast.account(Role.AUDITOR)
    until(app, auditor, today())
    page = f"{PEOPLE}/{auditor.public_id}"
    sent = {"act": "take-auditor", "reason": "Works here now"}
    assert as_admin.send(as_admin.read(page).form("reason"), sent, at=page).status_code == 303
    assert rows(app, "SELECT last_day FROM account WHERE id = :id", id=auditor.id) == [(None,)]
    entered = "SELECT subject, details FROM audit_entry WHERE action = 'people:last-day-set'"
    assert rows(app, entered) == [(f"account:{auditor.public_id}", '{"last_day":""}')]


def test_the_command_asks_for_the_day(app: Flask) -> None:
    def create(*more: str) -> tuple[int, str]:
        args = ["people", "create", "morag@audit.example", "--role", *more]
        result = app.test_cli_runner().invoke(args=args)
        return result.exit_code, result.output

    day = today() + timedelta(days=30)
    assert "needs --until" in create("auditor")[1]
    assert "needs --until" in create("tutor", "--until", str(day))[1]
    assert "at most a year" in create("auditor", "--until", "2020-01-01")[1]
    assert rows(app, "SELECT count(*) FROM account") == [(0,)]
    assert create("auditor", "--until", str(day))[0] == 0
    assert rows(app, "SELECT last_day FROM account") == [(str(day),)]


def test_an_auditor_reads_the_evidence_and_finds_nothing_to_change_or_take_away(tiny: Cast) -> None:
    number = tiny.graduate(tiny.learner("Emeka Asante"))
    auditor = tiny.signed_in(tiny.account(Role.AUDITOR))
    evidence = f"/compliance/certificates/{number}/evidence"
    assert auditor.get("/", follow_redirects=True).request.path == "/compliance/certificates"
    for path in ("/compliance/certificates", evidence, "/compliance/audit", "/compliance/clauses"):
        page = auditor.read(path)
        for link in {a["href"] for a in page.all("a")} - {"#main"}:
            assert not link.endswith(("/revoke", "/reissue"))
            assert ".csv" not in link
            assert ".xlsx" not in link
        forms = [form for form in page.forms if form.method.lower() == "post"]
        assert {form.action for form in forms} <= {"/sign-out"}, path
    assert auditor.get(f"/certificates/{number}.pdf").data.startswith(b"%PDF")
    assert "Emeka Asante" in auditor.read(f"/certificates/{number}").text


def test_an_auditor_reads_the_words_that_evidence_needs_and_no_others(tiny: Cast) -> None:
    tiny.graduate(tiny.learner("Emeka Asante"))
    head = tiny.signed_in(tiny.account(Role.HEAD))
    leave = f"/tutor/learners/{tiny.learner('Ann Lee').public_id}/leave"
    words = {"reason": "Looks after her mother, who is ill"}
    assert head.send(head.read(leave).form("reason"), words, at=leave).status_code == 303
    read = {
        role: tiny.signed_in(tiny.account(role)).read("/compliance/audit").text
        for role in (Role.AUDITOR, Role.COMPLIANCE)
    }
    assert words["reason"] in read[Role.COMPLIANCE]
    assert words["reason"] not in read[Role.AUDITOR]
    assert "with compliancereason" in read[Role.AUDITOR], "that there is one is said"
    for said in read.values():
        assert "signed nameEmeka Asante" in said, "a certificate is matched with its declaration"


def test_a_pack_is_an_auditors_once_an_officer_has_agreed_to_it(tiny: Cast) -> None:
    tiny.graduate(tiny.learner("Emeka Asante"))
    auditor = tiny.signed_in(tiny.account(Role.AUDITOR))
    tiny.account(Role.COMPLIANCE)
    token = {"csrf_token": auditor.token()}
    refused = auditor.post(PACK, data=token)
    assert refused.status_code == 422, "whom it is for is asked first"
    form = auditor.read(PACK).form("reason")
    answer = auditor.send(form, {"reason": "The yearly audit"}, at=PACK)
    assert answer.location == PACK
    assert "a compliance officer has to confirm it" in auditor.read(PACK).text
    ((request,),) = rows(tiny.app, "SELECT public_id FROM approval")
    assert auditor.get(f"/compliance/approvals/{request}").status_code == 403
    confirmed(tiny, f"/compliance/approvals/{request}")
    made = auditor.post(PACK, data=token)
    assert zipfile.ZipFile(BytesIO(made.data)).testzip() is None
    other = auditor.post(PACK, data={**token, "search": "Emeka"})
    assert other.status_code == 422, "what was agreed to is this scope and no other"
