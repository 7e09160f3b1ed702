"""Signing in with an account of the institute elsewhere: every way to be mistaken for another.

The provider is a real one; where it has to lie, its next token is made wrong on the way.
"""

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from induction.database import utc_now, writing
from induction.people.models import Account, Role
from induction.sign_on.trusted_header import provider_from
from tests.support.cast import PASSWORD, Cast
from tests.support.client import Visitor
from tests.support.openid import ANSWER, OpenIdProvider, Traveller
from tests.support.post import outbox
from tests.support.record import actions, count, rows
from tests.support.sockets import free_port

AMINA = "amina@college.example"


def is_in(visitor: Visitor) -> str:
    """Who is signed in in this browser, by the address; "" for nobody."""
    answer = visitor.get("/account")
    found = re.search(r"[\w.]+@[\w.]+", answer.get_data(as_text=True))
    return found[0] if answer.status_code == 200 and found else ""


def set_issuer(app: Flask, issuer: str) -> None:
    """As if the environment had named another provider."""
    settings = app.extensions["settings"]
    assert settings.sign_on
    changed = replace(settings, sign_on=replace(settings.sign_on, issuer=issuer))
    app.extensions["provider"] = provider_from(changed)


def refusals(app: Flask) -> list[str]:
    """Why somebody was refused: those whom the provider knows by acts, others in sums."""
    sql = "SELECT details FROM audit_entry WHERE action = 'people:provider-refused' ORDER BY seq"
    known = [json.loads(row[0])["reason"] for row in rows(app, sql)]
    return known + [row[0] for row in rows(app, "SELECT kind FROM refused_tally ORDER BY kind")]


@pytest.fixture
def amina(cast: Cast, openid: OpenIdProvider) -> Account:
    """An imported learner who has never been here; the provider vouches for her address."""
    openid.tell(amina={"email": AMINA})
    learner = cast.learner(email=AMINA, newcomer=True)
    with cast.app.app_context(), writing() as session:
        mine = update(Account).where(Account.id == learner.id)
        session.execute(mine.values(password_hash=None))
    return learner


# ---- who is who ----------------------------------------------------------------------------------


def test_an_imported_learner_comes_for_the_first_time_and_again(
    app: Flask, traveller: Traveller, amina: Account, openid: OpenIdProvider, cast: Cast
) -> None:
    answer = traveller.come("amina")
    assert (answer.status_code, answer.location) == (303, "/induction")
    assert is_in(traveller.visitor) == AMINA
    assert rows(app, "SELECT account_id, issuer, subject, how FROM identity") == [
        (amina.id, openid.url, "amina", "address")
    ]
    assert actions(app)[-2:] == ["people:signed-in", "people:identity-connected"]
    assert not [mail for mail in outbox(app) if "opened with" in mail["Subject"]]
    # With another name and another address over there it is still her, and nothing here changes.
    openid.tell(amina={"email": "amina.khan@college.example", "name": "Amina Khan"})
    again = Traveller(cast.visitor())
    assert again.come("amina").location == "/induction"
    assert is_in(again.visitor) == AMINA
    assert count(app, "identity") == 1
    assert actions(app)[-1] == "people:signed-in"


def test_another_person_who_is_given_the_address_of_a_learner_is_not_let_in(
    app: Flask, traveller: Traveller, amina: Account, openid: OpenIdProvider, cast: Cast
) -> None:
    traveller.come("amina")
    openid.tell(other={"email": AMINA})  # a new object id over there
    stranger = Traveller(cast.visitor())
    answer = stranger.come("other")
    assert answer.status_code == 403
    assert "Ask an administrator to let you connect anew" in answer.get_data(as_text=True)
    assert not is_in(stranger.visitor)
    assert refusals(app) == ["provider-other-identity"]
    kept = rows(app, "SELECT account_id, data FROM audit_personal ORDER BY seq DESC LIMIT 1")
    assert kept == [(amina.id, f'{{"email":"{AMINA}"}}')]


def test_an_administrator_lets_somebody_connect_anew(
    app: Flask, traveller: Traveller, amina: Account, openid: OpenIdProvider, cast: Cast
) -> None:
    traveller.come("amina")
    admin = cast.signed_in(cast.account(Role.ADMIN))
    page = admin.read(f"/admin/people/{amina.public_id}")
    sent = {"act": "release", "reason": "She has a new account"}
    admin.send(page.form("reason"), sent, at=f"/admin/people/{amina.public_id}")
    assert not is_in(traveller.visitor)  # her sessions have ended
    assert count(app, "identity") == 0
    assert "people:identity-released" in actions(app)
    link = re.search(r"/link/[\w-]+", outbox(app)[-1].get_content())
    assert link
    openid.tell(renewed={"email": "a.yusuf@college.example"})
    anew = Traveller(cast.visitor())
    page = anew.visitor.read(link[0])
    assert "Go on with Microsoft" in page.text
    assert "Choose a password" not in page.text
    assert anew.visitor.get(f"{link[0]}/password").location == link[0]
    assert anew.come("renewed", f"{link[0]}/provider").location == "/induction"
    assert rows(app, "SELECT subject, how FROM identity") == [("renewed", "link")]
    assert anew.visitor.get(link[0]).status_code == 404  # it worked once
    assert any("can be opened with Microsoft" in mail["Subject"] for mail in outbox(app))


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"email": AMINA, "email_verified": False}, "provider-unknown"),
        ({"email": AMINA, "email_verified": "yes"}, "provider-unknown"),
        ({"preferred_username": AMINA, "email_verified": None}, "provider-unknown"),
        ({"email": "amina@elsewhere.example"}, "provider-unknown"),
        ({"email": AMINA, "hd": "elsewhere.example"}, "provider-tenant"),
        ({"email": AMINA, "preferred_username": "a_b.example#EXT#@c.example"}, "provider-guest"),
        ({"email": AMINA, "acct": 1}, "provider-guest"),
        ({"email": AMINA, "tid": "t", "idp": "https://elsewhere.example/"}, "provider-guest"),
    ],
)
def test_an_address_that_nobody_vouches_for_opens_no_account(
    app: Flask,
    traveller: Traveller,
    amina: Account,
    openid: OpenIdProvider,
    claims: dict[str, Any],
    reason: str,
) -> None:
    openid.tell(somebody=claims)
    assert traveller.come("somebody").status_code == 403
    assert not is_in(traveller.visitor)
    assert refusals(app) == [reason]
    assert count(app, "identity") == 0
    assert count(app, "newcomer") == (reason == "provider-unknown")


@pytest.mark.parametrize(
    "claims",
    [
        {"email": AMINA, "email_verified": False, "xms_edov": True},
        {"preferred_username": AMINA, "tid": "the-tenant", "oid": "amina-s-object"},
        {"email": AMINA.upper(), "hd": "college.example"},
    ],
)
def test_what_microsoft_and_google_say_of_an_address_counts(
    traveller: Traveller, amina: Account, openid: OpenIdProvider, claims: dict[str, Any]
) -> None:
    openid.tell(amina=claims)
    assert traveller.come("amina").location == "/induction"


def test_who_could_be_two_learners_is_neither(
    app: Flask, traveller: Traveller, amina: Account, openid: OpenIdProvider, cast: Cast
) -> None:
    cast.learner("Bo Li", email="bo@college.example", newcomer=True)
    openid.tell(both={"email": AMINA, "preferred_username": "bo@college.example", "tid": "t"})
    answer = traveller.come("both")
    assert answer.status_code == 403
    assert refusals(app) == ["provider-unknown"]
    assert count(app, "identity") == 0


def test_an_account_that_has_ended_stays_closed(
    app: Flask, traveller: Traveller, amina: Account, cast: Cast
) -> None:
    traveller.come("amina")
    cast.deactivate(amina)
    assert not is_in(traveller.visitor)
    again = Traveller(cast.visitor())
    assert "has ended" in again.come("amina").get_data(as_text=True)
    assert refusals(app) == ["provider-ended"]


def test_an_account_in_use_is_connected_with_its_password_once(
    app: Flask, openid: OpenIdProvider, cast: Cast, traveller: Traveller
) -> None:
    learner = cast.learner(email=AMINA)  # has been here, with a password
    openid.tell(amina={"email": AMINA})
    assert "Your password, this once" in traveller.come("amina").get_data(as_text=True)
    assert refusals(app) == ["provider-password-first"]
    visitor = traveller.visitor
    visitor.sign_in(learner.email, PASSWORD)
    page = visitor.read("/account/provider")
    there = next(a["href"] for a in page.all("a") if "Connect with" in a.text)
    answer = visitor.get(traveller.go(there, "amina"))
    assert answer.location == "/account"
    assert rows(app, "SELECT how FROM identity") == [("account",)]
    assert "Connected" in visitor.read("/account/provider").text
    assert any("can be opened with Microsoft" in mail["Subject"] for mail in outbox(app))
    elsewhere = Traveller(cast.visitor())
    assert elsewhere.come("amina").location == "/induction"


def test_what_is_connected_with_one_account_is_not_connected_with_another(
    app: Flask, traveller: Traveller, amina: Account, cast: Cast
) -> None:
    traveller.come("amina")
    tutor = Traveller(cast.signed_in(cast.account(Role.TUTOR)))
    page = tutor.visitor.read("/account/provider")
    there = next(a["href"] for a in page.all("a") if "Connect with" in a.text)
    answer = tutor.visitor.get(tutor.go(there, "amina"))
    assert answer.status_code == 403
    assert "somebody else’s account" in answer.get_data(as_text=True)
    assert refusals(app) == ["provider-taken"]
    assert rows(app, "SELECT account_id FROM identity") == [(amina.id,)]


# ---- tokens that are not true --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"claims": {"nonce": "another"}}, "provider-nonce"),
        ({"claims": {"nonce": None}}, "provider-nonce"),
        ({"claims": {"aud": "another-client"}}, "provider-client"),
        ({"claims": {"aud": ["induction", "another"], "azp": "another"}}, "provider-client"),
        ({"claims": {"aud": ["induction", "another"]}}, "provider-client"),
        ({"claims": {"iss": "https://login.example/other-tenant"}}, "provider-issuer"),
        ({"claims": {"exp": 1_600_000_000}}, "provider-expired"),
        ({"claims": {"exp": None}}, "provider-expired"),
        ({"claims": {"iat": 4_000_000_000}}, "provider-expired"),
        ({"claims": {"sub": None}}, "provider-token"),
        ({"claims": {"sub": 7}}, "provider-token"),
        ({"claims": {"sub": "x" * 300}}, "provider-token"),
        ({"claims": {"exp": "tomorrow"}}, "provider-expired"),
        ({"claims": {"aud": None}}, "provider-client"),
        ({"alg": "none"}, "provider-token"),
        ({"alg": "HS256"}, "provider-token"),
        ({"key": "stranger"}, "provider-token"),
    ],
)
def test_a_token_that_is_not_true_lets_nobody_in(
    app: Flask,
    traveller: Traveller,
    amina: Account,
    openid: OpenIdProvider,
    wrong: dict[str, Any],
    reason: str,
) -> None:
    openid.lie(**wrong)
    answer = traveller.come("amina")
    assert answer.status_code == 403
    assert "Please begin again" in answer.get_data(as_text=True)
    assert not is_in(traveller.visitor)
    assert refusals(app) == [reason]
    assert count(app, "identity") == count(app, "newcomer") == 0
    openid.lie()
    assert traveller.come("amina").location == "/induction"


# ---- the way there and back ----------------------------------------------------------------------


def test_an_answer_counts_in_the_browser_that_asked_and_there_once(
    app: Flask, traveller: Traveller, amina: Account, cast: Cast
) -> None:
    there = traveller.visitor.get("/sign-in/provider").location
    answer = traveller.go(there, "amina")
    victim = cast.visitor()
    assert victim.get(answer).status_code == 403  # somebody else's answer, sent as a link
    assert not is_in(victim)
    assert refusals(app) == ["provider-state"]
    assert traveller.visitor.get(answer).location == "/induction"
    traveller.visitor.get("/account")
    assert traveller.visitor.get(answer).location == "/induction"  # signed in: nothing happens
    assert actions(app).count("people:signed-in") == 1


def test_an_answer_that_comes_late_does_not_count(
    app: Flask, traveller: Traveller, amina: Account
) -> None:
    there = traveller.visitor.get("/sign-in/provider").location
    answer = traveller.go(there, "amina")
    with traveller.visitor.session_transaction() as cookie:
        early = (utc_now() - timedelta(minutes=16)).timestamp()
        cookie["sign_on"] = [{**one, "at": early} for one in cookie["sign_on"]]
    assert traveller.visitor.get(answer).status_code == 403
    assert refusals(app) == ["provider-state"]


def test_two_windows_on_their_way_do_not_disturb_each_other(
    traveller: Traveller, amina: Account
) -> None:
    first = traveller.visitor.get("/sign-in/provider?next=/certificates").location
    second = traveller.visitor.get("/sign-in/provider").location
    answers = [traveller.go(first, "amina"), traveller.go(second, "amina")]
    assert traveller.visitor.get(answers[0]).location == "/certificates"
    assert traveller.visitor.get(answers[1]).location == "/induction"


@given(st.text(), st.text(), st.text(max_size=20))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_answer_of_any_shape_is_a_page(
    traveller: Traveller, state: str, code: str, error: str
) -> None:
    traveller.visitor.inspecting = False
    traveller.visitor.get("/sign-in/provider")
    with traveller.visitor.session_transaction() as cookie:
        held = cookie["sign_on"][-1]["state"]
    for given_state in (state, held):
        query = {"state": given_state, "code": code, **({"error": error} if error else {})}
        status = traveller.visitor.get(ANSWER, query_string=query).status_code
        assert status in (400, 403), "400: what nobody types is refused before it is read"


def test_a_long_way_on_does_not_burst_the_cookie(traveller: Traveller, amina: Account) -> None:
    long = "/certificates?" + "a" * 5000
    for _ in range(5):
        answer = traveller.visitor.get("/sign-in/provider", query_string={"next": long})
        assert len(answer.headers["Set-Cookie"]) < 4000
    assert traveller.come("amina").location == "/induction"


def test_who_cancels_over_there_is_told_so(
    app: Flask, traveller: Traveller, amina: Account
) -> None:
    answer = traveller.come("")
    assert answer.status_code == 403
    assert "pressed Cancel" in answer.get_data(as_text=True)
    assert refusals(app) == ["provider-said-no"]


def test_a_code_that_is_made_up_lets_nobody_in(
    app: Flask, traveller: Traveller, openid: OpenIdProvider
) -> None:
    traveller.visitor.get("/sign-in/provider")
    with traveller.visitor.session_transaction() as cookie:
        state = cookie["sign_on"][0]["state"]
    for query in (f"state={state}&code=made-up&iss=https://elsewhere.example", f"state={state}"):
        assert traveller.visitor.get(f"{ANSWER}?{query}").status_code == 403
    assert refusals(app) == ["provider-issuer", "provider-state"]
    traveller.visitor.get("/sign-in/provider")
    with traveller.visitor.session_transaction() as cookie:
        state = cookie["sign_on"][0]["state"]
    assert traveller.visitor.get(f"{ANSWER}?state={state}&code=made-up").status_code == 403
    assert refusals(app) == ["provider-expired", "provider-issuer", "provider-state"]


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "/none"])
def test_signing_in_leads_to_a_page_of_ours(
    traveller: Traveller, amina: Account, target: str
) -> None:
    assert traveller.come("amina", f"/sign-in/provider?next={target}").location == "/induction"


def test_while_the_provider_is_gone_the_password_page_says_so(
    app: Flask, cast: Cast, openid: OpenIdProvider
) -> None:
    set_issuer(app, f"http://127.0.0.1:{free_port()}")
    page = cast.visitor().read("/sign-in/provider?next=/certificates")
    assert "Microsoft cannot be reached just now. Nothing is lost" in page.text
    assert page.form("password").fields["next"] == ["/certificates"]


def test_a_provider_that_calls_itself_something_else_is_not_asked(
    app: Flask, cast: Cast, openid: OpenIdProvider
) -> None:
    other = openid.url.replace("127.0.0.1", "localhost")
    set_issuer(app, other)
    assert "cannot be reached" in cast.visitor().read("/sign-in/provider").text


def test_without_a_provider_there_is_no_such_way(tiny_app: Flask) -> None:
    visitor = tiny_app.test_client()
    for path in ("/sign-in/provider", ANSWER, "/signed-out"):
        assert visitor.get(path).status_code == 404
    assert "Sign in with" not in visitor.get("/sign-in").get_data(as_text=True).replace(
        "Sign in with a passkey", ""
    )


def test_who_came_so_is_asked_whether_to_sign_out_there_too(
    traveller: Traveller, amina: Account, openid: OpenIdProvider
) -> None:
    traveller.come("amina")
    visitor = traveller.visitor
    answer = visitor.post("/sign-out", data={"csrf_token": visitor.token()})
    assert answer.location == "/signed-out"
    page = visitor.read("/signed-out")
    there = next(a["href"] for a in page.all("a") if "Sign out of Microsoft" in a.text)
    assert there.startswith(f"{openid.url}/session/end?")
    status, _, body = traveller._ask("GET", there)
    assert status == 200
    assert b"error" not in body.lower()
    assert not is_in(visitor)
