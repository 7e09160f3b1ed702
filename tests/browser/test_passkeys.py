"""A passkey in a real browser: made after the password, it then signs in and proves who it is."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from induction.audit.act import SYSTEM, acting
from induction.database import utc_now, writing
from induction.people import links
from induction.people.models import Account, Role, SignIn
from tests.browser.conftest import served
from tests.support.authenticator import set_up
from tests.support.browser import Visits, follow
from tests.support.cast import PASSWORD, Cast
from tests.support.record import actions, rows
from tests.support.server import Server
from tests.support.sockets import free_port

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def _by_name(
    _tiny_app: Flask, migrated_instance: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, str]]:
    """A server for all of these tests and its address, by name: one of numbers has no passkeys."""
    port = free_port()
    url, bind = f"http://localhost:{port}", f"--bind=127.0.0.1:{port}"
    folder = tmp_path_factory.mktemp("server")
    with served(_tiny_app, migrated_instance, folder, bind, INDUCTION_BASE_URL=url) as server:
        yield server, url


@pytest.fixture
def laptop(instance: Path, _by_name: tuple[Server, str], chromium: Browser) -> Iterator[Page]:
    """A window on our address by its name, on a machine that keeps passkeys."""
    del instance  # was made anew before the server looks at it
    server, url = _by_name
    server.begin_anew()
    visits = Visits(chromium, url)
    page = visits.desktop()
    browser = page.context.new_cdp_session(page)
    browser.send("WebAuthn.enable")
    browser.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    yield page
    visits.close()
    asked_again = "status of 422"  # of the page that keeps a form meanwhile
    assert not [said for said in visits.complaints if asked_again not in said]


@pytest.fixture
def admin(cast: Cast) -> Account:
    return cast.account(Role.ADMIN, email="admin@college.example")


def type_password(page: Page, account: Account) -> None:
    page.goto("/sign-in")
    page.fill("[name=email]", account.email)
    page.fill("[name=password]", PASSWORD)
    follow(page.get_by_role("button", name="Sign in", exact=True))


def add_passkey(page: Page) -> None:
    page.goto("/account/second-step")
    follow(page.get_by_role("button", name="Add a passkey of this device"))
    expect(page.get_by_role("heading", name="Keep these codes")).to_be_visible()
    assert page.locator(".codes li").count() == 10


def test_a_passkey_signs_in_without_a_password(laptop: Page, app: Flask, admin: Account) -> None:
    type_password(laptop, admin)
    add_passkey(laptop)
    follow(laptop.get_by_role("button", name="Sign out"))
    laptop.goto("/sign-in?next=/admin/settings")
    follow(laptop.get_by_role("button", name="Sign in with a passkey"))
    expect(laptop.get_by_role("heading", name="Settings")).to_be_visible()
    assert actions(app)[-1] == "people:signed-in"


def test_a_passkey_is_the_second_step_and_proves_it_once_more(
    laptop: Page, app: Flask, admin: Account
) -> None:
    type_password(laptop, admin)
    add_passkey(laptop)
    laptop.context.clear_cookies()
    type_password(laptop, admin)
    expect(laptop.get_by_role("heading", name="One more step")).to_be_visible()
    follow(laptop.get_by_role("button", name="Use a passkey"))
    laptop.wait_for_url("**/admin/people")
    with app.app_context(), writing() as session:
        session.execute(update(SignIn).values(proved_at=utc_now() - timedelta(hours=1)))
    laptop.goto("/admin/settings")
    laptop.fill("[name=name]", "Bruford College")
    follow(laptop.get_by_role("button", name="Save the settings"))
    expect(laptop.get_by_role("heading", name="Is it you?")).to_be_visible()
    follow(laptop.get_by_role("button", name="Use a passkey"))
    expect(laptop.get_by_text("Saved.")).to_be_visible()
    assert rows(app, "SELECT name FROM institute") == [("Bruford College",)]


def test_a_passkey_that_was_removed_opens_nothing(laptop: Page, cast: Cast, admin: Account) -> None:
    type_password(laptop, admin)
    add_passkey(laptop)
    set_up(cast.signed_in(admin))
    laptop.goto("/account/second-step")
    follow(laptop.get_by_role("button", name="Remove it"))
    expect(laptop.get_by_text("does not count any more")).to_be_visible()
    laptop.context.clear_cookies()
    laptop.goto("/sign-in")
    follow(laptop.get_by_role("button", name="Sign in with a passkey"))
    expect(laptop.get_by_text("That passkey does not fit")).to_be_visible()


def test_a_passkey_does_in_place_of_a_first_password(laptop: Page, app: Flask, cast: Cast) -> None:
    learner = cast.learner("Ann Lee", address=False, newcomer=True)
    with app.app_context(), acting(SYSTEM, utc_now()) as act:
        token = links.make(act, learner, links.INVITATION)
    laptop.goto(f"/link/{token}")
    follow(laptop.get_by_role("button", name="Begin"))
    laptop.goto("/account/first-password")
    follow(laptop.get_by_role("button", name="Use a passkey instead"))
    expect(laptop.get_by_role("heading", name="Keep these codes")).to_be_visible()
    laptop.goto("/account/first-password")
    laptop.wait_for_url("**/account")  # nothing is left to choose
    follow(laptop.get_by_role("button", name="Sign out"))
    laptop.goto("/sign-in")
    follow(laptop.get_by_role("button", name="Sign in with a passkey"))
    laptop.wait_for_url("**/induction")
