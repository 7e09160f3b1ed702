"""Personal data: shown to whom it belongs to, kept so long, and gone for good when erased."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import text

from induction.database import utc_now, writing
from induction.extensions import db
from induction.people.models import Account, Role
from induction.personal_data.erasure import places_of
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.record import actions, count, rows

HERE = "/compliance/personal-data"
NAME = "Oluwaseun Okafor-Bright"


def ask(visitor: Visitor, kind: str, who: str = "") -> str:
    form = visitor.read(HERE).form("reason")
    response = visitor.send(form, {"kind": kind, "who": who, "reason": "they asked"}, at=HERE)
    assert response.status_code == 303, response.text
    return str(response.location)


def decide(visitor: Visitor, request: str, decision: str = "approve") -> None:
    form = visitor.read(request).form("decision")
    assert visitor.send(form, {"decision": decision}, at=request).status_code == 303


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
    visitor.post("/report", data={"what": "A fake account", "csrf_token": token})
    return learner, number


def test_t27_an_erased_person_is_nowhere_and_the_chain_holds(
    app: Flask, cast: Cast, as_compliance: Visitor, runner: FlaskCliRunner
) -> None:
    learner, number = complete(cast, as_compliance)
    words = [NAME, "seun@college.example", learner.learner_ref or ""]
    with app.app_context():
        assert places_of(db.session(), words), "the search for the name finds nothing to begin with"
    request = ask(as_compliance, "erasure", learner.learner_ref or "")
    assert count(app, "certificate_record") == 1, "asking alone must erase nothing"
    decide(as_compliance, request)
    with app.app_context():
        assert places_of(db.session(), words) == []
    for file in app.extensions["settings"].instance.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            assert not any(word.encode() in data for word in words), f"still in {file.name}"
    answer = cast.visitor().get(f"/verify/{number}", headers={"Accept": "application/json"})
    assert answer.json is not None
    assert (answer.json["status"], answer.json["name"]) == ("erased", None)
    assert "details erased" in cast.visitor().read(f"/verify/{number}").text.lower()
    for address in (f"/certificates/{number}", f"/certificates/{number}.pdf"):
        assert as_compliance.get(address).status_code == 404
    assert runner.invoke(args=["audit", "verify"]).exit_code == 0
    assert "personal-data:erased" in actions(app)


def test_t27_what_others_wrote_names_them_no_longer(
    app: Flask, cast: Cast, as_compliance: Visitor, runner: FlaskCliRunner
) -> None:
    learner, number = complete(cast, as_compliance)
    other = cast.signed_in(cast.learner("Kind Witness"))
    told = f"Somebody copied {NAME.upper()} and seun@college.example."
    other.post("/report", data={"what": told, "csrf_token": other.token()})
    revoke = f"/compliance/certificates/{number}/revoke"
    given = {"reason": f"{NAME} was not there", "csrf_token": as_compliance.token()}
    as_compliance.post(revoke, data=given)
    decide(as_compliance, ask(as_compliance, "erasure", learner.learner_ref or ""))
    with app.app_context():
        words = [NAME, "seun@college.example", learner.learner_ref or ""]
        assert places_of(db.session(), words) == []
    kept = rows(app, "SELECT what FROM breach_report WHERE what LIKE 'Somebody%'")
    assert kept == [("Somebody copied Details erased and Details erased.",)]
    assert rows(app, "SELECT reason FROM revocation") == [("Details erased",)]
    assert "not there" not in "".join(t for (t,) in rows(app, "SELECT data FROM audit_personal"))
    assert runner.invoke(args=["audit", "verify"]).exit_code == 0


def test_t27_a_name_that_was_corrected_goes_as_well(
    app: Flask, cast: Cast, as_compliance: Visitor
) -> None:
    learner, number = complete(cast, as_compliance)
    corrected = f"{NAME}-Żak"
    given = {"full_name": corrected, "reason": "married", "csrf_token": as_compliance.token()}
    as_compliance.post(f"/compliance/certificates/{number}/reissue", data=given)
    other = cast.signed_in(cast.learner("Kind Witness"))
    told = f"I saw {corrected}, then {NAME}."
    other.post("/report", data={"what": told, "csrf_token": other.token()})
    request = ask(as_compliance, "erasure", learner.learner_ref or "")
    told_before = [row.text for row in as_compliance.read(request).all("tr")]
    assert "certificate_recordname2" in told_before, "both certificates are among what will go"
    decide(as_compliance, request)
    kept = rows(app, "SELECT what FROM breach_report WHERE what LIKE 'I saw%'")
    assert kept == [("I saw Details erased, then Details erased.",)]
    with app.app_context():
        assert places_of(db.session(), [NAME, corrected]) == []


def test_a_namesake_keeps_their_name(app: Flask, cast: Cast, as_compliance: Visitor) -> None:
    one, other = cast.learner(NAME, email="one@college.example"), cast.learner(NAME)
    theirs = cast.signed_in(other)
    theirs.post("/report", data={"what": f"About {NAME}", "csrf_token": theirs.token()})
    decide(as_compliance, ask(as_compliance, "erasure", one.email))
    assert rows(app, "SELECT what FROM breach_report") == [(f"About {NAME}",)]
    assert rows(app, "SELECT full_name FROM account WHERE id = :i", i=other.id) == [(NAME,)]


def test_an_erased_person_is_signed_out_and_cannot_come_back(
    cast: Cast, as_compliance: Visitor
) -> None:
    learner = cast.learner(NAME)
    theirs = cast.signed_in(learner)
    decide(as_compliance, ask(as_compliance, "erasure", learner.email))
    assert theirs.get("/induction").status_code == 303


def test_a_refused_request_erases_nothing(app: Flask, cast: Cast, as_compliance: Visitor) -> None:
    learner = cast.learner(NAME)
    decide(as_compliance, ask(as_compliance, "erasure", learner.email), "refuse")
    assert rows(app, "SELECT full_name FROM account WHERE id = :i", i=learner.id) == [(NAME,)]
    assert actions(app)[-1] == "personal-data:request-refused"


def test_the_copy_holds_everything_and_no_secrets(
    app: Flask, cast: Cast, as_compliance: Visitor
) -> None:
    learner, number = complete(cast, as_compliance)
    request = ask(as_compliance, "access", learner.learner_ref or "")
    assert as_compliance.get(f"{request}/copy.zip").status_code == 404, "not approved yet"
    decide(as_compliance, request)
    response = as_compliance.get(f"{request}/copy.zip")
    pack = zipfile.ZipFile(io.BytesIO(response.data))
    assert f"certificates/{number}.pdf" in pack.namelist()
    held = json.loads(pack.read("what-we-hold.json"))
    assert held["account"][0]["full_name"] == NAME
    assert held["reports"][0]["what"] == "A fake account"
    assert len(held["answers"]) >= 32
    assert held["answers"][0]["chosen"], "answers are told in words"
    assert "argon2" not in pack.read("what-we-hold.json").decode()
    assert NAME in pack.read("what-we-hold.html").decode()
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
    decide(as_compliance, request)
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
        decide(as_compliance, ask(as_compliance, "erasure", who))
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
    decide(as_compliance, ask(as_compliance, "erasure", "later@college.example"))
    assert not any(b"seun@college" in f.read_bytes() for f in outbox.glob("*.eml"))


def test_the_last_administrator_and_oneself_are_not_erased(
    app: Flask, cast: Cast, as_compliance: Visitor
) -> None:
    admin = cast.account(Role.ADMIN)
    request = ask(as_compliance, "erasure", admin.email)
    form = as_compliance.read(request).form("decision")
    response = as_compliance.send(form, {"decision": "approve"}, at=request)
    assert response.status_code == 422
    assert "the only administrator" in response.text
    query = (
        "SELECT email FROM account JOIN account_role ON account_id = id WHERE role = 'compliance'"
    )
    [(own,)] = rows(app, query)
    form = as_compliance.read(HERE).form("reason")
    response = as_compliance.send(form, {"kind": "erasure", "who": own, "reason": "tired"}, at=HERE)
    assert "your own account" in response.text
