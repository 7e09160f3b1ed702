"""Telling somebody: taken kindly, read by those who are named, and followed by its number."""

import csv
import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from induction.audit.act import acting
from induction.database import utc_now
from induction.people.models import Role
from induction.personal_data import pages as personal_data_pages
from induction.reports import pages, reporting
from induction.throttles.rules import REPORT
from induction.uk_time import uk_day, uk_day_after
from tests.integration.test_administration import picture, save
from tests.support.cast import PASSWORD, Cast
from tests.support.client import Visitor
from tests.support.page import read
from tests.support.post import outbox
from tests.support.record import actions, count, rows

REGISTER = "/compliance/reports"
NUMBER = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}")


def send(visitor: Visitor, **values: object) -> int:
    token = read(visitor.get("/report/follow-up").text).form("number").fields["csrf_token"][0]
    given = {"about": "rule", "what": "Somebody filmed me in the workshop", "csrf_token": token}
    response = visitor.post("/report", data=given | values, content_type="multipart/form-data")
    return response.status_code


def number_of(visitor: Visitor) -> str:
    """The number on the page that thanks for a report."""
    found = NUMBER.search(visitor.read("/report/sent").text)
    assert found
    return found[0]


def last(app: Flask) -> str:
    """The address of the newest report."""
    return f"{REGISTER}/{rows(app, 'SELECT public_id FROM breach_report ORDER BY id')[-1][0]}"


@pytest.fixture
def lead(cast: Cast) -> Visitor:
    """A safeguarding lead, signed in."""
    return cast.signed_in(cast.account(Role.SAFEGUARDING, "Dilys Akhtar"))


def test_a_report_reaches_those_who_read_it_with_its_picture(
    app: Flask, cast: Cast, lead: Visitor
) -> None:
    learner = cast.signed_in(cast.learner("Nadia Rahman"))
    cast.account(Role.COMPLIANCE, "Margaret Ellison")
    told = "Dilys Akhtar (safeguarding lead) and Margaret Ellison (compliance)"
    assert told in learner.read("/report?about=harm").text
    assert send(learner, about="harm", may_contact="y", pictures=(picture(), "a.jpg")) == 303
    page = lead.read(last(app))
    assert "Somebody filmed me in the workshop" in page.text
    assert "Nadia Rahman" in page.text
    address = next(a["href"] for a in page.all("a") if a["href"].endswith(".png"))
    shown = lead.get(address)
    assert shown.mimetype == "image/png"
    assert b"taken at home" not in shown.data
    assert learner.get(address).status_code == 403
    sent = {message["Subject"]: message.get_content() for message in outbox(app)}
    alert = sent["A problem has been reported: somebody may be at risk"]
    thanks = sent["Thank you for your report"]
    assert "workshop" not in alert + thanks, "a message must not tell what was reported"
    assert "read it at once" in alert, "somebody may be in danger"
    assert number_of(learner) in thanks


@pytest.mark.parametrize("about", ["", "nonsense"])
def test_it_asks_first_what_a_report_is_about(
    app: Flask, cast: Cast, lead: Visitor, about: str
) -> None:
    learner = cast.signed_in(cast.learner())
    page = learner.read("/report")
    assert {a["href"] for a in page.all("a")} >= {
        f"/report?about={one}" for one in ("picture", "harm", "rule")
    }
    assert send(learner, about=about) == 422
    assert count(app, "breach_report") == 0


def test_a_sexual_picture_is_neither_asked_for_nor_kept(
    app: Flask, cast: Cast, lead: Visitor
) -> None:
    learner = cast.signed_in(cast.learner())
    page = learner.read("/report?about=picture")
    assert page.text.index("Do not save it") < page.text.index("Report a problem", 200)
    assert "pictures" not in page.form("what").fields
    planted = picture()
    bytes_of_it = planted.getvalue()
    assert send(learner, about="picture", pictures=(planted, "a.jpg")) == 422
    assert count(app, "breach_report") == 0
    kept = [f for f in app.extensions["settings"].instance.rglob("*") if f.is_file()]
    assert not [f for f in kept if f.suffix == ".png" or bytes_of_it[:200] in f.read_bytes()]
    assert send(learner, about="picture") == 303
    assert "Do not look at the picture" in lead.read(last(app)).text


def test_what_concerns_a_reader_goes_to_the_second_reader_alone(
    app: Flask, cast: Cast, lead: Visitor, as_compliance: Visitor
) -> None:
    learner = cast.signed_in(cast.learner())
    assert "of_reader" not in learner.read("/report?about=harm").form("what").fields
    assert "do not send it here" in learner.read("/report?about=harm").text
    second = cast.signed_in(cast.account(Role.SECOND_READER, "Marek Fletcher"))
    assert "Marek Fletcher alone" in learner.read("/report?about=harm").text
    assert send(learner, about="harm", of_reader="y") == 303
    concerning = last(app)
    assert send(learner, what="A fake account") == 303
    other = last(app)
    for reader in (lead, as_compliance):
        assert (reader.get(concerning).status_code, reader.get(other).status_code) == (404, 200)
        assert "workshop" not in reader.read(REGISTER).text
    assert (second.get(concerning).status_code, second.get(other).status_code) == (200, 404)
    assert "A fake account" not in second.read(REGISTER).text
    to = [str(message["To"]) for message in outbox(app)]
    assert sum("second-reader" in address for address in to) == 1


def test_nobody_is_reader_and_second_reader(app: Flask, cast: Cast, as_admin: Visitor) -> None:
    account = cast.account(Role.SAFEGUARDING)
    page = f"/admin/people/{account.public_id}"
    form = as_admin.read(page).form("reason")
    asked = {"act": "give-second-reader", "reason": "no one else"}
    response = as_admin.send(form, asked, at=page)
    assert response.status_code == 422
    assert "neither safeguarding lead nor compliance officer" in response.text


def test_compliance_reads_unless_the_settings_say_otherwise_and_a_lead_is_there(
    app: Flask, cast: Cast, as_admin: Visitor, as_compliance: Visitor
) -> None:
    learner = cast.signed_in(cast.learner())
    assert save(as_admin) == 303, "an unticked box: compliance does not read"
    assert send(learner) == 303
    assert as_compliance.get(last(app)).status_code == 200, "else nobody would"
    cast.account(Role.SAFEGUARDING, "Dilys Akhtar")
    assert as_compliance.get(last(app)).status_code == 404
    assert "compliance does not" in as_compliance.read(REGISTER).text
    assert save(as_admin, compliance_reads="y") == 303
    assert as_compliance.get(last(app)).status_code == 200


def test_administrators_and_tutors_read_no_report(app: Flask, cast: Cast, lead: Visitor) -> None:
    send(cast.signed_in(cast.learner()))
    for role in (Role.TUTOR, Role.HEAD, Role.ADMIN):
        visitor = cast.signed_in(cast.account(role))
        assert {visitor.get(page).status_code for page in (REGISTER, last(app))} == {403}


def test_where_nobody_reads_reports_none_is_taken(app: Flask, cast: Cast) -> None:
    learner = cast.signed_in(cast.learner())
    assert "Nobody is named yet" in learner.read("/report?about=harm").text
    assert send(learner) == 422
    assert count(app, "breach_report") == 0


def test_a_report_without_a_name_leaves_nothing_beside_it_that_tells_who(
    app: Flask, cast: Cast, lead: Visitor
) -> None:
    learner = cast.learner("Nadia Rahman")
    before = len(actions(app))
    assert send(cast.signed_in(learner), anonymous="y", may_contact="y") == 303
    assert actions(app)[before:] == ["people:signed-in"], "its entry comes another day"
    [(account, contact, at)] = rows(
        app, "SELECT account_id, may_contact, reported_at FROM breach_report"
    )
    assert (account, contact) == (None, 0)
    assert re.search(r" (00|23):00:00\.0+$", at), "the day, and nothing more exact"
    with app.app_context(), acting(reporting.ANONYMOUS, utc_now()) as act:
        assert reporting.enter_earlier(act) == 0
    tomorrow = uk_day_after(uk_day(utc_now()))
    with app.app_context(), acting(reporting.ANONYMOUS, tomorrow) as act:
        assert reporting.enter_earlier(act) == 1
    query = "SELECT actor FROM audit_entry WHERE action = 'reports:reported'"
    assert rows(app, query) == [("anonymous",)]
    assert "Nadia" not in lead.get(last(app)).text


def test_without_leave_for_anonymous_reports_a_name_is_always_kept(
    app: Flask, cast: Cast, as_admin: Visitor, lead: Visitor
) -> None:
    assert save(as_admin) == 303
    learner = cast.learner()
    assert send(cast.signed_in(learner), anonymous="y") == 303
    assert rows(app, "SELECT account_id FROM breach_report") == [(learner.id,)]


def test_nobody_is_contacted_who_did_not_tick_it(app: Flask, cast: Cast, lead: Visitor) -> None:
    learner = cast.signed_in(cast.learner())
    form = learner.read("/report?about=harm").form("what")
    assert not {"may_contact", "anonymous"} & form.fields.keys(), "ticked beforehand"
    assert send(learner) == 303
    assert len(outbox(app)) == 1, "the lead alone"


def test_a_visitor_without_an_account_reports_where_the_institute_allows_it(
    app: Flask, cast: Cast, as_admin: Visitor, lead: Visitor
) -> None:
    parent = cast.visitor()
    page = parent.read("/report?about=harm")
    assert "Childline" in page.text
    assert "you have to be signed in" in page.text
    assert send(parent) == 422
    assert save(as_admin, public_reports="y") == 303
    assert send(parent, about="harm") == 422, "no report without a name is allowed here"
    assert send(parent, about="harm", contact="Mrs Shah, 07700 900142") == 303
    assert "Mrs Shah" in lead.read(last(app)).text
    assert count(app, "outbox_mail") == 1, "no message to an address that somebody typed"


@pytest.mark.usefixtures("stopped_clock")
def test_a_flood_is_slowed_and_nothing_typed_is_lost(
    app: Flask, cast: Cast, as_admin: Visitor, lead: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "REPORT", replace(REPORT, free=2))
    monkeypatch.setattr(reporting, "MOST_IN_AN_HOUR", 2)
    save(as_admin, public_reports="y", anonymous_reports="y")
    for visitor in (cast.visitor(), cast.signed_in(cast.learner())):
        assert [send(visitor) for _ in range(3)] == [303, 303, 429]
    assert count(app, "breach_report") == 4


def test_a_typed_report_outlives_its_session(app: Flask, cast: Cast, lead: Visitor) -> None:
    learner = cast.learner("Nadia Rahman")
    visitor = cast.signed_in(learner)
    at, typed = "/report?about=harm", {"what": "Ten lines that took an hour", "where": "An app"}
    form = visitor.read(at).form("what")
    visitor.post("/sign-out", data={"csrf_token": visitor.token()})
    for again in (False, True):
        if again:
            visitor.sign_in(learner.email, PASSWORD)
        answer = visitor.send(form, typed, at=at)
        assert answer.status_code == 400
        assert "Nothing has been sent yet" in answer.text
        form = read(answer.text).form("what")
        assert form.fields["what"] == ["Ten lines that took an hour"]
        assert form.fields["where"] == ["An app"]
    assert count(app, "breach_report") == 0
    assert visitor.send(form, {}, at=at).status_code == 303
    assert "Ten lines" in lead.get(last(app)).text


def test_nothing_typed_is_lost_when_a_picture_is_refused(
    app: Flask, cast: Cast, lead: Visitor
) -> None:
    visitor = cast.signed_in(cast.learner())
    response = visitor.post(
        "/report",
        data={
            "about": "rule",
            "what": "It is still there",
            "csrf_token": visitor.token(),
            "pictures": (io.BytesIO(b"MZ"), "x.png"),
        },
        content_type="multipart/form-data",
    )
    assert response.status_code == 422
    assert "It is still there" in response.text
    assert count(app, "breach_report") == 0


def test_its_number_leads_back_to_a_report_to_its_answer_and_to_adding_more(
    app: Flask, cast: Cast, lead: Visitor
) -> None:
    learner = cast.signed_in(cast.learner())
    send(learner, anonymous="y")
    number, anyone, follow = number_of(learner), cast.visitor(), "/report/follow-up"
    form = lead.read(last(app)).form("text")
    done = {"state": "closed", "text": "Rang the head", "reply": "He has been moved", "owner": ""}
    assert lead.send(form, done, at=last(app)).status_code == 303

    asked = anyone.read(follow).form("number")
    assert (
        "no report with this number"
        in anyone.send(asked, {"number": "0000-0000-0000-0000"}, at=follow).text
    )
    shown = anyone.send(asked, {"number": number.lower().replace("-", " ")}, at=follow).text
    assert "He has been moved" in shown
    assert "Closed" in shown
    assert "workshop" not in shown
    assert "Rang the head" not in shown
    more = read(shown).form("number")
    for _ in range(2):
        assert "Added" in anyone.send(more, {"more": "It goes on"}, at=follow).text
    page = lead.read(last(app))
    assert page.text.count("It goes on") == 1
    assert "New" in page.text, "a closed report is open again"
    assert len(outbox(app)) == 2


def test_what_is_done_about_a_report_is_noted_and_audited(
    app: Flask, cast: Cast, lead: Visitor
) -> None:
    send(cast.signed_in(cast.learner()), may_contact="y")
    [owner] = rows(app, "SELECT account_id FROM account_role WHERE role = 'safeguarding'")
    form = lead.read(last(app)).form("text")
    done = {
        "state": "passed-on", "severity": "high", "owner": str(owner[0]), "outcome": "support",
        "text": "Rang the head of campus", "reply": "We are on it",
    }  # fmt: skip
    assert lead.send(form, done, at=last(app)).status_code == 303
    shown = lead.read(last(app)).text
    for words in ("Passed to the leaders", "Rang the head of campus", "High"):
        assert words in shown
    assert "Dilys Akhtar" in lead.read(f"{REGISTER}?state=passed-on&severity=high").text
    assert "No reports" in lead.read(f"{REGISTER}?state=closed").text
    [(details,)] = rows(app, "SELECT details FROM audit_entry WHERE action = 'reports:handled'")
    assert details == '{"from":"new","to":"passed-on"}'
    told = outbox(app)[-1]
    assert told["Subject"] == "There is an answer to your report"
    assert "We are on it" not in told.get_content()


def test_the_register_as_a_file_says_how_each_stands_and_nothing_that_was_written(
    app: Flask, cast: Cast, lead: Visitor
) -> None:
    send(cast.signed_in(cast.learner()), about="harm")
    answer = lead.get(f"{REGISTER}/list.csv")
    (heads, row) = csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff")))
    facts = dict(zip(heads, row, strict=True))
    assert (facts["State"], facts["Outcome"]) == ("New", "Open")
    assert "workshop" not in answer.get_data(as_text=True)
    assert lead.get(f"{REGISTER}/list.xlsx?state=closed").status_code == 200
    assert actions(app)[-1] == "reports:exported"


def test_new_reports_stand_on_the_start_page_of_compliance(
    cast: Cast, as_compliance: Visitor
) -> None:
    assert "1 new" not in as_compliance.read("/compliance").text
    send(cast.signed_in(cast.learner()))
    assert "1 new" in as_compliance.read("/compliance").text


def test_scripts_and_markup_in_a_report_are_text(app: Flask, cast: Cast, lead: Visitor) -> None:
    send(cast.signed_in(cast.learner()), what="<script>alert(1)</script>")
    assert "<script>alert" not in lead.get(last(app)).text


def test_compliance_is_told_of_reports_that_nobody_has_closed(
    app: Flask, cast: Cast, as_compliance: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner, here = cast.signed_in(cast.learner()), "/compliance/personal-data"
    assert send(learner) == 303
    assert "nobody has closed" not in as_compliance.read(here).text
    later = utc_now() + timedelta(days=366)
    monkeypatch.setattr(personal_data_pages, "utc_now", lambda: later)
    assert "A report has been open for more than a year" in as_compliance.read(here).text
    assert rows(app, "SELECT state FROM breach_report") == [("new",)], "and it stays"
