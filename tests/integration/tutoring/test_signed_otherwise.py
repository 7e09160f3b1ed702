"""A declaration that is signed with another name: taken, and staff who look are told."""

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


def test_t31_a_declaration_signed_with_another_name_is_said_to_staff(
    newcomer: Learner, tiny: Cast
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


def test_a_declaration_signed_with_ones_own_name_is_not_marked(
    newcomer: Learner, tiny: Cast
) -> None:
    number = newcomer.finish()
    officer = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    for text in looked_at(tiny, officer, number):
        assert "another name" not in text
