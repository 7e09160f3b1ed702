"""A password alone lets no staff in: the second step, its codes, and who has lost them."""

import pytest

from induction.administration import settings_changes
from induction.audit.act import SYSTEM, acting
from induction.database import utc_now
from induction.people.models import Account, Role
from tests.support.authenticator import Phone, set_up
from tests.support.cast import PASSWORD, Cast
from tests.support.client import Visitor
from tests.support.post import outbox, path_in
from tests.support.record import actions, count, rows

pytestmark = pytest.mark.usefixtures("stopped_clock")  # a wait is as long as it says

NEW = "seven purple otters dance"


@pytest.fixture
def strict(cast: Cast) -> Cast:
    """An institute as it is at first: staff are asked for a second step."""
    with cast.app.app_context(), acting(SYSTEM, utc_now()) as act:
        settings_changes.change(act, {"staff_second_step": True})
    return cast


@pytest.fixture
def officer(strict: Cast) -> Account:
    return strict.account(Role.COMPLIANCE, email="officer@college.example")


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/account").status_code == 200


def enter(cast: Cast, account: Account, password: str = PASSWORD) -> Visitor:
    """Somebody types address and password."""
    visitor = cast.visitor()
    visitor.sign_in(account.email, password)
    return visitor


def by_link(cast: Cast) -> Visitor:
    """Whoever reads the last mail opens its link and chooses a password."""
    visitor = cast.visitor()
    letters = [letter for letter in outbox(cast.app) if "/link/" in letter.get_content()]
    path = path_in(letters[-1]) + "/password"
    form = visitor.read(path).form("password")
    assert visitor.send(form, {"password": NEW}, at=path).status_code == 303
    return visitor


def show(visitor: Visitor, code: str) -> int:
    form = visitor.read("/sign-in/second-step").form("code")
    return visitor.send(form, {"code": code}, at="/sign-in/second-step").status_code


@pytest.fixture
def careful(strict: Cast, officer: Account) -> tuple[Account, Phone, list[str]]:
    """An officer who has set up the second step, with the phone and the paper."""
    return officer, *set_up(strict.signed_in(officer))


PAGES = [
    "/compliance",
    "/compliance/certificates",
    "/account",
    "/account/second-step",
    "/induction",
]


def test_a_phished_officer_reads_nothing(
    strict: Cast, careful: tuple[Account, Phone, list[str]]
) -> None:
    thief = enter(strict, careful[0])
    for path in PAGES:
        assert thief.get(path).location.startswith("/sign-in"), path
    assert thief.get("/account/second-step/app").location == "/sign-in", "nor set up another phone"
    assert "people:signed-in" not in actions(strict.app)[-2:]
    for guess in (careful[1].guess(), "١٢٣٤٥٦", "{}", "", "0" * 40):
        assert show(thief, guess) == 422
    assert not is_in(thief)


def test_a_phished_officer_who_never_set_it_up_is_safe_as_well(
    strict: Cast, officer: Account
) -> None:
    thief = enter(strict, officer)
    page = thief.read("/sign-in/second-step")
    assert "we first send a link to officer@college.example" in page.text
    assert thief.get("/account/second-step/app").location == "/sign-in"
    thief.send(page.forms[0], at="/sign-in/second-step/link")
    assert {message["To"] for message in outbox(strict.app)} == {officer.email}
    assert not is_in(thief)


def test_the_mailed_link_lets_staff_set_up_a_phone_and_signs_them_in(
    strict: Cast, officer: Account
) -> None:
    asked = enter(strict, officer)
    asked.send(asked.read("/sign-in/second-step/link").forms[0], at="/sign-in/second-step/link")
    visitor = by_link(strict)
    assert not is_in(visitor)
    phone, codes = set_up(visitor)
    assert len(set(codes)) == 10
    assert is_in(visitor)
    again = enter(strict, officer, NEW)
    assert show(again, phone.code(later=1)) == 303
    assert again.get("/compliance").status_code == 200


def test_a_mailed_link_alone_does_not_get_past_the_phone(
    strict: Cast, careful: tuple[Account, Phone, list[str]]
) -> None:
    visitor = strict.visitor()
    form = visitor.read("/forgotten-password").form("email")
    visitor.send(form, {"email": careful[0].email}, at="/forgotten-password")
    visitor = by_link(strict)
    assert not is_in(visitor)
    assert visitor.get("/account/second-step/app").location == "/sign-in"
    assert show(visitor, careful[1].code(later=1)) == 303
    assert is_in(visitor)


def test_a_code_counts_once_and_for_its_own_time(
    strict: Cast, careful: tuple[Account, Phone, list[str]]
) -> None:
    officer, phone, _ = careful
    assert show(enter(strict, officer), phone.code()) == 422, "it was used to set the app up"
    assert show(enter(strict, officer), phone.code(later=5)) == 422
    assert show(enter(strict, officer), phone.code(later=1)) == 303
    assert show(enter(strict, officer), phone.code(later=1)) == 422


def test_a_code_on_paper_lets_in_once_however_it_is_typed(
    strict: Cast, careful: tuple[Account, Phone, list[str]]
) -> None:
    officer, _, codes = careful
    assert show(enter(strict, officer), codes[0].upper().replace("-", " ")) == 303
    assert show(enter(strict, officer), codes[0]) == 422
    assert count(strict.app, "recovery_code") == 9


def test_guessing_codes_is_slowed_down_like_guessing_passwords(
    strict: Cast, careful: tuple[Account, Phone, list[str]]
) -> None:
    thief = enter(strict, careful[0])
    assert [show(thief, careful[1].guess()) for _ in range(6)] == [422] * 5 + [429]
    assert show(thief, careful[1].code(later=1)) == 429


def test_the_database_alone_makes_no_codes(
    strict: Cast, careful: tuple[Account, Phone, list[str]]
) -> None:
    ((sealed,),) = rows(strict.app, "SELECT sealed_secret FROM authenticator")
    assert careful[1]._app.secret not in sealed
    assert not {c.replace("-", "") for c in careful[2]} & {
        h for (h,) in rows(strict.app, "SELECT code_hash FROM recovery_code")
    }


def test_learners_and_the_demo_are_not_asked(strict: Cast) -> None:
    assert is_in(enter(strict, strict.account()))
    tutor = strict.account(Role.TUTOR)
    with strict.app.app_context(), acting(SYSTEM, utc_now()) as act:
        act.session.merge(tutor).demo = True
    assert is_in(enter(strict, tutor))


def test_a_learner_who_wants_it_is_asked_from_then_on(cast: Cast) -> None:
    learner = cast.account()
    phone, _ = set_up(cast.signed_in(learner))
    visitor = enter(cast, learner)
    assert not is_in(visitor)
    assert show(visitor, phone.code(later=1)) == 303
    here = visitor.read("/account/second-step")
    off = next(f for f in here.forms if f.fields.get("do") == ["remove"])
    visitor.send(off, at="/account/second-step")
    assert is_in(enter(cast, learner))
    assert count(cast.app, "recovery_code") == 0


def test_staff_who_have_to_have_it_cannot_switch_it_off(
    strict: Cast, careful: tuple[Account, Phone, list[str]]
) -> None:
    visitor = strict.signed_in(careful[0])
    data = {"csrf_token": visitor.token(), "do": "remove"}
    visitor.post("/account/second-step", data=data)
    assert count(strict.app, "authenticator") == 1


def test_an_administrator_helps_who_has_lost_the_phone(
    strict: Cast, careful: tuple[Account, Phone, list[str]], as_admin: Visitor
) -> None:
    officer = careful[0]
    theirs = strict.signed_in(officer)
    path = f"/admin/people/{officer.public_id}"
    form = as_admin.read(path).form("reason")
    as_admin.send(form, {"act": "reset", "reason": "Phone in the canal."}, at=path)
    assert actions(strict.app)[-1] == "people:factors-reset"
    assert not is_in(theirs)
    assert count(strict.app, "authenticator") == count(strict.app, "recovery_code") == 0
    assert "we first send a link" in enter(strict, officer).read("/sign-in/second-step").text


def test_the_command_lets_the_last_administrator_back_in(strict: Cast) -> None:
    admin = strict.account(Role.ADMIN, email="admin@college.example")
    set_up(strict.signed_in(admin))
    args = ["second-step", "reset", admin.email, "--reason", "Phone lost"]
    printed = strict.app.test_cli_runner().invoke(args=args)
    assert printed.exit_code == 0
    path = "/" + printed.output.strip().split("/", 3)[3] + "/password"
    visitor = strict.visitor()
    visitor.send(visitor.read(path).form("password"), {"password": NEW}, at=path)
    set_up(visitor)
    assert visitor.get("/admin/people").status_code == 200
    wrong = strict.app.test_cli_runner().invoke(args=[*args[:2], "nobody@x.example", *args[3:]])
    assert "there is no account" in wrong.output


NO_ANSWERS = ["", "{}", "null", '{"id": 1}', "[" * 100_000, '{"id": "\\ud800"}']


@pytest.mark.parametrize("answer", NO_ANSWERS, ids=range(len(NO_ANSWERS)))
def test_what_is_no_answer_of_a_passkey_signs_nobody_in(cast: Cast, answer: str) -> None:
    visitor = cast.visitor()
    form = visitor.read("/sign-in").form("credential")
    assert visitor.send(form, {"credential": answer}).location == "/sign-in"
    assert "That passkey does not fit" in visitor.read("/sign-in").text
