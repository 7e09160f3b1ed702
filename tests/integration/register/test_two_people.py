"""Withdrawing where it takes two people: nobody confirms or declines what they have not seen."""

import pytest
from flask import Flask

from induction.people.models import Role
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.page import Form, Page, read
from tests.support.record import actions, ledger, rows

REGISTER = "/compliance/certificates"


@pytest.fixture
def second(cast: Cast) -> Visitor:
    return cast.signed_in(cast.account(Role.COMPLIANCE, "Sam Second"))


@pytest.fixture
def address(cast: Cast, numbers: list[str]) -> str:
    """Where the oldest certificate is withdrawn, by two people."""
    cast.take_two_people()
    return f"{REGISTER}/{numbers[0]}/revoke"


def shown(officer: Visitor, query: str) -> set[str]:
    links = officer.read(f"{REGISTER}?{query}").all("a")
    return {a.text for a in links if a["href"].endswith("/evidence")}


def ask(officer: Visitor, address: str, reason: str) -> None:
    form = officer.read(address).form("reason")
    assert officer.send(form, {"reason": reason}, at=address).status_code == 303


def declining(officer: Visitor, address: str) -> Form:
    return next(f for f in officer.read(address).forms if f.action.endswith("/decline"))


def refused(officer: Visitor, form: Form, address: str, **values: str) -> Page:
    """The page that a form from before leads to; nothing is written for it."""
    with ledger(officer.application) as kept:
        response = officer.send(form, values, at=address)
        assert (response.status_code, kept.changed()) == (422, False)
    return read(response.get_data(as_text=True))


def test_t31_where_two_people_are_asked_for_one_alone_withdraws_nothing(
    officer: Visitor, second: Visitor, cast: Cast, app: Flask, numbers: list[str]
) -> None:
    cast.take_two_people()
    address = f"{REGISTER}/{numbers[0]}/revoke"
    given = {"reason": "Issued to the wrong person", "csrf_token": officer.token()}
    assert officer.post(address, data=given).status_code == 303
    assert shown(officer, "status=revoked") == set()
    assert numbers[0] in second.read("/compliance").text
    own = officer.read(address)
    assert "You can take it back" in own.text
    assert "reason" not in own.html, "nothing that would be refused is offered"
    again = officer.post(address, data=given)
    assert again.status_code == 422
    assert "somebody else confirms" in again.text
    form = second.read(address).form("reason")
    assert second.send(form, {}, at=address).status_code == 303
    assert shown(second, "status=revoked") == {numbers[0]}
    assert "Issued to the wrong person" in second.read(f"{REGISTER}/{numbers[0]}/evidence").text
    acts = [act for act in actions(app) if act.startswith("certificates:revo")]
    assert acts == ["certificates:revocation-asked", "certificates:revoked"]
    assert numbers[0] not in second.read("/compliance").text


def test_t31_the_second_person_may_decline(
    officer: Visitor, second: Visitor, cast: Cast, app: Flask, numbers: list[str]
) -> None:
    cast.take_two_people()
    address = f"{REGISTER}/{numbers[0]}/revoke"
    given = {"reason": "A mistake", "csrf_token": officer.token()}
    officer.post(address, data=given)
    form = second.read(address).forms[-1]
    assert second.send(form, {}, at=address).status_code == 303
    assert shown(officer, "status=revoked") == set()
    assert actions(app)[-1] == "certificates:revocation-declined"
    assert (
        "asked for it to be withdrawn" not in second.read(f"{REGISTER}/{numbers[0]}/evidence").text
    )


def test_a_form_to_ask_never_confirms_what_somebody_else_asked_for_meanwhile(
    address: str, officer: Visitor, second: Visitor, app: Flask
) -> None:
    stale = second.read(address).form("reason")
    ask(officer, address, "Somebody sat beside them")
    page = refused(second, stale, address, reason="Issued twice")
    for said in ("Nothing was done", "Somebody sat beside them", "You wrote: “Issued twice”"):
        assert said in page.text, said
    form = page.form("reason")
    assert form.fields["reason"] == ["Somebody sat beside them"]
    assert second.send(form, {}, at=address).status_code == 303
    assert rows(app, "SELECT reason FROM revocation") == [("Somebody sat beside them",)]


def test_a_form_to_confirm_asks_for_nothing_once_the_request_was_taken_back(
    address: str, officer: Visitor, second: Visitor, app: Flask
) -> None:
    ask(officer, address, "Somebody sat beside them")
    stale = second.read(address).form("reason")
    assert officer.send(declining(officer, address), {}, at=address).status_code == 303
    page = refused(second, stale, address, reason="Yes, I saw it too", again="y")
    assert "taken back or declined" in page.text
    assert page.form("reason").fields["reason"] == ["Yes, I saw it too"]
    assert "Ask to withdraw it" in page.text
    assert rows(app, "SELECT outcome FROM approval WHERE kind = 'withdrawal'") == [("refused",)]


def test_a_request_that_took_the_place_of_another_is_read_first(
    address: str, officer: Visitor, second: Visitor
) -> None:
    ask(officer, address, "Somebody sat beside them")
    confirming = second.read(address).form("reason")
    stale = declining(second, address)
    officer.send(declining(officer, address), {}, at=address)
    ask(officer, address, "Issued to a namesake")
    for form in (confirming, stale):
        assert "Issued to a namesake" in refused(second, form, address).text


def test_what_is_withdrawn_already_is_not_said_to_stay_as_it_is(
    address: str, officer: Visitor, second: Visitor
) -> None:
    ask(officer, address, "Somebody sat beside them")
    stale = declining(officer, address)
    second.send(second.read(address).form("reason"), {}, at=address)
    told = officer.post(f"{address}/decline", data=stale.filled(), follow_redirects=True).get_data(
        as_text=True
    )
    assert "withdrawn already" in told
    assert "stays as it is" not in told
    page = officer.read(address)
    assert "withdrawn already" in page.text
    assert not page.forms, "nothing that would be refused is offered"
    page = officer.read(address.replace("revoke", "reissue"))
    assert "It is not current" in page.text
    assert not page.forms


def test_a_name_is_corrected_once_nobody_asks_for_it_to_be_withdrawn(
    address: str, officer: Visitor, second: Visitor, numbers: list[str]
) -> None:
    at = f"{REGISTER}/{numbers[0]}/reissue"
    form = second.read(at).form("full_name")
    ask(officer, address, "Somebody sat beside them")
    given = {"full_name": "Zofia Wójcik", "reason": "Spelling"}
    for page in (refused(second, form, at, **given), second.read(at)):
        assert "Somebody sat beside them" in page.text
        assert page.links["See the request"] == address
        assert not page.forms
    for page in (second.read(address), second.read(f"{REGISTER}/{numbers[0]}/evidence")):
        assert "Correct the name" not in page.text
    second.send(declining(second, address), {}, at=address)
    assert second.send(second.read(at).form("full_name"), given, at=at).status_code == 303


@pytest.mark.parametrize("two", [True, False])
def test_what_was_replaced_is_not_said_to_be_withdrawn(
    officer: Visitor, second: Visitor, cast: Cast, app: Flask, numbers: list[str], two: bool
) -> None:
    """The page was open, and a colleague corrected the name meanwhile."""
    cast.take_two_people(two)
    revoke, reissue = (f"{REGISTER}/{numbers[0]}/{act}" for act in ("revoke", "reissue"))
    stale = officer.read(revoke).form("reason")
    ((name,),) = rows(
        app, "SELECT name FROM certificate_record r JOIN certificate c ON c.id = r.certificate_id"
        " WHERE number = :number", number=numbers[0],
    )  # fmt: skip
    form = second.read(reissue).form("full_name")
    given = {"full_name": f"{name}-Hall", "reason": "Married"}
    assert second.send(form, given, at=reissue).status_code == 303
    ((newer,),) = rows(
        app, "SELECT number FROM certificate c JOIN supersession s ON s.by_id = c.id"
    )
    page = refused(officer, stale, revoke, reason="Somebody sat beside them")
    assert f"was replaced by {newer}" in page.text
    assert page.links[f"Withdraw {newer}"] == f"{REGISTER}/{newer}/revoke"
    assert not page.forms, "nothing that would be refused is offered"
    assert "Withdraw it" not in officer.read(f"{REGISTER}/{numbers[0]}/evidence").text


def test_a_command_withdraws_nothing_over_an_open_request(
    address: str, officer: Visitor, cast: Cast, app: Flask, numbers: list[str]
) -> None:
    ask(officer, address, "Somebody sat beside them")
    cast.take_two_people(False)
    with ledger(app) as kept:
        result = app.test_cli_runner().invoke(
            args=["certificates", "revoke", numbers[0], "--reason", "by a shell"]
        )
        assert (result.exit_code, kept.changed()) == (1, False)
    assert "somebody has asked for it" in result.output
