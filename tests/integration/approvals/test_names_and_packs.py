"""Another name on a certificate, and a pack of them: one officer asks, another confirms."""

import io
import zipfile

import pytest
from flask import Flask

from induction.people.models import Account, Role
from tests.support.approvals import confirmed, days_pass, decide
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.record import actions, ledger, rows

PACK = "/compliance/certificates/export"


@pytest.fixture
def holder(tiny: Cast) -> Account:
    return tiny.learner("Emeka Asante")


@pytest.fixture
def number(tiny: Cast, holder: Account) -> str:
    return tiny.graduate(holder)


@pytest.fixture
def asker(tiny: Cast, number: str) -> Visitor:
    return tiny.signed_in(tiny.account(Role.COMPLIANCE, "Olive Officer"))


def correct(officer: Visitor, number: str, name: str) -> str:
    """Ask for this name on a certificate; where that leads."""
    at = f"/compliance/certificates/{number}/reissue"
    form = officer.read(at).form("full_name")
    answer = officer.send(form, {"full_name": name, "reason": "Typing error"}, at=at)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def says(app: Flask, number: str) -> str:
    """What anybody reads who checks it."""
    return Cast(app).visitor().read(f"/verify/{number}").text


@pytest.mark.parametrize("insist", [True, False])
def test_t35_a_certificate_goes_to_no_other_name_by_one_officer(
    tiny: Cast, asker: Visitor, number: str, insist: bool
) -> None:
    tiny.take_two_people(insist)
    tiny.account(Role.COMPLIANCE)
    request = correct(asker, number, "Eve Neverlearned")
    assert "/approvals/" in request
    assert decide(asker, request) == 422
    days_pass(tiny.app, 60)
    assert decide(asker, request) == 422
    assert "Emeka Asante" in says(tiny.app, number)
    assert rows(tiny.app, "SELECT count(*) FROM certificate") == [(1,)]
    at = f"/compliance/certificates/{number}/reissue"
    assert asker.read(at).links["See what was asked"] == request
    other = confirmed(tiny, request)
    assert "takes the place of" in other.read(request).text
    ((new,),) = rows(
        tiny.app, "SELECT number FROM certificate WHERE number != :number", number=number
    )
    assert "Eve Neverlearned" in says(tiny.app, new)
    assert "replaced" in says(tiny.app, number)


def test_t35_apostrophes_in_place_of_a_name_are_refused(
    tiny: Cast, asker: Visitor, number: str
) -> None:
    tiny.account(Role.COMPLIANCE)
    at = f"/compliance/certificates/{number}/reissue"
    form = asker.read(at).form("full_name")
    answer = asker.send(form, {"full_name": "ʼ ʼ", "reason": "Typing error"}, at=at)
    assert answer.status_code == 422
    assert "at least one letter" in answer.text
    assert "Emeka Asante" in says(tiny.app, number)
    assert rows(tiny.app, "SELECT count(*) FROM certificate") == [(1,)]


def test_t35_a_name_that_is_first_shortened_and_then_filled_is_another(
    tiny: Cast, asker: Visitor, number: str
) -> None:
    tiny.account(Role.COMPLIANCE)
    shorter = correct(asker, number, "E. A.")
    assert shorter.endswith("/evidence"), "initials are a form of the name: one officer is enough"
    request = correct(asker, shorter.split("/")[-2], "Eve Abrams")
    assert "/approvals/" in request


@pytest.mark.parametrize("name", ["Eve A. E. Neverlearned", "Eve Neverlearned Emeka Asante"])
def test_t35_another_name_with_the_holders_initials_or_words_beside_it_is_another(
    tiny: Cast, asker: Visitor, number: str, name: str
) -> None:
    tiny.account(Role.COMPLIANCE)
    assert "/approvals/" in correct(asker, number, name)
    assert "Emeka Asante" in says(tiny.app, number)


def test_a_name_that_was_refused_leaves_all_as_it_was(
    tiny: Cast, asker: Visitor, holder: Account, number: str
) -> None:
    request = correct(asker, number, "Eve Neverlearned")
    other = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    assert decide(other, request, "refuse") == 303
    assert rows(tiny.app, "SELECT full_name FROM account WHERE id = :id", id=holder.id) == [
        ("Emeka Asante",)
    ]
    assert correct(asker, number, "Emeka Asante-Hall").endswith("/evidence")


def test_a_name_is_not_confirmed_once_the_certificate_was_withdrawn(
    tiny: Cast, asker: Visitor, number: str
) -> None:
    request = correct(asker, number, "Eve Neverlearned")
    at = f"/compliance/certificates/{number}/revoke"
    assert asker.send(asker.read(at).form("reason"), {"reason": "x"}, at=at).status_code == 303
    other = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    assert decide(other, request) == 422
    assert rows(tiny.app, "SELECT count(*) FROM certificate") == [(1,)]
    assert "Could not be done any more" in other.read(request).text


def test_a_command_gives_no_other_name_where_two_officers_could(
    tiny: Cast, asker: Visitor, number: str
) -> None:
    def command(name: str) -> tuple[int, str]:
        args = ["certificates", "reissue", number, "--name", name, "--reason", "x"]
        result = tiny.app.test_cli_runner().invoke(args=args)
        return result.exit_code, result.output

    tiny.account(Role.COMPLIANCE)
    with ledger(tiny.app) as kept:
        code, output = command("Eve Neverlearned")
        assert (code, kept.changed()) == (1, False)
    assert "takes two compliance officers" in output
    assert command("Emeka Asante-Hall")[0] == 0


def test_a_pack_of_everybody_takes_two_people_where_the_settings_say_so(
    tiny: Cast, asker: Visitor, number: str
) -> None:
    tiny.take_two_people()
    bare = asker.post(PACK, data={"csrf_token": asker.token()})
    assert bare.status_code == 422
    assert "Say whom it is for" in bare.text
    form = asker.read(PACK).form("reason")
    answer = asker.send(form, {"reason": "For our auditor"}, at=PACK)
    assert answer.status_code == 303
    request = str(answer.location)
    assert decide(asker, request) == 422
    assert asker.read(PACK).links["See what was asked"] == request
    again = asker.post(PACK, data={"csrf_token": asker.token(), "reason": "x"})
    assert (again.status_code, again.location) == (303, PACK)
    assert rows(tiny.app, "SELECT count(*) FROM approval") == [(1,)]

    other = confirmed(tiny, request)
    theirs = other.post(PACK, data={"csrf_token": other.token()})
    assert theirs.mimetype == "text/html", "it was confirmed for whoever asked"
    narrower = asker.post(PACK, data={"csrf_token": asker.token(), "audience": "staff"})
    assert narrower.mimetype == "text/html", "of this scope alone"
    page = asker.read(asker.read(request).links["Make the pack"])
    made = asker.send(page.form("csrf_token"), at=PACK)
    assert made.mimetype == "application/zip"
    names = zipfile.ZipFile(io.BytesIO(made.data)).namelist()
    assert any(number in name for name in names)
    assert "compliance:pack-exported" in actions(tiny.app)
    days_pass(tiny.app)
    late = asker.post(PACK, data={"csrf_token": asker.token()})
    assert late.mimetype == "text/html"


def test_one_officer_makes_a_pack_where_the_settings_say_nothing(
    tiny: Cast, asker: Visitor, number: str
) -> None:
    tiny.account(Role.COMPLIANCE)
    made = asker.send(asker.read(PACK).form("csrf_token"), at=PACK)
    assert made.mimetype == "application/zip"
