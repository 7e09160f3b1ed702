"""A declaration that is signed with another name: taken, and staff who look are told."""

import csv
import io
import zipfile
from pathlib import Path

from induction.people.models import Role
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.learner import Learner
from tests.support.record import rows


def looked_at(tiny: Cast, officer: Visitor, number: str) -> tuple[str, str]:
    """What staff read of this certificate: its holder's page, and its evidence."""
    ((holder,),) = rows(
        tiny.app,
        "SELECT a.public_id FROM account a JOIN certificate c ON c.account_id = a.id"
        " WHERE c.number = :number",
        number=number,
    )
    learner = officer.read(f"/tutor/learners/{holder}").text
    return learner, officer.read(f"/compliance/certificates/{number}/evidence").text


def in_files(tiny: Cast, officer: Visitor, folder: Path) -> set[str]:
    """What the register's file and the audit pack say of it."""
    register = officer.get("/compliance/certificates/list.csv").get_data(as_text=True)
    pack = folder / "pack.zip"
    made = tiny.app.test_cli_runner().invoke(args=["certificates", "export", "--out", str(pack)])
    assert made.exit_code == 0, made.output
    with zipfile.ZipFile(pack) as archive:
        packed = archive.read("certificates.csv").decode()
    tables = (csv.DictReader(io.StringIO(t.lstrip("\ufeff"))) for t in (register, packed))
    return {line["Signed with another name"] for lines in tables for line in lines}


def test_t31_a_declaration_signed_with_another_name_is_said_to_staff(
    newcomer: Learner, tiny: Cast, tmp_path: Path
) -> None:
    newcomer.to_declaration()
    signed = {"full_name": "Mickey Mouse", "accept": "y"}
    newcomer.visitor.send(newcomer.form, signed, at=newcomer.path)  # is asked once
    newcomer.send(**signed)
    number = newcomer.path.removeprefix("/certificates/")
    officer = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    learner, evidence = looked_at(tiny, officer, number)
    assert "signed as “Mickey Mouse”, which is another name" in learner
    assert "The declaration is signed as “Mickey Mouse”" in evidence
    assert in_files(tiny, officer, tmp_path) == {"Mickey Mouse"}


def test_a_declaration_signed_with_ones_own_name_is_not_marked(
    newcomer: Learner, tiny: Cast, tmp_path: Path
) -> None:
    number = newcomer.finish()
    officer = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    for text in looked_at(tiny, officer, number):
        assert "another name" not in text
    assert in_files(tiny, officer, tmp_path) == {""}
