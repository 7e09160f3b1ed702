"""t21: rows beside the record of acts prove nothing; wherever they are read, both are compared."""

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from induction.audit.act import SYSTEM, acting
from induction.audit_pack.verification import inspect_pack
from induction.certificates.delivery import drawn, look
from induction.certificates.delivery import signer as signer_of_app
from induction.certificates.number import new_number
from induction.certificates.queries import by_number
from induction.certificates.record import canonical_bytes, fingerprint
from induction.database import utc_now, writing
from induction.extensions import db
from induction.people.models import Account, Role
from induction.personal_data.erasure import erase
from tests.support.cast import Cast
from tests.support.record import count, rows

REVOKED = (
    "INSERT INTO revocation (certificate_id, reason, actor, at)"
    " SELECT id, 'x', 'y', issued_at FROM certificate"
)
NOT_RELIED_ON = "Do not rely on this certificate"


def written_beside(app: Flask, *statements: str, triggers: bool = True, **values: Any) -> None:
    """What somebody with the database's password does, past the application."""
    with app.app_context(), writing() as session:
        if not triggers:
            every = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for name in session.scalars(every).all():
                session.execute(text(f"DROP TRIGGER {name}"))
        for statement in statements:
            session.execute(text(statement), values)


def audited(app: Flask) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["audit", "verify"])
    return result.exit_code, result.output


@pytest.fixture
def number(tiny: Cast) -> str:
    """A certificate of Amina Yusuf's."""
    return tiny.graduate(tiny.learner("Amina Yusuf", email="amina@college.example"))


def changed(app: Flask, number: str, name: str = "Eve Forger") -> None:
    """A record with another name in it, as its digest does not have it."""
    query = (
        "SELECT id, record FROM certificate c JOIN certificate_record r ON r.certificate_id = c.id"
    )
    ((certificate_id, record),) = rows(app, query + " WHERE number = :number", number=number)
    written_beside(
        app,
        "UPDATE certificate_record SET name = :name, record = :record WHERE certificate_id = :id",
        triggers=False, name=name, id=certificate_id,
        record=record.replace("Amina Yusuf", name),
    )  # fmt: skip


def forged(app: Flask, number: str, name: str, email: str) -> str:
    """Three rows, no trigger touched: a certificate of somebody who never began."""
    query = "SELECT record FROM certificate c JOIN certificate_record r ON r.certificate_id = c.id"
    ((text_,),) = rows(app, query + " WHERE number = :number", number=number)
    record = json.loads(text_)
    record["number"] = made = new_number()
    record["learner"]["name"] = name
    record["status_url"] = record["status_url"].replace(number, made)
    written_beside(
        app,
        "INSERT INTO certificate (id, number, account_id, enrolment_id, policy, policy_version,"
        " record_sha256, issued_at, valid_until) SELECT 999, :made, a.id, e.id, c.policy,"
        " c.policy_version, :sha256, c.issued_at, c.valid_until FROM certificate c, account a"
        " JOIN enrolment e ON e.account_id = a.id WHERE c.number = :number AND a.email = :email",
        "INSERT INTO certificate_record (certificate_id, name, record)"
        " VALUES (999, :name, :record)",
        "INSERT INTO current_certificate (account_id, policy, policy_version, certificate_id)"
        " SELECT account_id, policy, policy_version, id FROM certificate WHERE id = 999",
        made=made, number=number, email=email, name=name, sha256=fingerprint(record),
        record=canonical_bytes(record).decode(),
    )  # fmt: skip
    return made


def test_t21_three_rows_make_no_certificate(tiny: Cast, number: str) -> None:
    app, grace = tiny.app, tiny.learner("Grace Mensah", email="grace@college.example")
    made = forged(app, number, "Grace Mensah", grace.email)
    anyone, holder = tiny.visitor(), tiny.signed_in(grace)
    page = anyone.read(f"/verify/{made}").text
    assert NOT_RELIED_ON in page
    assert "Grace" not in page
    told = anyone.get(f"/verify/{made}", headers={"Accept": "application/json"}).get_json()
    assert (told["status"], told["name"], told["policy"]) == ("unproven", None, None)
    assert holder.get(f"/certificates/{made}.pdf").status_code == 409
    assert "Unproven" in holder.read("/certificates").text
    officer = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    assert "Unproven" in officer.read("/compliance/certificates").text
    page = officer.read(f"/compliance/certificates/{made}/evidence").text
    assert "the record of acts has no issue of it" in page
    render = app.test_cli_runner().invoke(args=["certificates", "render", "--missing"])
    assert (render.exit_code, "no issue of it" in render.output) == (1, True)
    assert count(app, "certificate_file") == 1, "only the genuine one is drawn"
    reissue = ["certificates", "reissue", made, "--name", "Grace Mensah", "--reason", "x"]
    assert app.test_cli_runner().invoke(args=reissue).exit_code == 1
    code, said = audited(app)
    assert code == 1
    assert f"certificate {made}: the record of acts has no issue of it" in said
    assert number not in said


def test_t21_a_changed_record_is_neither_shown_nor_drawn_nor_packed(
    tiny: Cast, number: str, tmp_path: Path
) -> None:
    changed(tiny.app, number)
    assert NOT_RELIED_ON in tiny.visitor().read(f"/verify/{number}").text
    officer = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    assert officer.get(f"/certificates/{number}.pdf").status_code == 409
    assert count(tiny.app, "certificate_file") == 0
    assert f"certificate {number}: its record was changed" in audited(tiny.app)[1]
    pack = tmp_path / "pack.zip"
    tiny.app.test_cli_runner().invoke(args=["certificates", "export", "--out", str(pack)])
    if pack.exists():
        with zipfile.ZipFile(pack) as files:
            assert not [name for name in files.namelist() if name.endswith(".pdf")]
        assert any(number in fault for fault in inspect_pack(pack).faults)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE certificate SET valid_until = '2039-01-01'", "another valid until"),
        ("UPDATE certificate_record SET name = 'Eve Forger'", "another name"),
        ("UPDATE certificate SET record_sha256 = 'ab'", "another issue of it"),
        (REVOKED, "the register says that it was withdrawn, and no act does"),
        ("UPDATE answer SET result = 'wrong' WHERE id = 1", "is in the tables and is no act"),
        ("UPDATE answer SET chosen = 'x' WHERE id = 1", "is an act and is not in the tables"),
        ("DELETE FROM answer WHERE id = 1", "an answer of"),
        ("UPDATE declaration SET signed_name = 'Eve'", "was signed by another name"),
        ("DELETE FROM declaration", "a declaration of"),
        ("DELETE FROM certificate_record", "no act says that its holder was erased"),
    ],
)
@pytest.mark.usefixtures("number")
def test_t21_what_differs_from_its_act_is_named(tiny: Cast, statement: str, named: str) -> None:
    assert audited(tiny.app)[0] == 0
    written_beside(tiny.app, statement, triggers=False)
    code, said = audited(tiny.app)
    assert code == 1
    assert named in said


@pytest.mark.usefixtures("number")
def test_t21_a_certificate_that_is_gone_is_named(tiny: Cast, number: str) -> None:
    tables = ("current_certificate", "certificate_record", "certificate")
    written_beside(tiny.app, *(f"DELETE FROM {name}" for name in tables), triggers=False)
    code, said = audited(tiny.app)
    assert code == 1
    assert f"certificate {number} is not in the tables" in said


def test_t21_a_file_put_in_place_of_another_is_not_given(tiny: Cast, number: str) -> None:
    officer = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    assert officer.get(f"/certificates/{number}.pdf").status_code == 200
    written_beside(tiny.app, "UPDATE certificate_file SET pdf = :pdf", triggers=False, pdf=b"%PDF-")
    assert officer.get(f"/certificates/{number}.pdf").status_code == 409


def test_t21_the_page_names_it_too(tiny: Cast, number: str) -> None:
    officer = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    assert "entries hold" in officer.read("/compliance/audit/verify?start=1").text
    changed(tiny.app, number)
    page = officer.read("/compliance/audit/verify?start=1").text
    assert f"certificate {number}: its record was changed" in page


def test_t22_a_pack_whose_file_carries_another_record_is_not_sound(
    tiny: Cast, number: str, tmp_path: Path
) -> None:
    """Whatever was drawn from a changed record: signed by our key, listed, and never issued."""
    pack, other = tmp_path / "pack.zip", tmp_path / "other.zip"
    export = ["certificates", "export", "--out", str(pack)]
    assert tiny.app.test_cli_runner().invoke(args=export).exit_code == 0
    assert inspect_pack(pack).faults == []
    with zipfile.ZipFile(pack) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    (pdf,) = [name for name in files if name.endswith(".pdf")]
    with tiny.app.app_context():
        held = by_number(db.session(), number)
        assert held is not None
        assert held.record is not None
        held.record["learner"]["name"] = "Eve Forger"
        forged_pdf, signer = drawn(held.record, look(), signer_of_app()), signer_of_app()
    old, new = (hashlib.sha256(data).hexdigest().encode() for data in (files[pdf], forged_pdf))
    files |= {pdf: forged_pdf, "manifest.json": files["manifest.json"].replace(old, new)}
    files["manifest.sig"] = signer.sign_bytes(files["manifest.json"])
    with zipfile.ZipFile(other, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    assert inspect_pack(other).faults == [
        f"{pdf}: it carries another record than the one that was issued"
    ]


def test_what_staff_rightly_do_raises_no_alarm(tiny: Cast, number: str) -> None:
    """A name corrected, a certificate withdrawn, a declaration on paper, a person erased."""
    app, tutor = tiny.app, tiny.account(Role.TUTOR)
    commands = app.test_cli_runner()
    reissue = ["certificates", "reissue", number, "--name", "Amina Yildiz", "--reason", "married"]
    assert commands.invoke(args=reissue).exit_code == 0
    revoke = ["certificates", "revoke", tiny.graduate(tiny.learner()), "--reason", "a namesake"]
    assert commands.invoke(args=revoke).exit_code == 0
    signing = tiny.learner("Bo Li", cohort=tiny.cohort("Bricklaying", tutor))
    tiny.advance(signing)
    at, visitor = f"/tutor/learners/{signing.public_id}/declaration", tiny.signed_in(tutor)
    signed = {"full_name": "Bo Li", "how": "paper", "reason": "The screen was broken"}
    assert visitor.send(visitor.read(at).form("reason"), signed, at=at).status_code == 303
    gone = tiny.learner("Grace Mensah")
    tiny.graduate(gone)
    with app.app_context(), acting(SYSTEM, utc_now()) as act:
        erase(act, act.session.get_one(Account, gone.id), app.extensions["settings"].instance)
    assert audited(app)[0] == 0, audited(app)[1]
