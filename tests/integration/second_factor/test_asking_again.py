"""Before what cannot be taken back, whoever is signed in proves once more who they are."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from induction.database import utc_now, writing
from induction.people.models import Role, SignIn
from tests.support.authenticator import set_up
from tests.support.cast import PASSWORD, Cast
from tests.support.client import Visitor
from tests.support.page import Page
from tests.support.record import actions, ledger, rows


def later(cast: Cast, minutes: float = 11) -> None:
    """They proved it so long ago."""
    with cast.app.app_context(), writing() as session:
        session.execute(update(SignIn).values(proved_at=utc_now() - timedelta(minutes=minutes)))


ACTS = [
    (Role.ADMIN, "/admin/people"),
    (Role.ADMIN, "/admin/settings"),
    (Role.ADMIN, "/admin/mail/texts/invitation"),
    (Role.COMPLIANCE, "/compliance/personal-data"),
    (Role.COMPLIANCE, "/compliance/personal-data/periods/learners"),
    (Role.COMPLIANCE, "/compliance/certificates/export"),
    (Role.COMPLIANCE, "/compliance/certificates/0000-0000-0000-0000/revoke"),
    (Role.COMPLIANCE, "/compliance/certificates/0000-0000-0000-0000/reissue"),
    (Role.COMPLIANCE, "/compliance/approvals/any"),
    (Role.ADMIN, "/compliance/approvals/any"),
    (Role.COMPLIANCE, "/compliance/policy/versions/1/publish"),
    (Role.TUTOR, "/account/second-step"),
]


@pytest.mark.parametrize(("role", "path"), ACTS)
def test_a_session_that_was_left_open_does_nothing_that_matters(
    cast: Cast, role: Role, path: str
) -> None:
    visitor = cast.signed_in(cast.account(role))
    token = visitor.token()
    later(cast)
    with ledger(cast.app) as watching:
        answer = visitor.post(path, data={"csrf_token": token, "reason": "x"})
        assert answer.status_code == 422
        assert "Is it you?" in Page(answer.get_data(as_text=True)).heading
        assert not watching.changed()


def settings_sent(visitor: Visitor, name: str) -> Page:
    form = visitor.read("/admin/settings").form("ukprn")
    answer = visitor.send(form, {"name": name}, at="/admin/settings")
    return Page(answer.get_data(as_text=True))


def name_of_institute(cast: Cast) -> str:
    ((name,),) = rows(cast.app, "SELECT name FROM institute")
    return str(name)


def test_what_was_filled_in_goes_on_with_the_password(cast: Cast, as_admin: Visitor) -> None:
    later(cast)
    page = settings_sent(as_admin, "Bruford College")
    wrong = as_admin.send(page.form("proof"), {"proof": "not it"})
    assert wrong.status_code == 422
    assert name_of_institute(cast) == ""
    again = Page(wrong.get_data(as_text=True))
    assert as_admin.send(again.form("proof"), {"proof": PASSWORD}).status_code == 303
    assert name_of_institute(cast) == "Bruford College"
    assert actions(cast.app)[-2:] == ["people:proved-again", "institute:settings-changed"]
    assert settings_sent(as_admin, "Another").heading != "Is it you?", "not twice in ten minutes"


def test_what_is_taken_away_asks_first_and_then_comes(cast: Cast, as_compliance: Visitor) -> None:
    later(cast)
    asked = as_compliance.get("/compliance/certificates/list.csv?search=x")
    assert asked.status_code == 303
    page = as_compliance.read(asked.location)
    answer = as_compliance.send(page.form("proof"), {"proof": PASSWORD}, at=asked.location)
    assert answer.location == "/compliance/certificates/list.csv?search=x"
    assert as_compliance.get(answer.location).status_code == 200


@pytest.mark.usefixtures("stopped_clock")
def test_guessing_at_an_open_session_is_slowed_down(cast: Cast, as_admin: Visitor) -> None:
    later(cast)
    for _ in range(5):
        page = settings_sent(as_admin, "Other")
        as_admin.send(page.form("proof"), {"proof": "a guess"})
    page = settings_sent(as_admin, "Other")
    answer = as_admin.send(page.form("proof"), {"proof": PASSWORD})
    assert "Wait 15 seconds" in answer.get_data(as_text=True)
    assert name_of_institute(cast) == ""


def test_whoever_has_a_second_factor_is_asked_for_that(cast: Cast) -> None:
    admin = cast.account(Role.ADMIN)
    visitor = cast.signed_in(admin)
    phone, _ = set_up(visitor)
    later(cast)
    page = settings_sent(visitor, "Bruford College")
    by_password = visitor.send(page.form("proof"), {"proof": PASSWORD})
    assert by_password.status_code == 422, "a phished password is not enough"
    form = Page(by_password.get_data(as_text=True)).form("proof")
    assert visitor.send(form, {"proof": phone.code(later=1)}).status_code == 303
    assert name_of_institute(cast) == "Bruford College"
