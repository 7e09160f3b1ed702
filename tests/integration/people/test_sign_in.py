"""Signing in and out: t05 sessions, t06 guessing, t07 passwords, t19 where it leads."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Literal

import argon2
import pytest
from flask import Flask
from sqlalchemy import insert, select, update

from induction.database import utc_now, writing
from induction.people import passwords, throttle
from induction.people.models import Account, Role, SignInTry
from tests.support.cast import PASSWORD, Cast
from tests.support.client import Visitor
from tests.support.page import Page
from tests.support.record import actions, count, rows
from tests.support.traces import traces

WRONG = "not the password at all"
HOMES = {
    Role.LEARNER: "/induction",
    Role.TUTOR: "/tutor",
    Role.HEAD: "/tutor",
    Role.SAFEGUARDING: "/compliance/reports",
    Role.SECOND_READER: "/compliance/reports",
    Role.COMPLIANCE: "/compliance",
    Role.ADMIN: "/admin/people",
}


def attempt(
    visitor: Visitor, email: str, password: str, *, where: str = "127.0.0.1", **values: str
) -> tuple[int, str, Page]:
    """Try to sign in from an address: the status, where it leads, and the page."""
    form = visitor.read("/sign-in").form("password")
    data = form.filled(email=email, password=password, **values)
    answer = visitor.post("/sign-in", data=data, environ_overrides={"REMOTE_ADDR": where})
    return answer.status_code, answer.location or "", Page(answer.get_data(as_text=True))


def is_in(visitor: Visitor) -> bool:
    """Whether this browser is signed in."""
    return visitor.get("/account").status_code == 200


@pytest.mark.parametrize("role", list(Role))
def test_each_role_lands_on_its_own_page(cast: Cast, role: Role) -> None:
    account = cast.account(role)
    status, leads_to, _ = attempt(cast.visitor(), account.email, PASSWORD)
    assert (status, leads_to) == (303, HOMES[role])


def test_the_email_is_taken_in_any_case_and_with_spaces_around(cast: Cast) -> None:
    cast.account(email="sam.o'hara+work@college.example")
    status, _, _ = attempt(cast.visitor(), "  Sam.O'Hara+Work@COLLEGE.example ", PASSWORD)
    assert status == 303


def test_a_signed_in_person_is_not_asked_again(cast: Cast) -> None:
    visitor = cast.signed_in(cast.account(Role.TUTOR))
    assert visitor.get("/sign-in").location == "/tutor"
    assert visitor.get("/").location == "/tutor"


# ---- t06: guessing -------------------------------------------------------------------------------


def test_t06_a_wrong_password_and_an_unknown_email_get_the_same_page(cast: Cast) -> None:
    known = cast.account(email="known@college.example")
    unasked = cast.account(email="nopass@college.example")
    with cast.app.app_context(), writing() as session:
        session.execute(update(Account).where(Account.id == unasked.id).values(password_hash=None))
    gone = cast.account(email="leftus@college.example")
    cast.deactivate(gone)
    told = set()
    for email, password in [
        (known.email, WRONG),
        ("nobody@college.example", WRONG),
        (unasked.email, WRONG),
        (gone.email, PASSWORD),
    ]:
        status, _, page = attempt(cast.visitor(), email, password)
        assert status == 422
        assert page.form("email").fields["email"] == [email], "what was typed is kept"
        assert password not in page.html
        told.add(re.sub(r'name="csrf_token" value="[^"]+"', "", page.html).replace(email, ""))
    assert len(told) == 1


@pytest.mark.parametrize("email", ["known@college.example", "nobody@college.example"])
def test_t06_known_and_unknown_cost_the_same_work(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, email: str
) -> None:
    cast.account(email="known@college.example")
    verified = []

    class Counting(argon2.PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
            verified.append(hash)
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_hasher", Counting(2, 19 * 1024, 1))
    attempt(cast.visitor(), email, WRONG)
    assert len(verified) == 1


@pytest.fixture
def owner(cast: Cast) -> Account:
    return cast.account(email="owner@college.example")


def note_failures(app: Flask, number: int, *, email: str, where: str) -> None:
    """So many failed tries a moment ago."""
    values = {"email_hash": throttle._hash(email), "address_hash": throttle._hash(where)}
    with app.app_context(), writing() as session:
        session.execute(insert(SignInTry), [values | {"at": utc_now()} for _ in range(number)])


def let_pass(app: Flask, while_: timedelta) -> None:
    """Let some time pass for the failures that are noted."""
    with app.app_context(), writing() as session:
        for failure in session.scalars(select(SignInTry)):
            failure.at -= while_


def test_t06_after_five_wrong_tries_even_the_right_password_has_to_wait(
    cast: Cast, owner: Account
) -> None:
    for _ in range(5):
        assert attempt(cast.visitor(), owner.email, WRONG)[0] == 422
    status, _, page = attempt(cast.visitor(), owner.email, PASSWORD)
    assert status == 429
    assert "Wait 15 minutes" in page.text


def test_t06_unknown_emails_are_slowed_down_alike(cast: Cast) -> None:
    note_failures(cast.app, 5, email="nobody@college.example", where="127.0.0.1")
    status, _, page = attempt(cast.visitor(), "nobody@college.example", WRONG)
    assert status == 429
    assert "Wait 15 minutes" in page.text


def test_t06_the_owner_at_another_address_is_not_locked_out(cast: Cast, owner: Account) -> None:
    note_failures(cast.app, 5, email=owner.email, where="203.0.113.9")
    assert attempt(cast.visitor(), owner.email, PASSWORD, where="127.0.0.1")[0] == 303


def test_t06_one_account_from_many_addresses_is_slowed_down(cast: Cast, owner: Account) -> None:
    for number in range(30):
        note_failures(cast.app, 1, email=owner.email, where=f"203.0.113.{number}")
    assert attempt(cast.visitor(), owner.email, PASSWORD, where="198.51.100.7")[0] == 429


def test_t06_many_accounts_from_one_address_are_slowed_down(cast: Cast, owner: Account) -> None:
    for number in range(100):
        note_failures(cast.app, 1, email=f"p{number}@college.example", where="203.0.113.9")
    assert attempt(cast.visitor(), owner.email, PASSWORD, where="203.0.113.9")[0] == 429
    assert attempt(cast.visitor(), owner.email, PASSWORD, where="198.51.100.7")[0] == 303


def test_t06_the_wait_ends_also_for_somebody_who_keeps_trying(cast: Cast, owner: Account) -> None:
    note_failures(cast.app, 5, email=owner.email, where="127.0.0.1")
    for _ in range(6):
        assert attempt(cast.visitor(), owner.email, WRONG)[0] == 429
        let_pass(cast.app, throttle.WINDOW / 6)
    assert attempt(cast.visitor(), owner.email, PASSWORD)[0] == 303


def test_t06_a_right_password_clears_what_went_before(cast: Cast, owner: Account) -> None:
    note_failures(cast.app, 4, email=owner.email, where="127.0.0.1")
    assert attempt(cast.visitor(), owner.email, PASSWORD)[0] == 303
    assert count(cast.app, "sign_in_try") == 0


def test_t06_failures_are_on_record_without_the_email_in_the_chain(
    cast: Cast, owner: Account
) -> None:
    attempt(cast.visitor(), owner.email, WRONG)
    assert actions(cast.app)[-1] == "people:sign-in-refused"
    ((details, subject),) = rows(
        cast.app, "SELECT details, subject FROM audit_entry ORDER BY seq DESC LIMIT 1"
    )
    assert "owner" not in details + subject


def test_t06_a_password_typed_as_an_address_is_kept_nowhere(
    cast: Cast, owner: Account, tmp_path: Path
) -> None:
    typed = "MyRealPassw0rd-typed-here"
    assert attempt(cast.visitor(), typed, typed)[0] == 422
    visitor = cast.visitor()
    form = visitor.read("/forgotten-password").form("email")
    visitor.send(form, {"email": f"{typed}@x.example"}, at="/forgotten-password")
    assert attempt(cast.visitor(), owner.email, WRONG)[0] == 422
    beside = "SELECT data, account_id FROM audit_personal ORDER BY seq DESC LIMIT 1"
    assert rows(cast.app, beside) == [(f'{{"email":"{owner.email}"}}', owner.id)]
    assert actions(cast.app).count("people:sign-in-refused") == 3
    assert traces(cast.app, typed, backup=tmp_path / "backup.zip") == []


# ---- t05: sessions -------------------------------------------------------------------------------


def cookie_of(visitor: Visitor) -> str:
    cookie = visitor.get_cookie("induction")
    assert cookie is not None
    return str(cookie.value)


def with_cookie(cast: Cast, value: str) -> Visitor:
    """A thief's browser with a cookie from elsewhere."""
    thief = cast.visitor()
    thief.set_cookie("induction", value)
    return thief


def test_t05_a_cookie_fixed_before_sign_in_is_worth_nothing_after(
    cast: Cast, owner: Account
) -> None:
    victim = cast.visitor()
    victim.read("/sign-in")
    fixed = cookie_of(victim)
    victim.sign_in(owner.email, PASSWORD)
    assert cookie_of(victim) != fixed
    assert is_in(victim)
    assert not is_in(with_cookie(cast, fixed))


def test_t05_a_form_token_from_before_the_sign_in_is_worth_nothing_after(
    cast: Cast, owner: Account
) -> None:
    visitor = cast.visitor()
    planted = visitor.read("/sign-in").form("password").fields["csrf_token"][0]
    visitor.sign_in(owner.email, PASSWORD)
    assert visitor.post("/sign-out", data={"csrf_token": planted}).status_code == 400
    assert is_in(visitor)


def test_t05_each_sign_in_is_a_session_of_its_own(cast: Cast, owner: Account) -> None:
    one, other = cast.signed_in(owner), cast.signed_in(owner)
    assert count(cast.app, "sign_in") == 2
    other.post("/sign-out", data={"csrf_token": other.token()})
    assert is_in(one)
    assert not is_in(other)


def test_t05_a_stolen_cookie_ends_with_the_sign_out(cast: Cast, owner: Account) -> None:
    visitor = cast.signed_in(owner)
    stolen = cookie_of(visitor)
    assert is_in(with_cookie(cast, stolen))
    visitor.post("/sign-out", data={"csrf_token": visitor.token()})
    assert not is_in(with_cookie(cast, stolen))
    assert actions(cast.app)[-1] == "people:signed-out"


def test_t05_a_new_password_ends_every_other_session(cast: Cast, owner: Account) -> None:
    here, elsewhere = cast.signed_in(owner), cast.signed_in(owner)
    before = cookie_of(here)
    form = here.read("/account").form("current")
    new = "seven purple otters dance"
    values = {"current": PASSWORD, "password": new, "again": new}
    assert here.send(form, values).status_code == 303
    assert is_in(here)
    assert not is_in(elsewhere)
    assert not is_in(with_cookie(cast, before)), "this one has a new cookie too"
    assert attempt(cast.visitor(), owner.email, PASSWORD)[0] == 422
    assert attempt(cast.visitor(), owner.email, new)[0] == 303


def test_t05_the_present_password_is_asked_for(cast: Cast, owner: Account) -> None:
    visitor = cast.signed_in(owner)
    form = visitor.read("/account").form("current")
    new = "seven purple otters dance"
    answer = visitor.send(form, {"current": WRONG, "password": new, "again": new})
    assert answer.status_code == 422
    assert "not your present password" in answer.get_data(as_text=True)
    assert new not in answer.get_data(as_text=True)


def test_t05_leaving_the_institute_ends_every_session_at_once(cast: Cast, owner: Account) -> None:
    visitor = cast.signed_in(owner)
    cast.deactivate(owner)
    assert not is_in(visitor)
    assert attempt(cast.visitor(), owner.email, PASSWORD)[0] == 422


def test_t05_the_database_holds_no_token_that_could_be_used(cast: Cast, owner: Account) -> None:
    visitor = cast.signed_in(owner)
    with visitor.session_transaction() as cookie:
        token = cookie["_user_id"]
    ((kept,),) = rows(cast.app, "SELECT token_hash FROM sign_in")
    assert kept != token
    assert len(token) >= 40


# ---- t07: passwords ------------------------------------------------------------------------------


@pytest.fixture
def _stronger_hasher(monkeypatch: pytest.MonkeyPatch) -> None:
    """The parameters have risen since the passwords in the database were hashed."""
    monkeypatch.setattr(passwords, "_hasher", argon2.PasswordHasher(3, 19 * 1024, 1))


@pytest.mark.usefixtures("_stronger_hasher")
def test_t07_a_hash_of_weaker_parameters_is_made_anew_at_sign_in(
    cast: Cast, owner: Account
) -> None:
    assert attempt(cast.visitor(), owner.email, PASSWORD)[0] == 303
    ((kept,),) = rows(cast.app, "SELECT password_hash FROM account WHERE id = :id", id=owner.id)
    assert kept.startswith("$argon2id$v=19$m=19456,t=3,p=1$")
    assert attempt(cast.visitor(), owner.email, PASSWORD)[0] == 303


# ---- t19: where signing in leads -----------------------------------------------------------------

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/induction",
    "/\\evil.example",
    "/\t/evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    "/no-such-page",
    "induction",
    "https:/induction",
    "/induction@evil.example",
    "/sign-out",
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_t19_signing_in_never_leads_elsewhere(cast: Cast, owner: Account, target: str) -> None:
    status, leads_to, _ = attempt(cast.visitor(), owner.email, PASSWORD, next=target)
    assert (status, leads_to) == (303, "/induction")


@pytest.mark.parametrize("target", ["/certificates", "/induction/arriving?a=b#c", "/verify"])
def test_signing_in_leads_back_to_the_page_that_was_wanted(
    cast: Cast, owner: Account, target: str
) -> None:
    status, leads_to, _ = attempt(cast.visitor(), owner.email, PASSWORD, next=target)
    assert (status, leads_to) == (303, target)


def test_a_page_that_needs_a_sign_in_comes_back_after_it(cast: Cast, owner: Account) -> None:
    visitor = cast.visitor()
    asked = visitor.get("/certificates?from=mail")
    assert asked.status_code == 303
    form = visitor.read(asked.location).form("password")
    answer = visitor.send(form, {"email": owner.email, "password": PASSWORD}, at="/sign-in")
    assert answer.location == "/certificates?from=mail"


@pytest.mark.parametrize("target", ["/verify?number=\r\nX-Injected: yes", "/verify?a=\x00"])
def test_t19_no_header_can_be_put_in_by_the_way(cast: Cast, owner: Account, target: str) -> None:
    visitor = cast.visitor()
    form = visitor.read("/sign-in").form("password")
    values = {"email": owner.email, "password": PASSWORD, "next": target}
    answer = visitor.send(form, values, at="/sign-in")
    refused = "\x00" in target  # no text of ours has such a character
    assert answer.status_code == (400 if refused else 303)
    assert "X-Injected" not in answer.headers
    again = visitor.get("/sign-in", query_string={"next": target})
    assert again.status_code in (200, 303, 400)
    assert "X-Injected" not in again.headers
