"""t08: mailed links. Looking consumes nothing, pressing does, once, within a day."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import select, update

from induction.config import Settings
from induction.database import writing
from induction.mail.models import OutboxMail
from induction.people.models import Account, OneTimeLink, Role
from tests.conftest import AppMaker
from tests.support.cast import PASSWORD, Cast
from tests.support.client import Visitor
from tests.support.mail import MailServer
from tests.support.page import Page
from tests.support.post import link_in, outbox, path_in, work
from tests.support.queries import Statements
from tests.support.record import actions, count, ledger, rows

pytestmark = pytest.mark.usefixtures("stopped_clock")  # a wait is as long as it says

NEW = "seven purple otters dance"


@pytest.fixture
def owner(cast: Cast) -> Account:
    return cast.account(Role.TUTOR, "Bronwen Price", "bronwen@college.example")


def ask_for_a_link(cast: Cast, email: str) -> Page:
    """Say that the password is forgotten."""
    visitor = cast.visitor()
    form = visitor.read("/forgotten-password").form("email")
    answer = visitor.send(form, {"email": email}, at="/forgotten-password")
    assert answer.status_code == 200
    return Page(answer.get_data(as_text=True))


def mailed(cast: Cast, email: str) -> EmailMessage:
    """Ask, and read the message that comes."""
    ask_for_a_link(cast, email)
    return outbox(cast.app)[-1]


def choose(visitor: Visitor, path: str, password: str = NEW) -> int:
    """Press the button of a link and choose a password; the last status."""
    page = visitor.read(path)
    pressed = visitor.post(path, data={"csrf_token": page.forms[0].fields["csrf_token"]})
    assert pressed.status_code == 303
    form = visitor.read(pressed.location).form("password")
    return visitor.send(form, {"password": password}, at=pressed.location).status_code


def test_a_forgotten_password_is_replaced_through_a_mailed_link(cast: Cast, owner: Account) -> None:
    message = mailed(cast, " Bronwen@College.example ")
    assert message["To"] == owner.email
    assert "Bronwen Price" in message.get_content()
    visitor = cast.visitor()
    assert choose(visitor, path_in(message)) == 303
    assert "you are signed in" in visitor.read("/tutor").text
    assert cast.visitor().sign_in(owner.email, NEW).status_code == 303


def test_t06_a_link_for_nobody_costs_what_a_link_for_somebody_does(
    cast: Cast, owner: Account, queries: Callable[..., AbstractContextManager[Statements]]
) -> None:
    ask_for_a_link(cast, owner.email)  # from now on, neither is the first
    spent = []
    for email in (owner.email, "nobody@college.example"):
        visitor = cast.visitor()
        token = visitor.read("/forgotten-password").form("email").fields["csrf_token"][0]
        mail, entries = count(cast.app, "outbox_mail"), count(cast.app, "audit_entry")
        with queries(cast.app) as sent:
            answer = visitor.post("/forgotten-password", data={"email": email, "csrf_token": token})
        assert answer.status_code == 200
        more = email == owner.email
        assert count(cast.app, "outbox_mail") == mail + more
        assert count(cast.app, "audit_entry") == entries + more
        spent.append(sorted(sent))
    assert spent[0] == spent[1]


def test_t08_mail_scanners_may_look_as_often_as_they_like(cast: Cast, owner: Account) -> None:
    path = path_in(mailed(cast, owner.email))
    with ledger(cast.app) as watching:
        for _ in range(3):
            page = cast.visitor().read(path)
            assert page.next_step.tag == "button"
            cast.visitor().read(f"{path}/password")
            cast.visitor().open(path, method="HEAD")
        assert not watching.changed()
    assert choose(cast.visitor(), path) == 303


def test_t08_pressing_the_button_alone_does_not_use_the_link_up(cast: Cast, owner: Account) -> None:
    path, visitor = path_in(mailed(cast, owner.email)), cast.visitor()
    form = visitor.read(path).forms[0]
    assert visitor.send(form, at=path).status_code == 303
    assert choose(cast.visitor(), path) == 303


def test_t08_a_link_works_once(cast: Cast, owner: Account) -> None:
    path = path_in(mailed(cast, owner.email))
    early = cast.visitor()
    form = early.read(f"{path}/password").form("password")
    assert choose(cast.visitor(), path) == 303
    assert "no longer works" in cast.visitor().read(path, 404).heading
    late = early.send(form, {"password": "x" + NEW}, at=f"{path}/password")
    assert late.status_code == 404
    assert "no longer works" in late.get_data(as_text=True)
    assert cast.visitor().sign_in(owner.email, NEW).status_code == 303


@pytest.mark.parametrize(("hours", "works"), [(23.9, True), (24.1, False)])
def test_t08_a_link_lives_a_day(cast: Cast, owner: Account, hours: float, works: bool) -> None:
    path = path_in(mailed(cast, owner.email))
    with cast.app.app_context(), writing() as session:
        (link,) = session.scalars(select(OneTimeLink))
        link.expires_at -= timedelta(hours=hours)
    page = cast.visitor().read(path, 200 if works else 404)
    assert ("no longer works" in page.heading) is not works


def test_t08_a_newer_link_ends_the_older(cast: Cast, owner: Account) -> None:
    first, second = path_in(mailed(cast, owner.email)), path_in(mailed(cast, owner.email))
    assert "no longer works" in cast.visitor().read(first, 404).heading
    assert choose(cast.visitor(), second) == 303


def test_t08_what_is_kept_of_a_link_opens_nothing(cast: Cast, owner: Account) -> None:
    token = path_in(mailed(cast, owner.email)).rsplit("/", 1)[-1]
    ((kept,),) = rows(cast.app, "SELECT token_hash FROM one_time_link")
    assert kept != token
    assert token not in str(rows(cast.app, "SELECT body, subject FROM outbox_mail")), "once sent"
    assert "no longer works" in cast.visitor().read(f"/link/{kept}", 404).heading


def test_t08_a_dead_link_does_not_tell_whether_it_ever_was_one(cast: Cast, owner: Account) -> None:
    used = path_in(mailed(cast, owner.email))
    choose(cast.visitor(), used)
    for end in ("", "/password"):
        told = {cast.visitor().read(path + end, 404).text for path in (used, "/link/never-was")}
        assert len(told) == 1
        assert "Send me a new link" in told.pop()


def test_t05_a_new_password_by_link_ends_every_session(cast: Cast, owner: Account) -> None:
    visitor = cast.signed_in(owner)
    choose(cast.visitor(), path_in(mailed(cast, owner.email)))
    assert visitor.get("/account").status_code == 303


def test_t06_a_link_lets_the_owner_in_where_guessing_has_closed_the_door(
    cast: Cast, owner: Account
) -> None:
    visitor = cast.visitor()
    told = []
    for _ in range(6):
        form = visitor.read("/sign-in").form("password")
        answer = visitor.send(form, {"email": owner.email, "password": "guess"}, at="/sign-in")
        told.append(answer.status_code)
    assert told == [422] * 5 + [429]
    assert choose(visitor, path_in(mailed(cast, owner.email))) == 303
    assert cast.visitor().sign_in(owner.email, NEW).status_code == 303


def test_t06_the_answer_is_the_same_for_an_email_that_we_do_not_know(
    cast: Cast, owner: Account
) -> None:
    gone = cast.account(email="gone@college.example")
    cast.deactivate(gone)
    emails = [owner.email, "nobody@college.example", gone.email]
    told = {ask_for_a_link(cast, email).text.replace(email, "") for email in emails}
    assert len(told) == 1
    assert [message["To"] for message in outbox(cast.app)] == [owner.email]


def test_t06_links_are_not_mailed_without_end(cast: Cast, owner: Account) -> None:
    told = [ask_for_a_link(cast, owner.email).text for _ in range(5)]
    assert ["no more go out for now" in one for one in told] == [False] * 2 + [True] * 3
    assert rows(cast.app, "SELECT count(*) FROM one_time_link") == [(3,)]
    assert len(outbox(cast.app)) == 1, "the links of the earlier letters are dead"
    unknown = "nobody@college.example"
    same = [ask_for_a_link(cast, unknown).text.replace(unknown, owner.email) for _ in range(5)]
    assert same == told


def test_t19_a_mailed_link_leads_to_our_own_address(cast: Cast, owner: Account) -> None:
    visitor, evil = cast.visitor(), "http://evil.example"
    page = Page(visitor.get("/forgotten-password", base_url=evil).get_data(as_text=True))
    form = page.form("email").filled(email=owner.email)
    headers = {"X-Forwarded-Host": "evil.example"}
    answer = visitor.post("/forgotten-password", data=form, base_url=evil, headers=headers)
    assert answer.status_code == 200
    (message,) = outbox(cast.app)
    assert link_in(message).startswith("http://127.0.0.1:8000/link/")
    assert "evil" not in message.as_string()


WEAK = {
    "short": "tiny words",
    "of one letter": "aaaaaaaaaaaaaaaa",
    "common": "password1234",
    "common twice": "letmein-welcome",
    "their own name": "bronwenprice1",
    "their own email": "bronwen@college.example",
    "endless": "orchard lantern " * 20,
}


@pytest.mark.parametrize("why", WEAK)
def test_t07_a_weak_password_is_refused_with_words_and_the_link_still_works(
    cast: Cast, owner: Account, why: str
) -> None:
    path = path_in(mailed(cast, owner.email))
    visitor = cast.visitor()
    form = visitor.read(f"{path}/password").form("password")
    values = {"password": WEAK[why]}
    answer = visitor.send(form, values, at=f"{path}/password")
    assert answer.status_code == 422
    again = Page(answer.get_data(as_text=True)).form("password")
    assert again.fields["password"] == [""]
    assert choose(visitor, path) == 303


def test_a_password_is_typed_once_and_can_be_shown(cast: Cast, owner: Account) -> None:
    page = cast.visitor().read(f"{path_in(mailed(cast, owner.email))}/password")
    (field,) = [one for one in page.all("input") if one["type"] == "password"]
    assert "data-reveal" in field
    assert field["autocomplete"] == "new-password"


@pytest.mark.parametrize("typed", ["", "amina.college.example", "amina@"])
def test_a_bad_email_address_is_asked_for_again(cast: Cast, typed: str) -> None:
    visitor = cast.visitor()
    form = visitor.read("/forgotten-password").form("email")
    answer = visitor.send(form, {"email": typed}, at="/forgotten-password")
    assert answer.status_code == 422
    again = Page(answer.get_data(as_text=True))
    assert again.form("email").fields["email"] == [typed], "what was typed is kept"
    assert "email address" in again.text


def test_every_link_and_password_is_on_record(cast: Cast, owner: Account) -> None:
    choose(cast.visitor(), path_in(mailed(cast, owner.email)))
    acts = [act for act in actions(cast.app) if act.startswith("people:")]
    assert acts[-3:] == ["people:link-sent", "people:password-set", "people:signed-in"]


# ---- through a real mail server ------------------------------------------------------------------


@pytest.fixture
def posted(instance: object, make_app: AppMaker, smtp_server: MailServer) -> Cast:
    """An installation whose mail goes to a real SMTP server."""
    environ = {"INDUCTION_INSTANCE": str(instance), "INDUCTION_MAIL_URL": smtp_server.url}
    return Cast(make_app(Settings.from_environment(environ)))


def test_a_link_goes_through_a_real_mail_server(posted: Cast, smtp_server: MailServer) -> None:
    owner = posted.account(Role.TUTOR, "Łucja Ó Briain", "lucja@college.example")
    ask_for_a_link(posted, owner.email)
    assert smtp_server.messages == [], "sent by the worker, not by the page"
    assert work(posted.app).startswith("1 sent")
    (message,) = smtp_server.messages
    assert "Łucja Ó Briain" in message.get_content()
    assert choose(posted.visitor(), path_in(message)) == 303
    work(posted.app)
    assert len([m for m in smtp_server.messages if "/link/" in m.get_content()]) == 1


def make_due(cast: Cast) -> None:
    """Let the time pass until the next try."""
    with cast.app.app_context(), writing() as session:
        session.execute(update(OutboxMail).values(not_before=OutboxMail.created_at))


def test_t30_a_mail_server_that_is_down_loses_nothing_and_sends_nothing_twice(
    posted: Cast, smtp_server: MailServer
) -> None:
    owner = posted.account()
    ask_for_a_link(posted, owner.email)
    with smtp_server.being_down():
        assert "1 to be tried again" in work(posted.app)
        assert work(posted.app) == "0 sent, 0 to be tried again\n", "not at once"
    smtp_server.refuse_with = "451 try later"
    make_due(posted)
    assert "1 to be tried again" in work(posted.app)
    smtp_server.refuse_with = ""
    make_due(posted)
    assert "1 sent" in work(posted.app)
    make_due(posted)
    assert work(posted.app).startswith("0 sent")
    assert len(smtp_server.messages) == 1
    assert count(posted.app, "outbox_mail") == 1


# ---- flask people create -------------------------------------------------------------------------


def test_people_create_prints_a_link_that_sets_the_first_password(cast: Cast) -> None:
    runner = cast.app.test_cli_runner()
    args = ["people", "create", "Head@College.example", "--role", "compliance", "--name", "Jo Head"]
    result = runner.invoke(args=args)
    assert result.exit_code == 0
    url = result.output.strip()
    assert url.startswith("http://127.0.0.1:8000/link/")
    visitor = cast.visitor()
    assert choose(visitor, "/" + url.split("/", 3)[3]) == 303
    assert visitor.get("/compliance").status_code == 200
    ((name, email, role),) = rows(
        cast.app, "SELECT full_name, email, role FROM account JOIN account_role ON id = account_id"
    )
    assert (name, email, role) == ("Jo Head", "head@college.example", "compliance")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["not-an-email", "--role", "tutor"], "is not an email address"),
        (["a@college.example", "--role", "boss"], "'boss' is not one of"),
        (["a@college.example"], "Missing option '--role'"),
        (["a@college.example", "--role", "tutor", "--name", "\x1b[2J"], "control character"),
        (["a@college.example", "--role", "tutor", "--name", "x" * 201], "at most 200"),
        (["taken@college.example", "--role", "tutor"], "already an account"),
    ],
)
def test_people_create_says_what_is_wrong_and_makes_nothing(
    cast: Cast, args: list[str], says: str
) -> None:
    cast.account(email="taken@college.example")
    result = cast.app.test_cli_runner().invoke(args=["people", "create", *args])
    assert result.exit_code != 0
    assert says in result.output
    assert "Traceback" not in result.output
    assert count(cast.app, "account") == 1


def test_the_password_of_these_tests_is_a_good_one(cast: Cast, owner: Account) -> None:
    assert choose(cast.visitor(), path_in(mailed(cast, owner.email)), PASSWORD) == 303
