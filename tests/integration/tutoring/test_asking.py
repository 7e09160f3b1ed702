"""A learner asks their tutors from any page of the way."""

import pytest

from induction.people.models import Account, Role
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.learner import Learner
from tests.support.post import outbox
from tests.support.record import count

QUESTION = "Is a photo of my own cake all right?"


@pytest.fixture
def tutors(cast: Cast) -> list[Account]:
    return [cast.account(Role.TUTOR, name) for name in ("Bronwen Price", "Marek Nowak")]


@pytest.fixture
def learner(cast: Cast, tutors: list[Account]) -> Account:
    person = cast.learner("Amina Yusuf", cohort=cast.cohort("Bakery", tutors[0]))
    cast.cohort("Welding", tutors[1])
    return person


def ask(visitor: Visitor, before: str, question: str = QUESTION) -> int:
    """Follow the link of this page and ask; the status of the answer."""
    answer = visitor.get("/induction/ask", headers={"Referer": f"http://localhost{before}"})
    assert f'name="from" value="{before}"' in answer.get_data(as_text=True)
    form = visitor.read("/induction/ask").form("question")
    sent = visitor.send(form, {"question": question, "from": before}, at="/induction/ask")
    return sent.status_code


def test_their_own_tutor_is_told_at_once_and_where_it_was(
    cast: Cast, learner: Account, tutors: list[Account]
) -> None:
    me = Learner(cast.signed_in(learner), cast.policy, learner.full_name)
    me.to_question()
    scenario = cast.policy.scenario(me.asked)
    assert scenario is not None
    assert me.page.links["Ask your tutor"] == "/induction/ask"
    assert ask(me.visitor, me.path) == 303
    (letter,) = (one for one in outbox(cast.app) if "asks you something" in one["Subject"])
    assert letter["To"] == tutors[0].email
    for words in (QUESTION, scenario.title, f"/tutor/learners/{learner.public_id}"):
        assert words in letter.get_content()
    record = cast.signed_in(tutors[0]).read(f"/tutor/learners/{learner.public_id}")
    assert "Asked their tutor" in record.text
    assert QUESTION in record.text


def test_nothing_typed_and_too_much_are_said(cast: Cast, learner: Account) -> None:
    visitor = cast.signed_in(learner)
    assert ask(visitor, "/induction", " ") == 422
    assert ask(visitor, "/induction", "x" * 501) == 422
    assert not [one for one in outbox(cast.app) if "asks you" in one["Subject"]]


def test_a_tutor_is_not_flooded(cast: Cast, learner: Account) -> None:
    visitor = cast.signed_in(learner)
    asked = [ask(visitor, "/induction", f"{QUESTION} And {n} of them?") for n in range(7)]
    assert asked == [303] * 5 + [422] * 2
    assert len([one for one in outbox(cast.app) if "asks you" in one["Subject"]]) == 5


def test_where_nobody_is_named_the_page_says_so(cast: Cast) -> None:
    visitor = cast.signed_in(cast.learner())
    page = visitor.read("/induction/ask")
    assert "Nobody is named as your tutor here yet" in page.text
    token = visitor.token()
    visitor.post("/induction/ask", data={"question": QUESTION, "csrf_token": token})
    assert count(cast.app, "outbox_mail") == 0
