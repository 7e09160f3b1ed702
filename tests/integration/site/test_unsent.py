"""Typed words that come after their session has ended are shown again, and sent again.

That no form with lines to write asks for a password, too, is looked at on every page that any test
opens (tests/support/inspection.py): what was typed is shown.
"""

import json

import pytest

from induction.people.models import Account, Role
from tests.support.cast import PASSWORD, Cast
from tests.support.client import Visitor
from tests.support.page import Form, Page, read
from tests.support.record import rows

AT = "/induction/ask"
WORDS = "Is a photo of my own cake all right?\n\n“No” was what <b>Bo</b> said."


@pytest.fixture
def learner(cast: Cast) -> Account:
    return cast.learner("Amina Yusuf", cohort=cast.cohort("Bakery", cast.account(Role.TUTOR)))


def sent(visitor: Visitor, form: Form, question: str | None, came_from: str = AT) -> Page:
    """The page that answers a form which a browser sends from this page of ours."""
    values = form.filled() if question is None else form.filled(question=question)
    at = f"http://localhost{came_from}" if came_from.startswith("/") else came_from
    answer = visitor.post(AT, data=values, headers={"Referer": at})
    assert answer.status_code == 400
    return read(answer.get_data(as_text=True))


def test_whoever_was_signed_out_reads_their_words_and_sends_them_after_signing_in(
    cast: Cast, learner: Account
) -> None:
    visitor = cast.signed_in(learner)
    form = visitor.read(AT).form("question")
    visitor.post("/sign-out", data={"csrf_token": visitor.token()})
    page = sent(visitor, form, WORDS)
    assert page.heading == "Not sent yet"
    assert page.all("textarea")[0].typed == WORDS
    assert page.links["Sign in (opens a new window)"] == "/sign-in"
    visitor.sign_in(learner.email, PASSWORD)
    once_more = sent(visitor, page.form("question"), None)
    assert "You are signed in as Amina Yusuf" in once_more.text
    assert asked(cast) == []
    answer = visitor.post(AT, data=once_more.form("question").filled())
    assert answer.status_code == 303
    assert asked(cast) == [WORDS]


def test_whoever_signed_in_anew_elsewhere_reads_their_words_and_sends_them(
    cast: Cast, learner: Account
) -> None:
    visitor = cast.signed_in(learner)
    form = visitor.read(AT).form("question")
    visitor.post("/sign-out", data={"csrf_token": visitor.token()})
    visitor.sign_in(learner.email, PASSWORD)
    page = sent(visitor, form, WORDS)
    assert "You are signed in as Amina Yusuf" in page.text
    assert visitor.post(AT, data=page.form("question").filled()).status_code == 303
    assert asked(cast) == [WORDS]


def test_words_of_one_line_are_shown_again_too(cast: Cast, learner: Account) -> None:
    visitor, at = cast.signed_in(learner), "/induction/my-changes"
    form = visitor.read(at).form("first")
    visitor.post("/sign-out", data={"csrf_token": visitor.token()})
    values = form.filled(first="Before I film, I ask", third="Less on Sundays")
    answer = visitor.post(at, data=values, headers={"Referer": f"http://localhost{at}"})
    page = read(answer.get_data(as_text=True))
    assert page.heading == "Not sent yet"
    written = ["Before I film, I ask", "Less on Sundays"]
    assert [field.typed for field in page.all("textarea")] == written
    visitor.sign_in(learner.email, PASSWORD)
    once_more = page.form("first").filled(csrf_token=visitor.token())
    assert visitor.post(at, data=once_more).status_code == 303
    assert all(line in visitor.read(at).text for line in written)


@pytest.mark.parametrize(
    ("role", "at", "typed"),
    [
        (Role.ADMIN, "/admin/settings", {"name": "Bakery College", "ukprn": "10012345"}),
        (
            Role.TUTOR,
            "/tutor/enrol",
            {"full_name": "Ann Lee", "learner_ref": "L7", "uln": "1000000034"},
        ),
        (
            Role.TUTOR,
            "/tutor/cohorts/new",
            {"name": "Autumn", "programme": "Bakery", "due_on": "2027-05-01"},
        ),
    ],
)
def test_a_form_of_short_fields_is_carried_whole(
    cast: Cast, role: Role, at: str, typed: dict[str, str]
) -> None:
    visitor, first = cast.signed_in(cast.account(role)), next(iter(typed))
    form = visitor.read(at).form(first)
    visitor.post("/sign-out", data={"csrf_token": visitor.token()})
    values = form.filled(**typed)
    answer = visitor.post(at, data=values, headers={"Referer": f"http://localhost{at}"})
    page = read(answer.get_data(as_text=True))
    assert [field.typed for field in page.all("textarea")] == [typed[first]]
    carried = page.form(first).filled()
    assert {name: carried[name] for name in typed} == {name: [said] for name, said in typed.items()}


@pytest.mark.parametrize("came_from", ["https://evil.example/", "http://localhost.evil.example/"])
def test_a_page_of_somebody_else_puts_no_words_into_a_form_of_ours(
    cast: Cast, learner: Account, came_from: str
) -> None:
    visitor = cast.signed_in(learner)
    form = visitor.read(AT).form("question")
    form.fields["csrf_token"] = ["theirs"]
    page = sent(visitor, form, "Send this", came_from)
    assert "another session" in page.heading
    assert "Send this" not in page.text


def asked(cast: Cast) -> list[str]:
    """What is on record as asked of tutors."""
    sql = """SELECT data FROM audit_personal JOIN audit_entry USING (seq)
             WHERE action = 'tutoring:help-asked'"""
    return [json.loads(data)["reason"] for (data,) in rows(cast.app, sql)]
