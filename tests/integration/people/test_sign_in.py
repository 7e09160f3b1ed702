"""Signing in and out: t05 sessions, t06 guessing, t07 passwords, t19 where it leads."""

import hashlib
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import argon2
import pytest
from flask import Flask
from sqlalchemy import select, update

from induction.audit.chain import first_break
from induction.audit.verify import links
from induction.database import utc_now, writing
from induction.extensions import db
from induction.people import passwords, throttle
from induction.people.models import Account, Role
from induction.throttles import summary
from induction.throttles.models import CountedTry, RefusedTally
from tests.support.cast import PASSWORD, Cast
from tests.support.client import Visitor
from tests.support.page import Page
from tests.support.record import actions, count, rows
from tests.support.traces import traces

pytestmark = pytest.mark.usefixtures("stopped_clock")  # a wait is as long as it says

WRONG = "not the password at all"
HOMES = {
    Role.LEARNER: "/induction",
    Role.TUTOR: "/tutor",
    Role.HEAD: "/tutor",
    Role.SAFEGUARDING: "/compliance/reports",
    Role.DATA_PROTECTION: "/compliance/personal-data",
    Role.AUDITOR: "/compliance/certificates",
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
    with app.app_context(), writing() as session:
        for _ in range(number):
            origin, now = throttle.Origin(where), utc_now()
            throttle.wrong(session, "sign-in", email, origin, now=now)


def let_pass(app: Flask, while_: timedelta) -> None:
    """Let some time pass for the failures that are noted."""
    with app.app_context(), writing() as session:
        for failure in session.scalars(select(CountedTry)):
            failure.at -= while_


def test_t06_after_five_wrong_tries_even_the_right_password_has_to_wait(
    cast: Cast, owner: Account
) -> None:
    for _ in range(5):
        assert attempt(cast.visitor(), owner.email, WRONG)[0] == 422
    status, _, page = attempt(cast.visitor(), owner.email, PASSWORD)
    assert status == 429
    assert "Wait 15 seconds" in page.text
    let_pass(cast.app, timedelta(seconds=16))
    assert attempt(cast.visitor(), owner.email, WRONG)[0] == 422
    page = attempt(cast.visitor(), owner.email, PASSWORD)[2]
    assert "Wait 30 seconds" in page.text, "twice as long"
    let_pass(cast.app, timedelta(seconds=31))
    assert attempt(cast.visitor(), owner.email, PASSWORD)[0] == 303


def test_t06_whoever_guesses_without_a_break_gets_few_guesses_in_an_hour(
    cast: Cast, owner: Account
) -> None:
    begun, origin, guesses = utc_now(), throttle.Origin("203.0.113.9"), 0
    with cast.app.app_context(), writing() as session:
        for second in range(0, 3600, 5):
            now = begun + timedelta(seconds=second)
            if not throttle.wait(session, "sign-in", owner.email, origin, now=now):
                guesses += 1
                throttle.wrong(session, "sign-in", owner.email, origin, now=now)
    assert guesses <= 15


def test_t06_unknown_emails_are_slowed_down_alike(cast: Cast) -> None:
    note_failures(cast.app, 5, email="nobody@college.example", where="127.0.0.1")
    status, _, page = attempt(cast.visitor(), "nobody@college.example", WRONG)
    assert status == 429
    assert "There have been too many tries" in page.text


def test_t06_the_owner_at_another_address_is_not_locked_out(cast: Cast, owner: Account) -> None:
    note_failures(cast.app, 5, email=owner.email, where="203.0.113.9")
    assert attempt(cast.visitor(), owner.email, PASSWORD, where="127.0.0.1")[0] == 303


def test_t06_one_account_from_many_addresses_is_slowed_down(cast: Cast, owner: Account) -> None:
    for number in range(30):
        note_failures(cast.app, 1, email=owner.email, where=f"203.0.113.{number}")
    assert attempt(cast.visitor(), owner.email, PASSWORD, where="198.51.100.7")[0] == 429


@pytest.mark.parametrize(
    ("where", "beside", "elsewhere"),
    [
        ("203.0.113.9", "203.0.113.9", "198.51.100.7"),
        ("2001:db8:1:2::{:x}", "2001:db8:1:2:ffff:1:2:3", "2001:db8:1:3::1"),
        ("::ffff:203.0.113.9", "203.0.113.9", "::ffff:198.51.100.7"),
    ],
)
def test_t06_many_accounts_from_one_network_are_slowed_down(
    cast: Cast, owner: Account, where: str, beside: str, elsewhere: str
) -> None:
    for number in range(50):
        email = f"p{number}@college.example"
        note_failures(cast.app, 1, email=email, where=where.format(number + 1))
    assert attempt(cast.visitor(), owner.email, PASSWORD, where=beside)[0] == 429
    assert attempt(cast.visitor(), owner.email, PASSWORD, where=elsewhere)[0] == 303
    other = cast.account(email="other@college.example")
    assert attempt(cast.visitor(), other.email, PASSWORD, where=beside)[0] == 429
    let_pass(cast.app, timedelta(seconds=16))
    assert attempt(cast.visitor(), other.email, PASSWORD, where=beside)[0] == 303, "not shut"


def test_t06_a_class_behind_one_address_gets_in_whatever_it_mistyped(cast: Cast) -> None:
    learners = [cast.learner(f"Learner {letter}") for letter in "abcdefghijklmnopqrstuvwxyzäöüß"]
    for _ in range(4):
        for learner in learners:
            note_failures(cast.app, 1, email=learner.email, where="203.0.113.9")
    told = [attempt(cast.visitor(), a.email, PASSWORD, where="203.0.113.9")[0] for a in learners]
    assert told == [303] * 30


@pytest.mark.parametrize("role", [Role.ADMIN, Role.LEARNER])
def test_t06_whoever_is_on_a_device_of_theirs_is_not_kept_out_by_others(
    cast: Cast, role: Role
) -> None:
    owner, other = cast.account(role), cast.account(role)
    at_home = cast.visitor()
    assert attempt(at_home, owner.email, PASSWORD, own_device="y")[0] == 303
    at_home.post("/sign-out", data={"csrf_token": at_home.token()})
    note_failures(cast.app, 5, email=owner.email, where="127.0.0.1")
    for number in range(60):
        note_failures(cast.app, 1, email=f"p{number}@college.example", where="127.0.0.1")
        note_failures(cast.app, 1, email=owner.email, where=f"203.0.113.{number}")
    assert attempt(cast.visitor(), owner.email, PASSWORD)[0] == 429, "on a device unknown to us"
    assert attempt(at_home, other.email, PASSWORD)[0] == 429, "it knows one account alone"
    assert attempt(at_home, owner.email, PASSWORD)[0] == 303


def test_t06_a_device_that_is_known_has_few_guesses_too(cast: Cast) -> None:
    owner = cast.account(Role.TUTOR)
    known = cast.visitor()
    assert attempt(known, owner.email, PASSWORD)[0] == 303
    known.post("/sign-out", data={"csrf_token": known.token()})
    assert [attempt(known, owner.email, WRONG)[0] for _ in range(6)] == [422] * 5 + [429]
    assert attempt(cast.visitor(), owner.email, PASSWORD)[0] == 303


def test_t06_a_classroom_computer_is_known_to_nobody(cast: Cast, owner: Account) -> None:
    assert attempt(cast.visitor(), owner.email, PASSWORD)[0] == 303
    assert count(cast.app, "known_device") == 0


def test_t06_the_wait_ends_also_for_somebody_who_keeps_trying(cast: Cast, owner: Account) -> None:
    note_failures(cast.app, 9, email=owner.email, where="127.0.0.1")
    for _ in range(4):
        assert attempt(cast.visitor(), owner.email, WRONG)[0] == 429
        let_pass(cast.app, timedelta(minutes=1))
    assert attempt(cast.visitor(), owner.email, PASSWORD)[0] == 303


def test_t06_a_right_password_clears_what_went_before(cast: Cast, owner: Account) -> None:
    note_failures(cast.app, 4, email=owner.email, where="127.0.0.1")
    assert attempt(cast.visitor(), owner.email, PASSWORD)[0] == 303
    assert count(cast.app, "counted_try") == 0


def test_t06_a_present_password_is_guessed_no_faster(cast: Cast, owner: Account) -> None:
    visitor = cast.signed_in(owner)
    new = "seven purple otters dance"

    def change(present: str) -> int:
        form = visitor.read("/account").form("current")
        return visitor.send(form, {"current": present, "password": new}).status_code

    assert [change(WRONG) for _ in range(6)] == [422] * 5 + [429]
    assert change(PASSWORD) == 429
    let_pass(cast.app, timedelta(seconds=16))
    assert change(PASSWORD) == 303


def test_t06_links_are_asked_for_from_one_network_only_so_often(cast: Cast, owner: Account) -> None:
    visitor = cast.visitor()

    def ask(email: str) -> int:
        form = visitor.read("/forgotten-password").form("email")
        return visitor.send(form, {"email": email}, at="/forgotten-password").status_code

    assert {ask(f"p{number}@college.example") for number in range(40)} == {200}
    assert ask(owner.email) == 429
    assert count(cast.app, "outbox_mail") == 0
    let_pass(cast.app, timedelta(seconds=16))
    assert ask(owner.email) == 200
    assert count(cast.app, "outbox_mail") == 1


def refused(cast: Cast) -> list[dict[str, Any]]:
    """What the record of acts says of refused tries, once their quarter of an hour has ended."""
    with cast.app.app_context():
        with writing() as session:
            for row in session.scalars(select(RefusedTally)):
                row.quarter -= timedelta(minutes=15)
        summary.chore()
    query = "SELECT details FROM audit_entry WHERE action = 'throttles:tries-refused' ORDER BY seq"
    return [json.loads(details) for (details,) in rows(cast.app, query)]


def test_t06_refused_tries_are_on_record_summed_up_by_network_and_quarter_of_an_hour(
    cast: Cast, owner: Account
) -> None:
    visitor, before = cast.visitor(), count(cast.app, "audit_entry")
    for number in range(20):
        attempt(visitor, owner.email, WRONG)
        attempt(visitor, f"nobody{number}@college.example", WRONG)
        attempt(visitor, owner.email, WRONG, where="203.0.113.9")
        visitor.post("/sign-in/passkey", data={"csrf_token": csrf(visitor), "credential": "x"})
    assert count(cast.app, "audit_entry") == before, "a flood does not lengthen the chain"
    assert count(cast.app, "refused_tally") == 4
    here, there = sorted(refused(cast), key=lambda told: -told["wrong"]["sign-in"])
    assert here["wrong"] == {"sign-in": 25, "passkey": 20}
    assert here["turned_away"] == {"sign-in": 15}
    assert (here["accounts"], here["most_tried"]) == (1, [owner.actor])
    assert (there["wrong"], there["turned_away"]) == ({"sign-in": 5}, {"sign-in": 15})
    assert count(cast.app, "refused_tally") == 0
    assert len(refused(cast)) == 2, "each is told once"
    with cast.app.app_context():
        assert first_break(links(db.session())) is None


def test_t06_a_flood_from_everywhere_makes_no_flood_of_entries(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summary, "MOST_NETWORKS", 3)
    for number in range(10):
        note_failures(cast.app, 1 + number, email="x@y.example", where=f"203.0.113.{number}")
    told = refused(cast)
    assert [entry["networks"] for entry in told] == [1, 1, 1, 7]
    assert [entry["wrong"]["sign-in"] for entry in told] == [10, 9, 8, 28]


def csrf(visitor: Visitor) -> str:
    return visitor.read("/sign-in").form("password").fields["csrf_token"][0]


def test_t06_a_password_typed_as_an_address_is_kept_nowhere(
    cast: Cast, owner: Account, tmp_path: Path
) -> None:
    typed = "MyRealPassw0rd-typed-here"
    assert attempt(cast.visitor(), typed, typed)[0] == 422
    visitor = cast.visitor()
    form = visitor.read("/forgotten-password").form("email")
    visitor.send(form, {"email": f"{typed}@x.example"}, at="/forgotten-password")
    assert attempt(cast.visitor(), owner.email, WRONG)[0] == 422
    plain = {hashlib.sha256(text.lower().encode()).hexdigest() for text in (typed, "127.0.0.1")}
    kept = rows(cast.app, "SELECT key, thing FROM counted_try")
    assert len(kept) == 7
    assert not plain & {digest for row in kept for digest in row}, "a digest that can be guessed"
    assert [entry["wrong"] for entry in refused(cast)] == [{"forgotten": 1, "sign-in": 2}]
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
    values = {"current": PASSWORD, "password": new}
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
    answer = visitor.send(form, {"current": WRONG, "password": new})
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


def test_whoever_was_signed_out_signs_in_and_carries_on(cast: Cast) -> None:
    """Where they were: the page, or the one from which a form went."""
    tutor = cast.account(Role.TUTOR)
    hair = cast.cohort("Hair", tutor)
    learner = cast.learner(cohort=hair)
    visitor, where = cast.signed_in(tutor), f"/tutor/learners/{learner.public_id}"
    form = visitor.read("/tutor/views?state=stuck").form("name")
    visitor.delete_cookie(cast.app.config["SESSION_COOKIE_NAME"])
    assert visitor.get(where).location == f"/sign-in?next={quote(where)}"
    sent = visitor.post(
        "/tutor/views/nothing/delete",
        data={"csrf_token": form.fields["csrf_token"][0]},
        headers={"Referer": "http://localhost/tutor/views?state=stuck"},
    )
    assert sent.location == f"/sign-in?next={quote('/tutor/views?state=stuck', safe='/?')}"
    page = visitor.read(sent.location)
    assert page.heading == "Sign in and carry on"
    values = {"email": tutor.email, "password": PASSWORD}
    assert visitor.send(page.form("password"), values).location == "/tutor/views?state=stuck"
    stranger = cast.visitor()
    assert stranger.read("/sign-in").heading == "Sign in", "nobody was anywhere yet"
    away = stranger.post("/tutor/views/x/delete", headers={"Referer": "https://evil.example/a"})
    assert away.location == "/sign-in"
    card = visitor_card(stranger, "/sign-in?next=/induction/ask")
    assert card.form("pin").fields["next"] == ["/induction/ask"]


def visitor_card(visitor: Visitor, at: str) -> Page:
    return visitor.read(visitor.read(at).links["I have a card, or a class code"])


def test_t05_a_sign_in_sent_again_since_its_answer_never_came_has_worked(
    visitor: Visitor, cast: Cast
) -> None:
    tutor, other = cast.account(Role.TUTOR), cast.account(Role.ADMIN)
    form = visitor.read("/sign-in?next=/tutor/learners").form("password")
    sent = form.filled(email=tutor.email, password=PASSWORD)
    assert visitor.post("/sign-in", data=sent).status_code == 303

    again = visitor.post("/sign-in", data=sent)
    assert (again.status_code, again.location) == (303, "/tutor/learners")

    for_another = visitor.post("/sign-in", data={**sent, "email": other.email})
    assert for_another.status_code == 400  # nobody takes another's session for theirs
    assert is_in(visitor)
