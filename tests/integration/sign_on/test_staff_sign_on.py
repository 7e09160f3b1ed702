"""Staff who come from the provider: connected by a link, with the roles that both sides name."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from induction.administration import settings_changes
from induction.audit.act import SYSTEM, acting
from induction.config import Settings
from induction.database import utc_now, writing
from induction.people import accounts
from induction.people.invitations import mail_link
from induction.people.models import Account, Role, SignIn
from tests.conftest import AppMaker
from tests.support.cast import PASSWORD, Cast
from tests.support.client import Visitor
from tests.support.openid import OpenIdProvider, Traveller
from tests.support.page import Page
from tests.support.post import outbox
from tests.support.record import actions, count, rows

TAM = "tam@college.example"


def change(app: Flask, **values: object) -> None:
    with app.app_context(), acting(SYSTEM, utc_now()) as act:
        settings_changes.change(act, values)


def invited(app: Flask, role: Role = Role.TUTOR, email: str = TAM) -> str:
    """The link in the invitation of somebody new."""
    with app.test_request_context(), acting(SYSTEM, utc_now()) as act:
        account = accounts.create(act, role, email, "Tam Okoro", how="test")
        mail_link(act, account, "invitation")
    found = re.search(r"/link/[\w-]+", outbox(app)[-1].get_content())
    assert found
    return found[0]


def connect(traveller: Traveller, login: str) -> str:
    """Connect whoever is signed in with this person over there; where it leads."""
    page = traveller.visitor.read("/account/provider")
    there = next(a["href"] for a in page.all("a") if "Connect with" in a.text)
    answer = traveller.visitor.get(traveller.go(there, login))
    return answer.location or str(answer.status)


def test_an_address_alone_opens_no_account_of_staff(
    app: Flask, traveller: Traveller, openid: OpenIdProvider
) -> None:
    invited(app)
    openid.tell(tam={"email": TAM})
    answer = traveller.come("tam")
    assert answer.status_code == 403
    assert "Open the link in your invitation" in answer.get_data(as_text=True)
    assert count(app, "identity") == 0


def test_an_invitation_connects_whoever_follows_it_to_the_provider(
    app: Flask, traveller: Traveller, openid: OpenIdProvider, cast: Cast
) -> None:
    link = invited(app)
    openid.tell(tam={"email": "t.okoro@college.example"})
    scanner = cast.visitor()  # a mail server looks at what is in mails, and follows it
    for path in (link, f"{link}/provider"):
        scanner.get(path)
    assert "Choose a password instead" in traveller.visitor.read(link).text
    assert traveller.come("tam", f"{link}/provider").location == "/tutor"
    assert rows(app, "SELECT how FROM identity") == [("link",)]
    assert traveller.visitor.get(link).status_code == 404
    assert cast.visitor().get(f"{link}/provider").location == link
    again = Traveller(cast.visitor())
    assert again.come("tam").location == "/tutor"


def test_a_link_that_was_used_meanwhile_connects_nobody(
    app: Flask, traveller: Traveller, openid: OpenIdProvider
) -> None:
    link = invited(app)
    openid.tell(tam={"email": TAM})
    there = traveller.visitor.get(f"{link}/provider").location
    answer = traveller.go(there, "tam")
    page = traveller.visitor.read(f"{link}/password")
    words = {"password": PASSWORD}
    traveller.visitor.send(page.form("password"), words, at=f"{link}/password")
    assert traveller.visitor.get(answer, follow_redirects=False).location in (link, "/tutor")
    assert count(app, "identity") == 0


def test_staff_connect_themselves_and_are_told(
    app: Flask, cast: Cast, openid: OpenIdProvider
) -> None:
    tutor = cast.account(Role.TUTOR, email=TAM)
    openid.tell(tam={"email": TAM})
    traveller = Traveller(cast.signed_in(tutor))
    assert connect(traveller, "tam") == "/account"
    assert any("can be opened with Microsoft" in mail["Subject"] for mail in outbox(app))
    openid.tell(tam={"email": TAM}, other={"email": "other@college.example"})
    assert Traveller(cast.visitor()).come("tam").location == "/tutor"


def test_connecting_asks_once_more_who_it_is(
    app: Flask, cast: Cast, openid: OpenIdProvider
) -> None:
    visitor = cast.signed_in(cast.account(Role.TUTOR))
    with app.app_context(), writing() as session:
        session.execute(update(SignIn).values(proved_at=utc_now() - timedelta(hours=1)))
    assert visitor.get("/account/provider").location == "/account/prove?next=/account/provider"


# ---- staff sign in only so -----------------------------------------------------------------------


@pytest.fixture
def only_so(app: Flask, cast: Cast, openid: OpenIdProvider) -> Account:
    """A connected administrator, in an institute whose staff come by the provider alone."""
    admin = cast.account(Role.ADMIN, email="admin@college.example")
    openid.tell(admin={"email": "admin@college.example"})
    assert connect(Traveller(cast.signed_in(admin)), "admin") == "/account"
    change(app, staff_by_provider=True)
    return admin


def test_then_no_password_lets_staff_in_and_learners_as_before(
    app: Flask, cast: Cast, only_so: Account
) -> None:
    visitor = cast.visitor()
    form = visitor.read("/sign-in").form("password")
    sent = {"email": only_so.email, "password": PASSWORD}
    answer = visitor.send(form, sent, at="/sign-in")
    assert answer.status_code == 422
    assert "Staff sign in with Microsoft here" in answer.get_data(as_text=True)
    assert visitor.get("/account").status_code == 303
    assert rows(app, "SELECT kind, account, wrong FROM refused_tally") == [
        ("only-by-provider", only_so.public_id, 1)
    ]
    assert Traveller(cast.visitor()).come("admin").location == "/admin/people"
    cast.visitor().sign_in(cast.learner().email, PASSWORD)


def test_then_a_mailed_link_lets_no_staff_in_without_the_provider(
    app: Flask, cast: Cast, only_so: Account, openid: OpenIdProvider
) -> None:
    link = invited(app)
    visitor = cast.visitor()
    page = visitor.read(link)
    assert "Choose a password" not in page.text
    assert visitor.get(f"{link}/password").location == link
    sent = {"csrf_token": "", "password": PASSWORD}
    assert visitor.post(f"{link}/password", data=sent).status_code in (303, 400)
    assert visitor.get("/account").status_code == 303
    visitor.post("/forgotten-password", data={"email": only_so.email})
    openid.tell(tam={"email": TAM})
    assert Traveller(visitor).come("tam", f"{link}/provider").location == "/tutor"


def test_nobody_switches_it_on_who_would_lock_themselves_out(
    app: Flask, cast: Cast, openid: OpenIdProvider
) -> None:
    admin = cast.account(Role.ADMIN)
    traveller = Traveller(cast.signed_in(admin))
    form = traveller.visitor.read("/admin/settings").form("staff_by_provider")
    answer = traveller.visitor.send(form, {"staff_by_provider": "y"}, at="/admin/settings")
    assert answer.status_code == 422
    assert "Connect your own account first" in answer.get_data(as_text=True)
    openid.tell(admin={"email": admin.email})
    connect(traveller, "admin")
    assert (
        traveller.visitor.send(form, {"staff_by_provider": "y"}, at="/admin/settings").status_code
        == 303
    )
    assert rows(app, "SELECT staff_by_provider FROM institute") == [(1,)]


def test_a_command_lets_staff_use_passwords_again(app: Flask, cast: Cast, only_so: Account) -> None:
    told = app.test_cli_runner().invoke(args=["settings", "let-staff-use-passwords"])
    assert told.output == "Staff can sign in with passwords.\n"
    assert actions(app)[-1] == "institute:settings-changed"
    cast.visitor().sign_in(only_so.email, PASSWORD)


def test_the_doctor_says_how_people_sign_in(
    app: Flask, cast: Cast, only_so: Account, openid: OpenIdProvider
) -> None:
    told = app.test_cli_runner().invoke(args=["doctor"]).output
    assert (
        "ok    Signing in: Microsoft answers, and sends people back to http://127.0.0.1:8000"
        in told
    )
    assert "ok    Second step: Staff sign in with Microsoft alone" in told
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, sign_on=None)
    told = app.test_cli_runner().invoke(args=["doctor"]).output
    assert "fail  Second step: Staff are to sign in with the institute’s own accounts" in told
    cast.visitor().sign_in(only_so.email, PASSWORD)  # nobody is locked out by a lost setting


# ---- proving it once more ------------------------------------------------------------------------


def test_who_came_so_proves_it_there_and_the_form_goes_on(
    app: Flask, cast: Cast, only_so: Account
) -> None:
    traveller = Traveller(cast.visitor())
    traveller.come("admin")
    visitor = traveller.visitor
    form = visitor.read("/admin/settings").form("name")
    with app.app_context(), writing() as session:
        session.execute(update(SignIn).values(proved_at=utc_now() - timedelta(hours=1)))
    asked = visitor.send(form, {"name": "Bruford College"}, at="/admin/settings")
    page = Page(asked.get_data(as_text=True))
    assert "Is it you?" in page.text
    there = next(a for a in page.all("a") if "Prove it with Microsoft" in a.text)
    assert there["target"] == "_blank"
    assert "Go back to the window" in traveller.come("admin", there["href"]).get_data(as_text=True)
    assert actions(app)[-1] == "people:proved-again"
    held = page.form("proof")
    assert visitor.send(held, at="/admin/settings").status_code == 303
    assert rows(app, "SELECT name FROM institute") == [("Bruford College",)]


def test_another_person_over_there_proves_nothing(
    app: Flask, cast: Cast, only_so: Account, openid: OpenIdProvider
) -> None:
    traveller = Traveller(cast.visitor())
    traveller.come("admin")
    openid.tell(admin={}, other={"email": "other@college.example"})
    stranger = Traveller(traveller.visitor)  # another browser profile over there
    answer = stranger.come("other", "/account/prove/provider")
    assert answer.status_code == 403
    assert "That was somebody else" in answer.get_data(as_text=True)
    openid.lie(claims={"auth_time": 1_600_000_000})
    answer = traveller.come("admin", "/account/prove/provider")
    assert "without asking who you are" in answer.get_data(as_text=True)
    assert "people:proved-again" not in actions(app)


# ---- roles ---------------------------------------------------------------------------------------


@pytest.fixture
def with_roles(make_app: AppMaker, instance: Path, openid: OpenIdProvider) -> Cast:
    """An institute where the provider names roles too."""
    environ = openid.environ(INDUCTION_OIDC_ROLES="yes")
    return Cast(
        make_app(Settings.from_environment({"INDUCTION_INSTANCE": str(instance), **environ}))
    )


def officer(cast: Cast) -> Account:
    """A compliance officer who is an administrator too."""
    account = cast.account(Role.COMPLIANCE, email="office@college.example")
    with cast.app.app_context(), writing() as session:
        session.execute(
            Account.given.property.mapper.local_table.insert(),
            {"account_id": account.id, "role": "admin"},
        )
    return account


def statuses(visitor: Visitor) -> list[int]:
    return [visitor.get(path).status_code for path in ("/compliance", "/admin/people", "/tutor")]


def test_only_roles_count_that_both_sides_name(with_roles: Cast, openid: OpenIdProvider) -> None:
    cast = with_roles
    account = officer(cast)
    openid.tell(office={"email": account.email, "roles": ["admin", "tutor", "head", 7]})
    assert connect(Traveller(cast.signed_in(account)), "office") == "/account"
    traveller = Traveller(cast.visitor())
    assert traveller.come("office").location == "/admin/people"
    assert statuses(traveller.visitor) == [403, 200, 200]  # an administrator sees cohorts
    # A new password, which ends the session and begins another, gives nothing back.
    form = traveller.visitor.read("/account").form("current")
    words = {
        "current": PASSWORD,
        "password": "velvet-harbour-engine-47",
    }
    assert traveller.visitor.send(form, words).status_code == 303
    assert statuses(traveller.visitor) == [403, 200, 200]


@pytest.mark.parametrize("named", [{}, {"roles": []}, {"roles": ["tutor"]}, {"roles": "admin"}])
def test_staff_of_whom_the_provider_names_no_role_are_not_let_in(
    with_roles: Cast, openid: OpenIdProvider, named: dict[str, object]
) -> None:
    account = officer(with_roles)
    openid.tell(office={"email": account.email, **named})
    connect(Traveller(with_roles.signed_in(account)), "office")
    traveller = Traveller(with_roles.visitor())
    answer = traveller.come("office")
    assert answer.status_code == 403
    assert "names no role of yours" in answer.get_data(as_text=True)
    assert traveller.visitor.get("/account").status_code == 303


def test_a_role_over_there_makes_no_staff_of_a_learner(
    with_roles: Cast, openid: OpenIdProvider
) -> None:
    learner = with_roles.learner(newcomer=True)
    with with_roles.app.app_context(), writing() as session:
        session.execute(update(Account).values(password_hash=None))
    openid.tell(learner={"email": learner.email, "roles": ["admin", "compliance"]})
    traveller = Traveller(with_roles.visitor())
    assert traveller.come("learner").location == "/induction"
    assert statuses(traveller.visitor) == [403, 403, 403]


def test_a_session_of_staff_ends_after_twelve_hours(
    app: Flask, cast: Cast, only_so: Account
) -> None:
    Traveller(cast.visitor()).come("admin")
    with app.app_context():
        found = cast_sessions(app)
    assert all(hours == 12 for hours in found)


def cast_sessions(app: Flask) -> list[float]:
    """How many hours each session lasts at most."""
    with writing() as session:
        return [
            (one.expires_at - one.created_at).total_seconds() / 3600
            for one in session.query(SignIn).all()
        ]
