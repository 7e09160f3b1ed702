"""The register: found by anything on a certificate, taken away safely, corrected on record."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest
from flask import Flask

from induction.database import utc_now
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.queries import Statements
from tests.support.record import actions, rows

REGISTER = "/compliance/certificates"


def shown(officer: Visitor, query: str) -> set[str]:
    links = officer.read(f"{REGISTER}?{query}").all("a")
    return {a.text for a in links if a["href"].endswith("/evidence")}


def test_certificates_are_found_by_what_is_on_them(
    officer: Visitor, app: Flask, numbers: list[str]
) -> None:
    [(name, reference)] = rows(
        app,
        "SELECT full_name, learner_ref FROM account JOIN certificate ON account.id = account_id "
        "WHERE number = :number",
        number=numbers[0],
    )
    assert shown(officer, "") == set(numbers)
    for words in (name, name.split()[0][:3].lower(), reference, numbers[0], numbers[0][:6]):
        assert numbers[0] in shown(officer, f"search={words}"), words
    assert shown(officer, "search=nobody+at+all") == set()
    assert shown(officer, "status=current") == set(numbers)
    assert shown(officer, "status=revoked") == set()
    assert shown(officer, "first=2020-01-01&last=2020-12-31") == set()
    assert shown(officer, "last=not-a-day") == set(numbers)


def test_who_has_to_renew_by_a_day_is_found(officer: Visitor, cast: Cast, app: Flask) -> None:
    cast.graduate(cast.learner(), now=utc_now() - timedelta(days=350), valid_months=12)
    [(number, last_day)] = rows(
        app, "SELECT number, valid_until FROM certificate WHERE valid_until IS NOT NULL"
    )
    assert shown(officer, f"ends={last_day}") == {number}
    assert shown(officer, f"status=current&ends={last_day}") == {number}
    assert shown(officer, f"ends={date.fromisoformat(str(last_day)) - timedelta(days=1)}") == set()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_t31_the_list_is_taken_away_as_a_file_and_on_record(
    kind: str, officer: Visitor, app: Flask, numbers: list[str]
) -> None:
    response = officer.get(f"{REGISTER}/list.{kind}")
    assert response.status_code == 200
    assert f".{kind}" in response.headers["Content-Disposition"]
    if kind == "csv":
        assert all(number in response.text for number in numbers)
    assert actions(app)[-1] == "compliance:register-exported"


def test_t31_a_certificate_is_withdrawn_with_a_reason(
    officer: Visitor, app: Flask, numbers: list[str]
) -> None:
    address = f"{REGISTER}/{numbers[0]}/revoke"
    token = officer.token()
    empty = officer.post(address, data={"reason": " ", "csrf_token": token})
    assert empty.status_code == 422
    given = {"reason": "Issued to the wrong person", "csrf_token": token}
    assert officer.post(address, data=given).status_code == 303
    assert shown(officer, "status=revoked") == {numbers[0]}
    assert "Issued to the wrong person" in officer.read(f"{REGISTER}/{numbers[0]}/evidence").text
    assert actions(app)[-2:] == ["certificates:revoked", "tutoring:reminded"]
    again = officer.post(address, data=given)
    assert again.status_code == 422
    assert "withdrawn already" in again.text


def test_reasons_stand_beside_the_chain_and_are_read_with_it(
    officer: Visitor, app: Flask, numbers: list[str]
) -> None:
    given = {"reason": "Issued to Mr Nobody", "csrf_token": officer.token()}
    officer.post(f"{REGISTER}/{numbers[0]}/revoke", data=given)
    [(details,)] = rows(
        app, "SELECT details FROM audit_entry WHERE action = 'certificates:revoked'"
    )
    assert "Nobody" not in details
    assert (
        "Issued to Mr Nobody" in officer.read("/compliance/audit?action=certificates:revoked").text
    )


def test_t31_a_corrected_name_makes_a_new_certificate_and_both_stay(
    app: Flask, officer: Visitor, numbers: list[str]
) -> None:
    address = f"{REGISTER}/{numbers[0]}/reissue"
    token = officer.token()
    for wrong in ("", "🙂 Smith"):
        data = {"full_name": wrong, "reason": "Spelling", "csrf_token": token}
        assert officer.post(address, data=data).status_code == 422
    ((before,),) = rows(
        app,
        "SELECT name FROM certificate_record r JOIN certificate c ON c.id = r.certificate_id"
        " WHERE c.number = :number",
        number=numbers[0],
    )
    data = {"full_name": f"{before} Wójcik", "reason": "Spelling", "csrf_token": token}
    assert officer.post(address, data=data).status_code == 303
    [new] = shown(officer, "search=Wójcik")
    assert new not in numbers
    assert shown(officer, "status=superseded") == {numbers[0]}
    assert new in officer.read(f"{REGISTER}/{numbers[0]}/evidence").text
    ((name,),) = rows(
        app,
        "SELECT a.full_name FROM account a JOIN certificate c ON c.account_id = a.id"
        " WHERE c.number = :number",
        number=new,
    )
    assert name == f"{before} Wójcik", "later certificates take the name from the account"
    assert "people:account-changed" in actions(app)


def test_a_page_costs_the_same_number_of_queries(
    officer: Visitor, queries: Callable[[], AbstractContextManager[Statements]], numbers: list[str]
) -> None:
    with queries() as few:
        officer.get(f"{REGISTER}?search={numbers[0]}")
    with queries() as all_of_them:
        officer.get(REGISTER)
    # One is whether staff take the induction too, one whether each row agrees with its acts.
    assert len(few) == len(all_of_them) <= 10
