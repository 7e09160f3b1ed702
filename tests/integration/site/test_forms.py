"""t04: a form counts only from the session that it was given to."""

from urllib.parse import quote

import pytest
from flask import Flask

from induction.people.models import Role
from tests.integration.test_routes import PINNED, address, rules
from tests.support.cast import PASSWORD, Cast
from tests.support.client import Visitor
from tests.support.learner import Learner
from tests.support.page import Page, read
from tests.support.record import count, ledger


def posts(app: Flask) -> list[str]:
    """Every address that takes a form; a directory sends none, and has a token of its own."""
    return [
        address(rule)
        for (method, path), rule in rules(app).items()
        if method == "POST" and not path.startswith("/scim/")
    ]


def refused(visitor: Visitor, path: str, token: str | None) -> Page:
    """Send it with this token; the page that refuses it."""
    answer = visitor.post(path, data={"csrf_token": token} if token else {})
    assert answer.status_code == 400, f"{path}: {answer.status}"
    return read(answer.get_data(as_text=True))


@pytest.mark.parametrize("role", Role)
def test_t04_no_form_is_taken_without_its_sessions_token(cast: Cast, role: Role) -> None:
    other = cast.signed_in(cast.account(Role.ADMIN)).token()
    visitor = cast.signed_in(cast.account(role))
    with ledger(cast.app) as watching:
        for path in posts(cast.app):
            for token in (None, "rubbish", other):
                page = refused(visitor, path, token)
                assert "another session" in page.heading
                assert "reload the page" in page.text, "says what to do"
        assert not watching.changed()


def test_t04_whoever_is_signed_out_gets_back_to_the_form_by_signing_in(cast: Cast) -> None:
    other = cast.signed_in(cast.account(Role.ADMIN)).token()
    visitor = cast.visitor()
    visitor.read("/sign-in")
    with ledger(cast.app) as watching:
        for (method, path), rule in rules(cast.app).items():
            if method != "POST" or path.startswith("/scim/"):
                continue
            if None in PINNED[method, path]:
                assert "another session" in refused(visitor, address(rule), other).heading
                continue
            answer = visitor.post(address(rule), data={"csrf_token": other})
            assert answer.status_code == 303, path
            back = f"?next={quote(address(rule))}" if ("GET", path) in PINNED else ""
            assert answer.location == f"/sign-in{back}"
            assert "signed out meanwhile" in visitor.read(answer.location).text
        assert not watching.changed()


def test_t04_a_browser_without_cookies_is_told_what_is_missing(cast: Cast) -> None:
    page = refused(cast.visitor(), "/sign-in", "rubbish")
    assert page.heading == "Your browser sent no cookie"
    assert "Allow cookies" in page.text


def test_t04_a_form_opened_before_signing_in_is_not_taken_after(cast: Cast) -> None:
    account, visitor = cast.account(), cast.visitor()
    before = visitor.read("/sign-in").form("password").fields["csrf_token"][0]
    visitor.sign_in(account.email, PASSWORD)
    refused(visitor, "/sign-out", before)


def test_t04_an_answer_refused_for_its_token_is_kept_and_offered(
    tiny: Cast, newcomer: Learner
) -> None:
    newcomer.to_question()
    form, chosen = newcomer.form, newcomer.choice()
    form.fields["csrf_token"] = ["rubbish"]
    answer = newcomer.visitor.send(form, {"option": chosen}, at=newcomer.path)
    assert answer.status_code == 400
    assert "we kept it for you" in answer.get_data(as_text=True)
    assert count(tiny.app, "answer") == 0
    newcomer.to_question()
    assert newcomer.form.fields["option"] == chosen


def test_t04_looking_changes_nothing_even_with_a_form_in_the_address(cast: Cast) -> None:
    visitor = cast.signed_in(cast.account(Role.ADMIN))
    acts = count(cast.app, "audit_entry")
    for path in posts(cast.app):  # the visitor fails at whatever looking writes, but for counting
        visitor.get(path, query_string={"full_name": "A B", "role": "admin", "accept": "y"})
    assert count(cast.app, "audit_entry") == acts


def test_a_name_with_marks_that_no_letter_has_is_refused_in_words(tiny: Cast) -> None:
    learner = tiny.taking(tiny.learner())
    learner.to_declaration()
    form = learner.page.form("full_name")
    many = {"full_name": "Zoe" + "\u0301" * 180, "accept": "y"}
    answer = learner.visitor.send(form, many, at="/induction/declaration")
    page = read(answer.get_data(as_text=True))
    assert answer.status_code == 400
    assert page.heading == "Too many marks on one letter"
    assert "type it again by hand" in page.text
