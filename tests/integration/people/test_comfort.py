"""How pages look: chosen on one page by anybody, kept by the account or by the browser."""

import pytest

from tests.support.cast import Cast
from tests.support.client import Visitor


def choose(visitor: Visitor, before: str, scheme: str) -> str:
    """Come from a page, choose colours, and say where that leads."""
    answer = visitor.get("/comfort", headers={"Referer": f"http://localhost{before}"})
    token = visitor.read("/comfort").form("scheme").fields["csrf_token"]
    assert f'name="from" value="{before}"' in answer.get_data(as_text=True)
    chosen = {"text_size": "normal", "spacing": "wide", "font": "normal", "motion": "system"}
    data = {"csrf_token": token, "from": before, "scheme": scheme} | chosen
    return visitor.post("/comfort", data=data).location


def look(visitor: Visitor, path: str) -> str:
    """The first tag of a page, where its look stands."""
    return visitor.get(path).get_data(as_text=True).split("<head>")[0]


def test_before_sign_in_this_browser_keeps_it(cast: Cast) -> None:
    visitor = cast.visitor()
    assert choose(visitor, "/sign-in", "dark") == "/sign-in"
    assert 'data-scheme="dark"' in look(visitor, "/verify")
    assert 'data-spacing="wide"' in look(visitor, "/verify")
    assert 'data-scheme="system"' in look(cast.visitor(), "/verify"), "another browser"


def test_an_account_keeps_it_on_every_device(cast: Cast) -> None:
    learner = cast.learner()
    assert choose(cast.signed_in(learner), "/induction", "cream") == "/induction"
    elsewhere = cast.signed_in(learner)
    assert 'data-scheme="cream"' in look(elsewhere, "/induction")
    assert choose(cast.visitor(), "/", "dark") == "/"
    assert 'data-scheme="cream"' in look(elsewhere, "/induction"), "nobody else’s choice counts"


@pytest.mark.parametrize("sent", ["scheme=blood", "scheme=%22%3E%3Cscript", "x", "=&&=;", "é=é"])
def test_a_cookie_that_is_not_ours_changes_nothing(cast: Cast, sent: str) -> None:
    visitor = cast.visitor()
    name = f"{cast.app.config['SESSION_COOKIE_NAME']}-comfort"
    visitor.set_cookie(name, sent)
    assert 'data-scheme="system"' in look(visitor, "/")


@pytest.mark.parametrize(
    "before", ["https://elsewhere.example/", "//elsewhere.example", "/nothing"]
)
def test_back_leads_to_a_page_of_ours_alone(cast: Cast, before: str) -> None:
    page = cast.visitor().get("/comfort", headers={"Referer": before}).get_data(as_text=True)
    assert 'name="from" value="/"' in page
