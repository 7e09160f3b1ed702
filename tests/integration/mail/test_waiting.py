"""F4: a letter that has waited is looked at again when it is sent."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from induction.database import utc_now, writing
from induction.mail.models import OutboxMail
from induction.people.models import Account, OneTimeLink, Role
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.post import outbox
from tests.support.record import rows


@pytest.fixture
def admin(tiny: Cast) -> Visitor:
    return tiny.signed_in(tiny.account(Role.ADMIN))


def invite(admin: Visitor, one: Account) -> None:
    here = f"/tutor/learners/{one.public_id}/invite"
    assert admin.post(here, data={"csrf_token": admin.token()}).status_code == 303


def act(admin: Visitor, one: Account, name: str, **values: str) -> None:
    here = f"/tutor/learners/{one.public_id}/{name}"
    form = admin.read(here).form("reason")
    assert admin.send(form, {"reason": "Said so", **values}, at=here).status_code == 303


def days_pass(tiny: Cast, days: int) -> None:
    """The mail server has been away for so long."""
    back = timedelta(days=days)
    with tiny.app.app_context(), writing() as session:
        for model, names in (
            (OutboxMail, ("created_at", "not_before")), (OneTimeLink, ("created_at", "expires_at")),
        ):  # fmt: skip
            for one in session.query(model):
                for name in names:
                    setattr(one, name, getattr(one, name) - back)


def test_f4_an_invitation_that_waited_has_a_link_that_works_and_none_goes_to_who_has_left(
    tiny: Cast, admin: Visitor
) -> None:
    stays, left, ended, signed_in, twice = (
        tiny.learner(f"Learner {n}", newcomer=True) for n in range(5)
    )
    for one in (stays, left, ended, signed_in, twice, twice):
        invite(admin, one)
        days_pass(tiny, 1)
    act(admin, left, "leave")
    tiny.deactivate(ended)
    with tiny.app.app_context(), writing() as session:
        first = update(Account).where(Account.id == signed_in.id)
        session.execute(first.values(first_signed_in_at=utc_now()))
    days_pass(tiny, 5)
    mails = outbox(tiny.app)
    assert sorted(str(mail["To"]) for mail in mails) == [stays.email, twice.email]
    for mail in mails:
        (path,) = re.findall(r"https?://[^/]+(/link/\S+)", mail.get_content())
        assert "Set your password" in tiny.visitor().read(path).text
    assert rows(tiny.app, "SELECT count(*) FROM outbox_mail WHERE sent_at IS NULL") == [(0,)]


def test_f4_a_fresh_letter_goes_as_it_was_written(tiny: Cast, admin: Visitor) -> None:
    one = tiny.learner(newcomer=True)
    invite(admin, one)
    ((body,),) = rows(tiny.app, "SELECT body FROM outbox_mail")
    (mail,) = outbox(tiny.app)
    assert mail.get_content().split() == body.split()


def test_f4_a_reminder_goes_to_nobody_who_has_finished_or_left_and_to_the_address_of_today(
    tiny: Cast, admin: Visitor
) -> None:
    done, left, moved = (tiny.learner(name) for name in ("Ann Lee", "Bo Li", "Cy Fox"))
    data = {**admin.read("/tutor/remind").form("who").fields, "send": "1"}
    assert admin.post("/tutor/remind", data=data).status_code == 303
    days_pass(tiny, 1)
    tiny.graduate(done)
    act(admin, left, "leave")
    at = f"/tutor/people/{moved.public_id}/details"
    values = {"email": "cy.fox@x.example", "reason": "Typing error"}
    assert admin.send(admin.read(at).form("reason"), values, at=at).status_code == 303
    reminded = [m for m in outbox(tiny.app) if "carry on with your induction" in m.get_content()]
    assert [str(mail["To"]) for mail in reminded] == ["cy.fox@x.example"]
