"""Personal data: shown to whom it belongs to, kept so long, and gone for good when erased."""

import io
import json
import logging
import unicodedata
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from PIL import Image
from sqlalchemy import select, text, update

from induction.administration import settings_changes
from induction.audit.act import acting
from induction.database import utc_now, writing
from induction.enrolment.models import StagedList
from induction.extensions import db
from induction.journey.models import Enrolment
from induction.mail import outbox
from induction.mail.letters import Letter
from induction.people import cohorts
from induction.people.models import Account, Role
from induction.personal_data.erasure import settle
from induction.reports.models import BreachReport
from tests.support.approvals import carried_out, confirmed, days_pass, decide
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.importing import go_ahead, upload
from tests.support.page import read
from tests.support.record import actions, count, rows
from tests.support.traces import traces

HERE = "/compliance/personal-data"
OWN_CHANGE = "I ask before I film"
NAME = "Oluwaseun Okafor-Bright"


def ask(visitor: Visitor, kind: str, who: str = "") -> str:
    form = visitor.read(HERE).form("reason")
    response = visitor.send(form, {"kind": kind, "who": who, "reason": "they asked"}, at=HERE)
    assert response.status_code == 303, response.text
    return str(response.location)


def test_a_reason_says_something_that_can_be_read(
    app: Flask, cast: Cast, as_compliance: Visitor, as_admin: Visitor
) -> None:
    person = f"/admin/people/{cast.account(Role.TUTOR).public_id}"
    asked = {"kind": "erasure", "who": "L1"}
    for visitor, at, given in ((as_compliance, HERE, asked), (as_admin, person, {"act": "end"})):
        before = actions(app)
        form = visitor.read(at).form("reason")
        answer = visitor.send(form, {**given, "reason": " \u200b "}, at=at)
        assert (answer.status_code, "Say why" in answer.text) == (422, True), at
        assert actions(app) == before


def complete(cast: Cast, as_compliance: Visitor) -> tuple[Account, str]:
    """Somebody with everything that we ever hold: answers, certificate, file, report."""
    learner = cast.learner(NAME, email="seun@college.example")
    number = cast.graduate(learner)
    visitor = cast.signed_in(learner)
    visitor.get(f"/certificates/{number}.pdf")
    token = visitor.token()
    visitor.post("/report", data={"about": "rule", "what": "A fake account", "csrf_token": token})
    visitor.post("/induction/my-changes", data={"first": OWN_CHANGE, "csrf_token": token})
    return learner, number


@pytest.fixture
def college(tiny_here: Flask) -> Cast:
    """People of an institute that teaches the small policy, on each of the databases."""
    return Cast(tiny_here)


EARLIER = "Jonathan Earlïer-Vq"
LATER = "Éowyn O’Zvzqüist"
SPELT = (
    "ÉOWYN O'ZVZQÜIST",
    unicodedata.normalize("NFD", LATER),
    "eowyn\u00a0o`zvzquist",
    "O’Zvzqüist, Éowyn",
    "jonathan earlier-vq",
    f"{EARLIER}’s brother",
    "SEUN@College.example",
)


def erased(college: Cast) -> tuple[str, Visitor]:
    """Somebody with everything that we ever hold, whom others have named in every spelling.

    Returns the number of their certificate, and the officer who has erased them.
    """
    app, tutor = college.app, college.account(Role.TUTOR)
    learner = college.learner(EARLIER, email="seun@college.example")
    other = college.learner("Kind Witness", cohort=college.cohort("Bricks", tutor))
    number, others = college.graduate(learner), college.graduate(other)
    mine = college.signed_in(learner)
    mine.get(f"/certificates/{number}.pdf")
    mine.post(
        "/report", data={"about": "rule", "what": "A fake account", "csrf_token": mine.token()}
    )
    change = {"first": "In my own words: zvzq", "csrf_token": mine.token()}
    assert mine.post("/induction/my-changes", data=change).status_code == 303
    officer, theirs = college.signed_in(college.account(Role.COMPLIANCE)), college.signed_in(tutor)
    admin = college.signed_in(college.account(Role.ADMIN))
    row = f"learner_ref,full_name,email\n{learner.learner_ref},{LATER},later@college.example\n"
    assert go_ahead(officer, upload(officer, row.encode())) == 303
    upload(officer, (row + "V1,Somebody Else,else@x.example\n").encode())
    told = "Sat beside " + "; ".join(SPELT) + "."
    witness = college.signed_in(other)
    witness.post("/report", data={"about": "rule", "what": told, "csrf_token": witness.token()})
    views = (f"Ring {LATER}", ""), (f"ring {LATER}", ""), ("Ask", LATER), ("Whoever is stuck", "")
    for name, search in views:
        view = {"name": name, "csrf_token": theirs.token()}
        narrowed = {"state": "stuck", "search": search}
        assert theirs.post("/tutor/views", query_string=narrowed, data=view).status_code == 303
    note = {"reason": told, "csrf_token": theirs.token()}
    assert theirs.post(f"/tutor/learners/{other.public_id}/note", data=note).status_code == 303
    given = {"reason": f"{LATER} sat the check", "csrf_token": officer.token()}
    assert officer.post(f"/compliance/certificates/{others}/revoke", data=given).status_code == 303
    with app.app_context(), acting(tutor, utc_now()) as act:
        act.session.execute(update(Enrolment).values(notice=told))
        told_too = Letter(f"About {LATER}", told)
        outbox.queue(act.session, other.email, told_too, now=act.now, account_id=other.id)
        cohorts.create(act, cohorts.CohortFacts(f"One to one: {LATER}"))
        lead = {"safeguarding_name": LATER, "safeguarding_email": "later@college.example"}
        named = {"contact": f"Ask {LATER} in room 3", "signatory": f"{LATER}, Principal"}
        settings_changes.change(act, lead | named)
    assert admin.get("/admin/settings").status_code == 200
    carried_out(college, ask(officer, "erasure", "later@college.example"))
    return number, officer


def test_t27_an_erased_person_is_nowhere_and_the_chain_holds(
    college: Cast, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    number, officer = erased(college)
    app, words = college.app, ("zvzq", "jonathan", "earlier-vq", "earlïer", "seun@", "later@")
    assert traces(app, *words, backup=tmp_path / "backup.zip", again=settle) == []
    assert not any(word in caplog.text.lower() for word in words)
    kept = rows(app, "SELECT text FROM tutor_note")[0][0]
    assert kept == "Sat beside " + "; ".join(["Details erased"] * 5 + [
        "Details erased’s brother", "Details erased.",
    ])  # fmt: skip
    assert rows(app, "SELECT name FROM saved_view") == [("Whoever is stuck",)]
    told = "SELECT contact, signatory, safeguarding_name, safeguarding_email FROM institute"
    assert rows(app, told) == [("Ask Details erased in room 3", "", "", "")]
    assert "Ask Details erased" in officer.read("/privacy").text
    assert len(rows(app, "SELECT name FROM cohort WHERE name LIKE 'One to one: Details erased %'"))
    ((reason,),) = rows(app, "SELECT reason FROM revocation")
    assert reason == "Details erased sat the check"
    with app.app_context():
        waiting = [len(kept["lines"]) for kept in db.session.scalars(select(StagedList.rows))]
    assert waiting == [0, 1], "a colleague's list goes on without the row"
    answer = college.visitor().get(f"/verify/{number}", headers={"Accept": "application/json"})
    assert answer.json is not None
    assert (answer.json["status"], answer.json["name"]) == ("erased", None)
    assert "details erased" in college.visitor().read(f"/verify/{number}").text.lower()
    for address in (f"/certificates/{number}", f"/certificates/{number}.pdf"):
        assert officer.get(address).status_code == 404
    assert app.test_cli_runner().invoke(args=["audit", "verify"]).exit_code == 0
    assert "personal-data:erased" in actions(app)


def test_asking_alone_erases_nothing_and_says_where_somebody_is_named(
    app: Flask, cast: Cast, as_compliance: Visitor
) -> None:
    learner, number = complete(cast, as_compliance)
    given = {"full_name": f"{NAME}-Żak", "reason": "married", "csrf_token": as_compliance.token()}
    as_compliance.post(f"/compliance/certificates/{number}/reissue", data=given)
    request = ask(as_compliance, "erasure", learner.learner_ref or "")
    told = [row.text for row in as_compliance.read(request).all("tr")]
    assert "Certificates2" in told, "both certificates are among what will go"
    assert "Their account1" in told
    assert count(app, "certificate_record") == 2


def test_whoever_confirms_an_erasure_decides_what_may_be_a_word_or_somebody_else(
    college: Cast,
) -> None:
    app, tutor, officer = college.app, college.account(Role.TUTOR), college.account(Role.COMPLIANCE)
    college.cohort("Bricks", tutor)
    gone = college.learner("Morwenna Brown", cohort=college.cohort("Wood", tutor))
    other = college.learner("Kind Witness", cohort=college.cohort("Tiles", tutor))
    with app.app_context(), acting(tutor, utc_now()) as act:
        employer = "Brown & Daughter (Morwenna Brown)"
        said = {"employer": employer, "corrected": {"employer": [employer, "Oak"]}}
        act.session.execute(update(Account).where(Account.id == other.id).values(said))
    theirs, asking = college.signed_in(tutor), college.signed_in(officer)
    notes = (
        "Ask Miss Brown; Brown, M.; M Brown; Morwenna Jane Brown.",
        "Brown was late.",
        "A brown coat was left.",
    )
    for wrote in notes:
        note = {"reason": wrote, "csrf_token": theirs.token()}
        assert theirs.post(f"/tutor/learners/{other.public_id}/note", data=note).status_code == 303
    request = ask(asking, "erasure", gone.email or "")
    page = asking.read(request).text
    assert "Tutors’ notes1" in "".join(row.text for row in asking.read(request).all("tr"))
    assert "Employers of other people1" in "".join(r.text for r in asking.read(request).all("tr"))
    assert "Brown was late." in page
    assert "disabled" in next(b for b in asking.read(request).all("input") if b["name"] == "ticked")
    second = college.signed_in(college.account(Role.COMPLIANCE))
    found = {
        box["id"]: box["value"]
        for box in second.read(request).all("input")
        if box["name"] == "ticked"
    }
    labels = {one["for"]: one.text for one in second.read(request).all("label") if "for" in one}
    late = next(value for id_, value in found.items() if "late" in labels[id_])
    decided = {"decision": "approve", "ticked": late, "csrf_token": second.token()}
    assert second.post(request, data=decided).status_code == 303
    days_pass(app)
    assert rows(app, "SELECT text FROM tutor_note ORDER BY id") == [
        ("Ask Details erased; Details erased; Details erased; Details erased.",),
        ("Details erased was late.",),
        ("A brown coat was left.",),
    ]
    with app.app_context():
        kept = db.session.get_one(Account, other.id)
        assert (kept.employer, kept.corrected) == (
            "Brown & Daughter (Details erased)",
            {"employer": ["Oak"]},
        )
    assert app.test_cli_runner().invoke(args=["audit", "verify"]).exit_code == 0


def test_an_erasures_page_tells_nobody_what_they_do_not_read(college: Cast) -> None:
    app, tutor = college.app, college.account(Role.TUTOR)
    gone = college.learner("Morwenna Brown")
    other = college.learner("Kind Witness", cohort=college.cohort("Tiles", tutor))
    officer = college.signed_in(college.account(Role.COMPLIANCE))
    witness, theirs = college.signed_in(other), college.signed_in(tutor)
    sent = {"about": "rule", "what": "Brown wept at it", "csrf_token": witness.token()}
    assert witness.post("/report", data=sent).status_code == 303
    note = {"reason": "Brown was late", "csrf_token": theirs.token()}
    assert theirs.post(f"/tutor/learners/{other.public_id}/note", data=note).status_code == 303
    request = ask(officer, "erasure", gone.email or "")
    told = officer.read(request).text
    assert "Brown wept at it" in told
    assert "Brown was late" in told
    college.account(Role.SECOND_READER)
    with app.app_context(), writing() as session:
        session.execute(update(BreachReport).values(of_reader=True))
    told = officer.read(request).text
    assert "wept" not in told
    assert "Brown Reports" in told
    protection = college.signed_in(college.account(Role.DATA_PROTECTION))
    admin = college.signed_in(college.account(Role.ADMIN))
    assert "Brown was late" in protection.read(request).text
    assert "Brown was late" not in admin.read(request).text


def test_another_persons_identical_picture_stays(
    app: Flask, cast: Cast, as_compliance: Visitor
) -> None:
    people = [cast.learner("One Reporter"), cast.learner("Other Reporter")]
    out = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(out, "PNG")
    for person in people:
        visitor = cast.signed_in(person)
        file = (io.BytesIO(out.getvalue()), "a.png")
        form = {"about": "rule", "what": "See it", "csrf_token": visitor.token(), "pictures": file}
        assert visitor.post("/report", data=form).status_code == 303
    assert count(app, "breach_picture") == 2
    carried_out(cast, ask(as_compliance, "erasure", people[0].email))
    assert count(app, "breach_picture") == 1
    carried_out(cast, ask(as_compliance, "erasure", people[1].email))
    assert count(app, "breach_picture") == 0


def test_a_namesake_keeps_their_name(app: Flask, cast: Cast, as_compliance: Visitor) -> None:
    one, other = cast.learner(NAME, email="one@college.example"), cast.learner(NAME)
    theirs = cast.signed_in(other)
    theirs.post(
        "/report", data={"about": "rule", "what": f"About {NAME}", "csrf_token": theirs.token()}
    )
    carried_out(cast, ask(as_compliance, "erasure", one.email))
    assert rows(app, "SELECT what FROM breach_report") == [(f"About {NAME}",)]
    assert rows(app, "SELECT full_name FROM account WHERE id = :i", i=other.id) == [(NAME,)]


def test_an_erased_person_is_signed_out_and_cannot_come_back(
    cast: Cast, as_compliance: Visitor
) -> None:
    learner = cast.learner(NAME)
    theirs = cast.signed_in(learner)
    carried_out(cast, ask(as_compliance, "erasure", learner.email))
    assert theirs.get("/induction").status_code == 303


def test_a_refused_request_erases_nothing(app: Flask, cast: Cast, as_compliance: Visitor) -> None:
    learner = cast.learner(NAME)
    assert decide(as_compliance, ask(as_compliance, "erasure", learner.email), "refuse") == 303
    assert rows(app, "SELECT full_name FROM account WHERE id = :i", i=learner.id) == [(NAME,)]
    assert actions(app)[-1] == "approvals:refused"


def test_the_copy_holds_everything_and_no_secrets(
    app: Flask, cast: Cast, as_compliance: Visitor
) -> None:
    learner, number = complete(cast, as_compliance)
    request = ask(as_compliance, "access", learner.learner_ref or "")
    address = f"{HERE}/requests/{request.rpartition('/')[2]}/copy.zip"
    assert as_compliance.get(address).status_code == 404, "not confirmed yet"
    confirmed(cast, request)
    assert as_compliance.read(request).links["Take the copy (ZIP)"] == address
    response = as_compliance.get(address)
    pack = zipfile.ZipFile(io.BytesIO(response.data))
    assert f"certificates/{number}.pdf" in pack.namelist()
    held = json.loads(pack.read("what-we-hold.json"))
    assert held["account"][0]["full_name"] == NAME
    assert held["reports"][0]["what"] == "A fake account"
    assert held["own_changes"][0]["text"] == OWN_CHANGE
    assert len(held["answers"]) >= 32
    assert held["answers"][0]["chosen"], "answers are told in words"
    assert "argon2" not in pack.read("what-we-hold.json").decode()
    page = read(pack.read("what-we-hold.html").decode())
    assert NAME in page.text
    facts = zip(page.all("dt"), page.all("dd"), strict=True)
    told = {label.text: value.text for label, value in facts if not value.all("dl")}
    assert (
        "Some answers came faster than reading takes"
        in told["Why a tutor may want a word with you"]
    )
    assert told["Signed as"] == NAME
    assert told["Part"].startswith(("Section", "Final check"))
    assert not {"Settled tries", "Flags", "Demo", "Made up for the demonstration"} & {*told}
    for code in ("settled", "hurried", "{", "sha256", "_", held["account"][0]["public_id"]):
        assert code not in page.text.replace(NAME, ""), code
    assert actions(app)[-1] == "personal-data:copied"


def test_only_what_is_past_its_time_goes(app: Flask, cast: Cast, as_compliance: Visitor) -> None:
    old, young = cast.learner("Old Timer"), cast.learner("Young Timer")
    long_ago = utc_now() - timedelta(days=8 * 365)
    with app.app_context(), writing() as session:
        session.execute(
            text("UPDATE enrolment SET enrolled_at = :t WHERE account_id = :i"),
            {"t": long_ago.replace(tzinfo=None).isoformat(sep=" "), "i": old.id},
        )
    request = ask(as_compliance, "retention")
    assert "Old Timer" in as_compliance.read(request).text
    assert "Young Timer" not in as_compliance.read(request).text
    carried_out(cast, request)
    names = dict(rows(app, "SELECT id, full_name FROM account"))
    assert names[old.id] == "Details erased"
    assert names[young.id] == "Young Timer"


@pytest.mark.parametrize(
    ("months", "said"), [("1", "1 month"), ("12", "1 year"), ("18", "18 months"), ("24", "2 years")]
)
def test_a_period_can_be_changed_and_is_audited(
    app: Flask, as_compliance: Visitor, months: str, said: str
) -> None:
    page = f"{HERE}/periods/mail"
    form = as_compliance.read(page).form("months")
    asked = {"months": months, "basis": "As Bronwen Price asked"}
    assert as_compliance.send(form, asked, at=page).status_code == 303
    assert f"{said} after they were sent" in as_compliance.read(HERE).text
    assert actions(app)[-1] == "personal-data:retention-changed"
    [(details, beside)] = rows(
        app,
        "SELECT details, data FROM audit_entry e JOIN audit_personal p ON p.seq = e.seq"
        " WHERE action = 'personal-data:retention-changed'",
    )
    assert details == f'{{"months":{months}}}'
    assert "Bronwen Price" in beside, "what somebody typed is beside the chain, not in it"


def test_a_request_about_nobody_is_refused_with_what_was_typed(as_compliance: Visitor) -> None:
    form = as_compliance.read(HERE).form("reason")
    response = as_compliance.send(
        form, {"kind": "erasure", "who": "L999999", "reason": "they asked"}, at=HERE
    )
    assert response.status_code == 422
    assert "Nobody has this reference" in response.text
    assert 'value="L999999"' in response.text


def test_erasing_one_person_leaves_everybody_else_whole(
    app: Flask, cast: Cast, as_compliance: Visitor
) -> None:
    """An address that is part of another, or a pattern, is still one address."""
    cast.learner("Joanna Other", email="joann@college.example")
    cast.learner("Somebody Else", email="a.b@college.example")
    cast.learner("Ann", email="ann@college.example")
    cast.learner("Percent", email="%@college.example")
    before = dict(rows(app, "SELECT account_id, count(*) FROM audit_personal GROUP BY account_id"))
    for who in ("ann@college.example", "%@college.example"):
        carried_out(cast, ask(as_compliance, "erasure", who))
    after = dict(rows(app, "SELECT account_id, count(*) FROM audit_personal GROUP BY account_id"))
    names = dict(rows(app, "SELECT id, full_name FROM account"))
    kept = [i for i, name in names.items() if name in ("Joanna Other", "Somebody Else")]
    assert len(kept) == 2
    assert all(after[i] == before[i] for i in kept)


def test_mail_that_was_written_to_the_folder_goes_too(
    app: Flask, cast: Cast, as_compliance: Visitor, runner: FlaskCliRunner
) -> None:
    learner = cast.learner(NAME, email="seun@college.example")
    visitor = cast.visitor()
    form = visitor.read("/forgotten-password").form("email")
    visitor.send(form, {"email": learner.email}, at="/forgotten-password")
    runner.invoke(args=["worker", "--once"])
    outbox = app.extensions["settings"].instance / "outbox"
    assert any(b"seun@college" in f.read_bytes() for f in outbox.glob("*.eml"))
    row = f"learner_ref,full_name,email\n{learner.learner_ref},{NAME},later@college.example\n"
    (moved := outbox.parent / "list.csv").write_text(row)
    assert runner.invoke(args=["people", "import", str(moved)]).exit_code == 0
    runner.invoke(args=["worker", "--once"])
    assert any(b"was changed" in f.read_bytes() for f in outbox.glob("*.eml"))
    carried_out(cast, ask(as_compliance, "erasure", "later@college.example"))
    assert not any(b"seun@college" in f.read_bytes() for f in outbox.glob("*.eml"))


def test_the_last_administrator_and_oneself_are_not_erased(
    app: Flask, cast: Cast, as_compliance: Visitor
) -> None:
    admin = cast.account(Role.ADMIN)
    request = ask(as_compliance, "erasure", admin.email)
    other = cast.signed_in(cast.account(Role.COMPLIANCE))
    form = other.read(request).form("decision")
    response = other.send(form, {"decision": "approve"}, at=request)
    assert response.status_code == 422
    assert "the only administrator" in response.text
    query = (
        "SELECT email FROM account JOIN account_role ON account_id = id WHERE role = 'compliance'"
    )
    own = rows(app, query + " ORDER BY id")[0][0]
    form = as_compliance.read(HERE).form("reason")
    response = as_compliance.send(form, {"kind": "erasure", "who": own, "reason": "tired"}, at=HERE)
    assert "your own account" in response.text
