"""From the sign-in page to a real provider and back, in a browser that complains of nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from induction.database import writing
from induction.people.models import Account, Role, SignIn
from tests.browser.conftest import sign_in
from tests.browser.test_accessible import SCRIPT, WIDTHS
from tests.conftest import ServerMaker
from tests.support.browser import Visits, follow
from tests.support.cast import Cast
from tests.support.openid import OpenIdProvider, provider_for
from tests.support.places import TINY
from tests.support.record import rows
from tests.support.sockets import free_port

pytestmark = pytest.mark.browser


@dataclass
class Door:
    """An installation with a provider, and windows on it."""

    visits: Visits
    provider: OpenIdProvider

    def there(self, page: Page, login: str) -> None:
        """At the provider: sign in as this person."""
        expect(page.get_by_role("heading", name="The provider")).to_be_visible()
        page.get_by_label("Name").fill(login)
        follow(page.get_by_role("button", name="Let me in"))


@pytest.fixture
def door(serve: ServerMaker, chromium: Browser, tmp_path: Path) -> Iterator[Door]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with provider_for(url, tmp_path / "provider.log") as provider:
        serve(
            f"--bind=127.0.0.1:{port}",
            INDUCTION_BASE_URL=url,
            INDUCTION_CONTENT=str(TINY),
            INDUCTION_POLICY="visitor-safety",
            WEB_CONCURRENCY="1",
            **provider.environ(),
        )
        visits = Visits(chromium, url)
        yield Door(visits, provider)
        visits.close()
        assert not visits.complaints


def no_faults(page: Page) -> None:
    """What axe and our own look find at every width, in every set of colours."""
    page.evaluate(SCRIPT)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("(width) => look(width)", width) == [], page.url


@pytest.fixture
def amina(cast: Cast, door: Door) -> Account:
    """An imported learner who has never been here."""
    learner = cast.learner(newcomer=True)
    with cast.app.app_context(), writing() as session:
        session.execute(update(Account).values(password_hash=None))
    door.provider.tell(amina={"email": learner.email})
    return learner


def test_from_the_sign_in_page_to_the_hub_and_out_again(door: Door, amina: Account) -> None:
    page = door.visits.phone(reduced_motion="reduce")
    page.goto("/certificates")  # leads to the sign-in page, and on to itself
    follow(page.get_by_role("link", name="Sign in with Microsoft"))
    door.there(page, "amina")
    page.wait_for_url("**/certificates")
    page.goto("/induction")
    expect(page.locator("main [data-next]")).to_be_visible()
    follow(page.get_by_role("button", name="Sign out"))
    expect(page.get_by_role("heading", name="You are signed out here")).to_be_visible()
    no_faults(page)
    follow(page.get_by_role("link", name="Sign out of Microsoft"))
    page.get_by_role("button", name="Out").click()
    page.wait_for_url(f"{door.visits.url}/")
    page.goto("/sign-in")
    follow(page.get_by_role("link", name="Sign in with Microsoft"))
    expect(page.get_by_role("heading", name="The provider")).to_be_visible()  # asks anew


def test_staff_follow_their_invitation_and_prove_themselves_with_a_form_open(
    door: Door, cast: Cast, app: Flask
) -> None:
    admin = cast.account(Role.ADMIN, email="admin@college.example")
    door.provider.tell(admin={"email": "admin@college.example"})
    page = door.visits.desktop(reduced_motion="reduce")
    sign_in(page, admin.email)
    page.goto("/account")
    follow(page.get_by_role("link", name="Connect"))
    no_faults(page)
    follow(page.get_by_role("link", name="Connect with Microsoft"))
    door.there(page, "admin")
    expect(page.get_by_text("Your account is connected")).to_be_visible()
    page.goto("/admin/settings")
    page.fill("[name=name]", "Bruford College")
    with app.app_context(), writing() as session:
        session.execute(update(SignIn).values(proved_at=admin.created_at.replace(year=2020)))
    follow(page.get_by_role("button", name="Save the settings"))
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Prove it with Microsoft").click()
    door.there(opened.value, "admin")
    expect(opened.value.get_by_role("heading", name="It is you")).to_be_visible()
    door.visits.complaints = [c for c in door.visits.complaints if "status of 422" not in c]
    follow(page.get_by_role("button", name="Go on"))
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert rows(app, "SELECT name FROM institute") == [("Bruford College",)]


def test_who_matches_nobody_waits_until_a_tutor_presses_once(
    door: Door, cast: Cast, amina: Account
) -> None:
    door.provider.tell(jo={"email": "jo@elsewhere.example", "name": amina.full_name})
    page = door.visits.phone(reduced_motion="reduce")
    page.goto("/sign-in")
    no_faults(page)
    follow(page.get_by_role("link", name="Sign in with Microsoft"))
    door.there(page, "jo")
    expect(page.get_by_role("heading", name="We do not know you yet")).to_be_visible()
    no_faults(page)
    tutor = door.visits.desktop(reduced_motion="reduce")
    sign_in(tutor, cast.account(Role.HEAD).email)
    follow(tutor.get_by_role("link", name="Say who they are"))
    no_faults(tutor)
    follow(tutor.get_by_role("button", name=f"Yes, it is {amina.learner_ref}"))
    expect(tutor.get_by_text("can sign in now")).to_be_visible()
    follow(page.get_by_role("link", name="Sign in", exact=True).last)
    follow(page.get_by_role("link", name="Sign in with Microsoft"))
    page.wait_for_url("**/induction")
    door.visits.complaints = [c for c in door.visits.complaints if "status of 403" not in c]
