"""A proxy in front says who has signed in; nobody else can, and nowhere but where it guards."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from induction.config import Settings
from induction.people.models import Role
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.record import actions, rows

HEADER = "X-Sign-On-User"
ANSWER = "/sign-in/provider/answer"


@pytest.fixture
def settings(instance: Path) -> Settings:
    return Settings.from_environment(
        {
            "INDUCTION_INSTANCE": str(instance),
            "INDUCTION_PROXIES": "1",
            "INDUCTION_SIGN_ON_HEADER": HEADER,
            "INDUCTION_SIGN_ON_DOMAINS": "college.example",
            "INDUCTION_SIGN_ON_NAME": "Northbridge",
        }
    )


def there(visitor: Visitor, start: str = "/sign-in/provider") -> str:
    """The address at which the proxy asks who somebody is."""
    sent = visitor.get(start)
    assert sent.status_code == 303
    address = urlsplit(sent.location)
    assert address.path == ANSWER
    return f"{address.path}?{address.query}"


def comes(
    visitor: Visitor, address: str, *said: str, sender: str = "127.0.0.1", by: str = HEADER
) -> TestResponse:
    """What the proxy passes on, once it knows who it is."""
    headers = [("X-Forwarded-For", "192.0.2.7"), *((by, one) for one in said)]
    return visitor.get(address, headers=headers, environ_base={"REMOTE_ADDR": sender})


def test_a_learner_comes_by_the_proxy_and_is_known_by_that_name_from_then_on(cast: Cast) -> None:
    learner = cast.learner("Jo Smith", email="jo@college.example", newcomer=True)
    visitor = cast.visitor()
    assert "Sign in with Northbridge" in visitor.read("/sign-in").text
    assert comes(visitor, there(visitor), "Jo@College.example").location == "/induction"
    assert rows(cast.app, "SELECT issuer, subject, account_id FROM identity") == [
        ("proxy", "jo@college.example", learner.id)
    ]
    assert "people:identity-connected" in actions(cast.app)
    again = cast.visitor()
    assert comes(again, there(again), "jo@college.example").location == "/induction"


def test_staff_are_not_let_in_by_their_address_and_connect_by_themselves(cast: Cast) -> None:
    tutor = cast.account(Role.TUTOR, email="tess@college.example")
    visitor = cast.visitor()
    assert comes(visitor, there(visitor), tutor.email).status_code == 403
    mine = cast.signed_in(tutor)
    link = next(a for a in mine.read("/account/provider").all("a") if ANSWER in a["href"])
    address = urlsplit(link["href"])
    assert comes(mine, f"{address.path}?{address.query}", tutor.email).location == "/account"
    visitor = cast.visitor()
    assert comes(visitor, there(visitor), tutor.email).location == "/tutor"


@pytest.mark.parametrize("sender", ["192.0.2.7", "10.0.0.1", ""])
def test_the_header_of_anybody_else_is_not_believed(cast: Cast, sender: str) -> None:
    cast.learner("Jo Smith", email="jo@college.example", newcomer=True)
    visitor = cast.visitor()
    refused = comes(visitor, there(visitor), "jo@college.example", sender=sender)
    assert refused.status_code == 403
    assert visitor.get("/induction").status_code == 303
    assert rows(cast.app, "SELECT count(*) FROM identity") == [(0,)]


@pytest.mark.parametrize(
    "said",
    [
        (),
        ("",),
        ("jo@college.example", "jo@college.example"),
        ("jo@college.example,eve@college.example",),
        ("jo@college.example;eve@college.example",),
        ("jo@college.example eve",),
        ("j" * 300,),
    ],
)
def test_what_is_no_one_name_lets_nobody_in(cast: Cast, said: tuple[str, ...]) -> None:
    cast.learner("Jo Smith", email="jo@college.example", newcomer=True)
    visitor = cast.visitor()
    assert comes(visitor, there(visitor), *said).status_code == 403
    assert visitor.get("/induction").status_code == 303


def test_it_counts_where_the_proxy_guards_and_in_the_browser_that_was_sent_there(
    cast: Cast,
) -> None:
    cast.learner("Jo Smith", email="jo@college.example", newcomer=True)
    visitor, other = cast.visitor(), cast.visitor()
    for path in ("/induction", "/account", "/sign-in"):
        answer = comes(visitor, path, "jo@college.example")
        assert answer.status_code in (200, 303)
        assert "Sign out" not in visitor.read("/").text
    address = there(visitor)
    assert comes(other, address, "jo@college.example").status_code == 403, "not its browser"
    assert comes(visitor, f"{ANSWER}?state=made-up", "jo@college.example").status_code == 403
    assert comes(visitor, address, "jo@college.example").status_code == 303
    visitor.post("/sign-out", data={"csrf_token": visitor.token()})
    assert comes(visitor, address, "jo@college.example").status_code == 403, "it counts once"


def test_a_name_that_is_nobodys_here_waits_for_a_tutor(cast: Cast) -> None:
    cast.learner("Jo Smith", email="jo@elsewhere.example", newcomer=True)
    for name in ("jo@elsewhere.example", "urn:uuid:0a1b", "new@college.example"):
        visitor = cast.visitor()
        refused = comes(visitor, there(visitor), name)
        assert refused.status_code == 403
        assert "We do not know you yet" in refused.get_data(as_text=True)
    assert rows(cast.app, "SELECT count(*) FROM newcomer") == [(3,)]


def test_without_the_setting_the_header_is_any_other(tiny: Cast) -> None:
    visitor = tiny.visitor()
    assert visitor.get("/sign-in/provider").status_code == 404
    assert visitor.get(ANSWER, headers={HEADER: "jo@college.example"}).status_code == 404
