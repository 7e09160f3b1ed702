"""People are told by mail what was done to their account."""

from email.message import EmailMessage

import pytest

from induction.administration import settings_changes
from induction.audit.act import SYSTEM, acting
from induction.database import utc_now
from induction.people.models import Account, Role
from tests.support.authenticator import set_up
from tests.support.cast import PASSWORD, Cast
from tests.support.client import Visitor
from tests.support.post import outbox
from tests.support.record import count

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"


@pytest.fixture
def tutor(cast: Cast) -> Account:
    return cast.account(Role.TUTOR, "Bronwen Price", "bronwen@college.example")


def letters(cast: Cast, about: str) -> list[EmailMessage]:
    return [letter for letter in outbox(cast.app) if about in str(letter["Subject"])]


def test_staff_are_told_of_a_device_that_is_new_and_of_none_twice(
    cast: Cast, tutor: Account
) -> None:
    visitor = cast.visitor()
    visitor.environ_base["HTTP_USER_AGENT"] = WINDOWS
    for _ in range(2):
        visitor.sign_in(tutor.email, PASSWORD)
        visitor.post("/sign-out", data={"csrf_token": visitor.token()})
    (letter,) = letters(cast, "a device that we do not know")
    assert letter["To"] == tutor.email
    assert "Chrome on Windows" in letter.get_content()
    cast.visitor().sign_in(tutor.email, PASSWORD)
    assert len(letters(cast, "a device that we do not know")) == 2


def test_one_persons_device_is_not_anothers(cast: Cast, tutor: Account) -> None:
    shared, colleague = cast.visitor(), cast.account(Role.TUTOR)
    for one in (tutor, colleague):
        shared.sign_in(one.email, PASSWORD)
        shared.post("/sign-out", data={"csrf_token": shared.token()})
    told = {letter["To"] for letter in letters(cast, "a device that we do not know")}
    assert told == {tutor.email, colleague.email}


def test_learners_leave_no_trace_on_a_shared_computer(cast: Cast) -> None:
    visitor = cast.visitor()
    visitor.sign_in(cast.account().email, PASSWORD)
    assert visitor.get_cookie("induction-device") is None
    assert count(cast.app, "known_device") == 0
    assert letters(cast, "a device") == []


def change_password(visitor: Visitor) -> None:
    form, new = visitor.read("/account").form("current"), "seven purple otters dance"
    visitor.send(form, {"current": PASSWORD, "password": new})


def test_a_new_password_and_a_new_factor_are_told(cast: Cast, tutor: Account) -> None:
    visitor = cast.signed_in(tutor)
    change_password(visitor)
    set_up(visitor)
    (password,) = letters(cast, "Your password was changed")
    (factor,) = letters(cast, "Your second step was changed")
    assert password["To"] == factor["To"] == tutor.email
    assert "an app with codes was added" in factor.get_content()
    assert "/forgotten-password" in password.get_content()


def test_the_owner_learns_that_somebody_has_the_password(cast: Cast, tutor: Account) -> None:
    phone, _ = set_up(cast.signed_in(tutor))
    with cast.app.app_context(), acting(SYSTEM, utc_now()) as act:
        settings_changes.change(act, {"staff_second_step": True})
    thief = cast.visitor()
    thief.sign_in(tutor.email, PASSWORD)
    for _ in range(7):
        form = thief.read("/sign-in/second-step").form("code")
        thief.send(form, {"code": phone.guess()}, at="/sign-in/second-step")
    assert len(letters(cast, "Somebody has your password")) == 1
