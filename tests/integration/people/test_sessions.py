"""t05: how long a session lasts, on whose device, and ending the others."""

from datetime import timedelta

import pytest

from induction.config import Settings
from induction.database import writing
from induction.people.models import Account, Role, SignIn
from tests.conftest import AppMaker
from tests.support.cast import PASSWORD, Cast
from tests.support.client import Visitor
from tests.support.page import Form
from tests.support.record import actions, count, rows

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1"


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/account").status_code == 200


def let_pass(cast: Cast, minutes: float) -> None:
    """Let some time pass for every session."""
    with cast.app.app_context(), writing() as session:
        for one in session.query(SignIn):
            one.created_at -= timedelta(minutes=minutes)
            one.open_until -= timedelta(minutes=minutes)
            one.expires_at -= timedelta(minutes=minutes)


def enter(cast: Cast, account: Account, *, own_device: bool = False, browser: str = "") -> Visitor:
    """Somebody signs in through the page."""
    visitor = cast.visitor()
    visitor.environ_base["HTTP_USER_AGENT"] = browser
    form = visitor.read("/sign-in").form("password")
    ticked = {"own_device": "y"} if own_device else {}
    values = {"email": account.email, "password": PASSWORD, **ticked}
    assert visitor.send(form, values, at="/sign-in").status_code == 303
    return visitor


@pytest.mark.parametrize(("minutes", "still"), [(29, True), (31, False)])
def test_t05_staff_who_do_nothing_for_half_an_hour_are_signed_out(
    cast: Cast, minutes: int, still: bool
) -> None:
    visitor = cast.signed_in(cast.account(Role.TUTOR))
    let_pass(cast, minutes)
    assert is_in(visitor) is still


def test_t05_staff_at_work_stay_signed_in_for_twelve_hours_and_no_longer(cast: Cast) -> None:
    visitor = cast.signed_in(cast.account(Role.COMPLIANCE))
    for _ in range(28):  # 11 hours and 40 minutes
        let_pass(cast, 25)
        assert is_in(visitor)
    let_pass(cast, 25)
    assert not is_in(visitor)


def test_t05_a_session_in_use_is_not_written_with_every_page(cast: Cast) -> None:
    visitor = cast.signed_in(cast.account(Role.ADMIN))
    before = rows(cast.app, "SELECT open_until FROM sign_in")
    assert is_in(visitor)
    assert rows(cast.app, "SELECT open_until FROM sign_in") == before


@pytest.mark.parametrize(
    ("own_device", "hours", "still"),
    [(False, 11.9, True), (False, 12.1, False), (True, 13 * 24, True), (True, 14.1 * 24, False)],
)
def test_t05_a_learner_stays_signed_in_as_long_as_the_device_is_theirs(
    cast: Cast, own_device: bool, hours: float, still: bool
) -> None:
    visitor = enter(cast, cast.account(), own_device=own_device)
    let_pass(cast, hours * 60)
    assert is_in(visitor) is still


@pytest.mark.parametrize("own_device", [False, True])
def test_t05_the_browser_forgets_the_session_unless_the_device_is_their_own(
    cast: Cast, own_device: bool
) -> None:
    cookie = enter(cast, cast.account(), own_device=own_device).get_cookie("induction")
    assert cookie is not None
    assert (cookie.expires is not None) is own_device


def test_t05_staff_on_a_device_of_their_own_sign_in_anew_as_well(cast: Cast) -> None:
    visitor = enter(cast, cast.account(Role.TUTOR), own_device=True)
    let_pass(cast, 31)
    assert not is_in(visitor)


def test_t28_the_cookie_is_bound_to_the_host_behind_tls(
    settings: Settings, make_app: AppMaker, instance: object
) -> None:
    environ = {
        "INDUCTION_INSTANCE": str(instance),
        "INDUCTION_BASE_URL": "https://induction.example",
    }
    cast = Cast(make_app(Settings.from_environment(environ)))
    answer = cast.visitor().get("/sign-in", base_url="https://induction.example")
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-induction=")
    assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_t28_signing_out_clears_what_the_browser_keeps_of_us(cast: Cast) -> None:
    visitor = cast.signed_in(cast.account())
    answer = visitor.post("/sign-out", data={"csrf_token": visitor.token()})
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'


def end_form(visitor: Visitor, which: str) -> Form:
    forms = visitor.read("/account/devices").forms
    return next(form for form in forms if form.fields.get("which") == [which])


def test_people_see_where_they_are_signed_in_and_end_it(cast: Cast) -> None:
    account = cast.account()
    phone = enter(cast, account, own_device=True, browser=IPHONE)
    shared = enter(cast, account, browser=WINDOWS)
    page = phone.read("/account/devices")
    assert "Safari on iPhone" in page.text
    assert "Chrome on Windows" in page.text
    (_, (other,)) = rows(cast.app, "SELECT public_id FROM sign_in ORDER BY id")
    assert phone.send(end_form(phone, other), at="/account/devices").status_code == 303
    assert not is_in(shared)
    assert is_in(phone)
    assert actions(cast.app)[-1] == "people:sessions-ended"


def test_people_end_all_their_sessions_but_this_one_and_nobody_elses(cast: Cast) -> None:
    account, somebody = cast.account(), cast.signed_in(cast.account())
    here, there, elsewhere = (cast.signed_in(account) for _ in range(3))
    here.send(end_form(here, "others"), at="/account/devices")
    assert is_in(here)
    assert is_in(somebody)
    assert not is_in(there)
    assert not is_in(elsewhere)


def test_the_session_of_somebody_else_cannot_be_ended(cast: Cast) -> None:
    theirs, mine = cast.signed_in(cast.account()), cast.signed_in(cast.account())
    ((first,), _) = rows(cast.app, "SELECT public_id FROM sign_in ORDER BY id")
    mine.post("/account/devices", data={"csrf_token": mine.token(), "which": first})
    assert is_in(theirs)
    assert count(cast.app, "sign_in") == 2


def test_an_administrator_ends_somebodys_sessions_with_a_reason(
    cast: Cast, as_admin: Visitor
) -> None:
    tutor = cast.account(Role.TUTOR)
    theirs = cast.signed_in(tutor)
    path = f"/admin/people/{tutor.public_id}"
    form = as_admin.read(path).form("reason")
    as_admin.send(form, {"act": "sign-out", "reason": "Laptop left on a train."}, at=path)
    assert not is_in(theirs)
    assert is_in(as_admin)
    assert actions(cast.app)[-1] == "people:sessions-ended"
