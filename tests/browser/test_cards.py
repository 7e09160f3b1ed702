"""Cards and a short first contact, as a learner meets them on a phone."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from induction.audit.act import SYSTEM, acting
from induction.cards import making
from induction.database import utc_now
from induction.people import links
from induction.people.models import Account, Cohort, Role
from tests.browser.conftest import sign_in
from tests.browser.test_accessible import SCRIPT, WIDTHS
from tests.support.browser import Visits, follow
from tests.support.cast import Cast

pytestmark = pytest.mark.browser


@pytest.fixture
def phone(visits: Visits) -> Iterator[Page]:
    yield visits.phone(reduced_motion="reduce")
    refused = "the server responded with a status of 422"
    assert not [said for said in visits.complaints if refused not in said]
    visits.complaints.clear()


@pytest.fixture
def tutor(cast: Cast) -> Account:
    return cast.account(Role.TUTOR)


@pytest.fixture
def cohort(cast: Cast, tutor: Account) -> Cohort:
    return cast.cohort("ESOL Entry 1", tutor)


@pytest.fixture
def kasia(cast: Cast, cohort: Cohort) -> Account:
    """A learner who has no address."""
    return cast.learner("Kasia Nowak", cohort=cohort, address=False, newcomer=True)


@pytest.fixture
def pin(app: Flask, kasia: Account) -> str:
    """Of Kasia's card."""
    with app.app_context(), acting(SYSTEM, utc_now()) as act:
        (card,) = made = making.with_pins([kasia])
        making.make(act, made)
    return card.pin


def no_faults(page: Page) -> None:
    """What axe and our own look find at every width, in every set of colours."""
    page.evaluate(SCRIPT)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("(width) => look(width)", width) == [], page.url


def test_a_card_s_code_opens_the_page_and_the_pin_is_typed(
    phone: Page, kasia: Account, pin: str
) -> None:
    phone.goto(f"/sign-in/card?reference={kasia.learner_ref}")
    phone.get_by_label("PIN", exact=True).fill("12 34")
    follow(phone.get_by_role("button", name="Sign in"))
    expect(phone.get_by_text("That PIN does not fit").first).to_be_visible()
    expect(phone.get_by_label("Reference on your card")).to_have_value(str(kasia.learner_ref))
    no_faults(phone)
    phone.get_by_label("PIN", exact=True).fill(f"{pin[:3]} {pin[3:]}")
    follow(phone.get_by_role("button", name="Sign in"))
    assert phone.url.endswith("/induction")
    assert all(cookie["expires"] == -1 for cookie in phone.context.cookies())


def test_a_tutor_opens_the_class_and_a_learner_picks_their_name(
    phone: Page, visits: Visits, tutor: Account, cohort: Cohort, kasia: Account, pin: str
) -> None:
    desk = visits.desktop(reduced_motion="reduce")
    sign_in(desk, str(tutor.email))
    desk.goto(f"/tutor/cohorts/{cohort.public_id}/cards")
    follow(desk.get_by_role("button", name="Open the class for an hour"))
    code = desk.locator(".class-code").inner_text()
    assert re.fullmatch(r"\w{3} \w{3}", code)
    with desk.expect_download() as printed:
        desk.get_by_label("Everyone").check()
        desk.get_by_role("button", name="Print cards").click()
    assert printed.value.suggested_filename.startswith("cards-")
    phone.goto("/sign-in/class")
    phone.get_by_label("Class code").fill(code.lower())
    follow(phone.get_by_role("button", name="Go on"))
    phone.get_by_label("Your name").select_option("Kasia Nowak")
    phone.get_by_label("PIN on your card", exact=True).fill(pin)
    follow(phone.get_by_role("button", name="Sign in"))
    expect(
        phone.get_by_text("That PIN does not fit").first
    ).to_be_visible()  # a new card is printed


def test_three_taps_from_the_invitation_and_a_password_before_signing(
    phone: Page, app: Flask, cast: Cast
) -> None:
    learner = cast.learner("Ann Lee", address=False, newcomer=True)
    with app.app_context(), acting(SYSTEM, utc_now()) as act:
        token = links.make(act, learner, links.INVITATION)
    phone.goto(f"/link/{token}")
    follow(phone.get_by_role("button", name="Begin"))
    assert phone.url.endswith("/induction")
    follow(phone.locator("main [data-next]"))
    expect(phone.locator("h1")).to_have_text(cast.policy.sections[0].title)
    cast.advance(learner)
    phone.goto("/induction/declaration")
    expect(phone.locator("h1")).to_have_text("Choose your password")
    no_faults(phone)
    phone.get_by_label("New password", exact=True).fill("harbour timber violin")
    follow(phone.get_by_role("button", name="Save my password"))
    expect(phone.locator("h1")).to_have_text("Your declaration")
