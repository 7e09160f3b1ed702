"""A first contact that is short: from the invitation to the first section in three taps."""

import re
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select, update

from induction.audit.act import SYSTEM, acting
from induction.database import utc_now, writing
from induction.extensions import db
from induction.people.invitations import invite
from induction.people.models import Account, OneTimeLink, Role, SignIn
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.page import Page
from tests.support.post import link_in, outbox
from tests.support.record import count, rows

NEW = "harbour timber violin"


@pytest.fixture
def invited(tiny: Cast) -> Account:
    """Somebody who has only their invitation."""
    account = tiny.learner("Ann Lee", email="ann@college.example", newcomer=True)
    with tiny.app.app_context(), writing() as session:
        session.execute(update(Account).where(Account.id == account.id).values(password_hash=None))
        session.expire_all()
    with tiny.app.app_context(), acting(SYSTEM, utc_now()) as act:
        invite(act, [act.session.get(Account, account.id)])
    return account


def path_of(cast: Cast, which: int = -1) -> str:
    """The path of the link in a letter."""
    return "/" + link_in(outbox(cast.app)[which]).split("/", 3)[3]


def pressed(visitor: Visitor, path: str, **values: str) -> str:
    """Press the button of a link's page; where that leads."""
    answer = visitor.send(visitor.read(path).forms[0], values, at=path)
    assert answer.status_code == 303
    return answer.location


def test_from_the_invitation_to_the_first_section_in_three_taps(
    tiny: Cast, invited: Account
) -> None:
    assert "You need no password yet" in outbox(tiny.app)[-1].get_content()
    visitor = tiny.visitor()
    hub = pressed(visitor, path_of(tiny))  # the link was the first tap, the button the second
    assert hub == "/induction"
    section = visitor.read(hub).next_step["href"]
    first = tiny.policy.sections[0]
    assert section == f"/induction/{first.slug}"
    assert first.title in visitor.read(section).text


def test_a_link_says_whose_account_it_opens_and_who_is_signed_out_by_it(
    tiny: Cast, invited: Account
) -> None:
    friend = tiny.signed_in(tiny.learner("Bo Hart"))
    path = path_of(tiny)
    assert "This is the account of Ann Lee." in friend.read(path).text
    assert "You are signed in as Bo Hart, and will be signed out" in friend.read(path).text
    assert "For the account of Ann Lee." in friend.read(f"{path}/password").text
    pressed(friend, path)
    assert "signed in as" not in tiny.visitor().read(path, 404).text
    assert friend.read("/induction").heading == "Welcome, Ann Lee"


def test_a_password_is_asked_for_before_signing_with_a_word_why(
    tiny: Cast, invited: Account
) -> None:
    visitor = tiny.visitor()
    pressed(visitor, path_of(tiny))
    tiny.advance(invited)
    page = visitor.read("/induction/declaration")
    assert page.heading == "Choose your password"
    assert "nobody else can sign for you" in page.text
    at = visitor.get("/induction/declaration").location
    form = page.form("password")
    weak = visitor.send(form, {"password": "password1234"}, at=at)
    assert weak.status_code == 422
    sent = visitor.send(form, {"password": NEW}, at=at)
    assert sent.location == "/induction/declaration"
    assert visitor.read(sent.location).heading == "Your declaration"
    assert tiny.visitor().sign_in(invited.email, NEW).status_code == 303
    assert visitor.get("/account/first-password").location == "/account"


def test_t08_nobody_signs_by_a_link_alone(tiny: Cast, invited: Account) -> None:
    visitor = tiny.visitor()
    pressed(visitor, path_of(tiny))
    tiny.advance(invited)
    data = {"csrf_token": visitor.token(), "accept": "y", "full_name": "Ann Lee"}
    sent = visitor.post("/induction/declaration", data=data)
    assert sent.location.startswith("/account/first-password")
    assert count(tiny.app, "certificate") == 0


def test_an_app_with_codes_is_no_way_in_of_its_own_and_does_not_stand_for_a_password(
    tiny: Cast, invited: Account
) -> None:
    visitor = tiny.visitor()
    pressed(visitor, path_of(tiny))
    here = "/account/second-step/app"
    assert visitor.get(here).location == "/account/first-password"
    data = {"csrf_token": visitor.token(), "code": "123456", "secret": ""}
    assert visitor.post(here, data=data).location == "/account/first-password"
    form = visitor.read("/account/first-password").form("password")
    visitor.send(form, {"password": NEW}, at="/account/first-password")
    assert visitor.get(here).status_code == 200


def test_t08_the_link_is_used_up_by_the_button_and_by_nothing_else(
    tiny: Cast, invited: Account
) -> None:
    path = path_of(tiny)
    for _ in range(3):
        tiny.visitor().read(path)
    early = tiny.visitor()
    form = early.read(path).forms[0]
    pressed(tiny.visitor(), path)
    late = early.send(form, at=path)
    assert late.status_code == 404
    assert early.get("/account").status_code == 303, "nobody is signed in by it"
    assert tiny.visitor().get(path).status_code == 404


@pytest.mark.parametrize(
    ("own", "lasts"), [(False, timedelta(hours=12)), (True, timedelta(days=4))]
)
def test_t08_a_session_by_a_link_ends_no_later_than_the_link_would_have(
    tiny: Cast, invited: Account, own: bool, lasts: timedelta
) -> None:
    visitor = tiny.visitor()
    pressed(visitor, path_of(tiny), **({"own_device": "y"} if own else {}))
    with tiny.app.app_context():
        (session,) = db.session.scalars(select(SignIn))
        (link,) = db.session.scalars(select(OneTimeLink))
        assert session.came_by == "link"
        assert abs(session.expires_at - session.created_at - lasts) < timedelta(minutes=1)
        assert session.expires_at <= max(link.expires_at, session.created_at + lasts)


def test_whoever_chooses_a_password_ends_every_session_that_began_with_the_link(
    tiny: Cast, invited: Account
) -> None:
    visitor, other = tiny.visitor(), tiny.visitor()
    pressed(visitor, path_of(tiny))
    with tiny.app.app_context():
        query = select(Account).where(Account.id == invited.id)
        account = db.session.scalars(query).one()
    other.let_in(account)
    form = visitor.read("/account/first-password").form("password")
    visitor.send(form, {"password": NEW}, at="/account/first-password")
    assert visitor.get("/account").status_code == 200
    assert other.get("/account").status_code == 303


def test_a_session_with_a_password_is_not_asked_to_choose_one(tiny: Cast) -> None:
    learner = tiny.taking(tiny.learner("Bo Li"))
    learner.to_declaration()
    assert learner.page.heading == "Your declaration"


def test_staff_choose_a_password_first(tiny: Cast) -> None:
    account = tiny.account(Role.TUTOR)
    with tiny.app.app_context(), writing() as session:
        values = {"password_hash": None, "first_signed_in_at": None}
        session.execute(update(Account).where(Account.id == account.id).values(values))
    with tiny.app.app_context(), acting(SYSTEM, utc_now()) as act:
        invite(act, [act.session.get(Account, account.id)])
    path, visitor = path_of(tiny), tiny.visitor()
    assert pressed(visitor, path) == f"{path}/password"
    assert visitor.get("/account").status_code == 303


# ---- a lost link ---------------------------------------------------------------------------------


def again(visitor: Visitor, path: str) -> Page:
    """Press the one button of a link that works no more."""
    form = visitor.read(path, 404).forms[0]
    return Page(visitor.send(form, at=path).get_data(as_text=True))


def test_a_lost_link_is_one_tap_away_and_the_third_press_says_the_truth(
    tiny: Cast, invited: Account
) -> None:
    path = path_of(tiny)
    pressed(tiny.visitor(), path)
    assert "on its way" in again(tiny.visitor(), path).text
    newer = path_of(tiny)
    assert newer != path
    assert "on its way" in again(tiny.visitor(), path).text
    third = again(tiny.visitor(), path)
    assert third.heading == "No more links for now"
    assert "Not more than two new links go out within an hour" in third.text
    assert len(outbox(tiny.app)) == 3
    assert tiny.visitor().get(newer).status_code == 404, "only the newest works"
    assert pressed(tiny.visitor(), path_of(tiny)) == "/induction"


def test_a_link_that_works_no_more_promises_nothing_where_two_have_gone(
    tiny: Cast, invited: Account
) -> None:
    old = path_of(tiny)
    with tiny.app.app_context(), acting(SYSTEM, utc_now()) as act:
        invite(act, [act.session.get(Account, invited.id)])
    sent = [len(outbox(tiny.app))]
    told = []
    for _ in range(3):
        told.append(again(tiny.visitor(), old).text)
        sent.append(len(outbox(tiny.app)))
    assert [after - before for before, after in pairwise(sent)] == [1, 0, 0], "and the invitation"
    assert "unless two have gone there within the hour" in told[1]
    assert "an invitation counts as one" in told[2]
    assert "We have sent two" not in told[2]


def test_t08_nobody_learns_whether_a_link_ever_was_one(tiny: Cast, invited: Account) -> None:
    path = path_of(tiny)
    pressed(tiny.visitor(), path)
    told = {again(tiny.visitor(), at).text for at in (path, "/link/never-was-one")}
    assert len(told) == 1
    assert len(outbox(tiny.app)) == 2


def test_whoever_has_not_chosen_a_password_gets_the_short_way_again(
    tiny: Cast, invited: Account
) -> None:
    pressed(tiny.visitor(), path_of(tiny))
    visitor = tiny.visitor()
    form = visitor.read("/forgotten-password").form("email")
    visitor.send(form, {"email": invited.email}, at="/forgotten-password")
    assert pressed(tiny.visitor(), path_of(tiny)) == "/induction"
    chosen = tiny.learner("Bo Li", email="bo@college.example")
    visitor.send(form, {"email": chosen.email}, at="/forgotten-password")
    assert pressed(tiny.visitor(), path_of(tiny)).endswith("/password")


def test_a_link_goes_on_to_the_address_that_is_on_record_alone(
    tiny: Cast, invited: Account
) -> None:
    path = path_of(tiny)
    with tiny.app.app_context(), writing() as session:
        session.execute(update(OneTimeLink).values(expires_at=utc_now() - timedelta(days=1)))
        values = {"deactivated_at": utc_now()}
        session.execute(update(Account).where(Account.id == invited.id).values(values))
    assert "If we know this link" in again(tiny.visitor(), path).text
    assert len(outbox(tiny.app)) == 1, "whoever cannot sign in gets none"
    assert not re.search(r"ann@", again(tiny.visitor(), path).text), "and no address is shown"
    assert rows(tiny.app, "SELECT count(*) FROM one_time_link") == [(1,)]
