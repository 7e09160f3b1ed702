"""What is kept of an answer, and where a learner finds their way again."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager

from flask import Flask
from sqlalchemy import delete

from induction.database import writing
from induction.people.models import SignIn
from tests.support.cast import PASSWORD, Cast
from tests.support.learner import Learner
from tests.support.page import Page
from tests.support.queries import Statements
from tests.support.record import actions, count, rows


def test_an_answer_is_kept_as_it_was_shown_and_given(newcomer: Learner, tiny: Cast) -> None:
    newcomer.to_question()
    shown, asked = newcomer.form.options["option"], newcomer.asked
    chosen = newcomer.choice(rightly=False)
    newcomer.send(option=chosen)
    ((scenario, result, order, given, content),) = rows(
        tiny.app,
        "SELECT w.scenario, w.result, w.shown, w.chosen, a.content"
        " FROM answer w JOIN attempt a ON a.id = w.attempt_id",
    )
    assert (scenario, result) == (asked, "wrong")
    assert (order.split(), given.split()) == (shown, chosen)
    assert content == tiny.policy.digest


def test_t31_an_answer_has_its_entry_in_the_record_of_acts(newcomer: Learner, tiny: Cast) -> None:
    newcomer.to_question()
    chosen = newcomer.choice()
    newcomer.send(option=chosen)
    entries = rows(tiny.app, "SELECT details FROM audit_entry WHERE action = 'journey:answered'")
    details = json.loads(entries[0][0])
    assert details["chosen"] == chosen
    assert details["content"] == tiny.policy.digest
    assert details["counted"] is True


def test_the_whole_way_leaves_its_trace_in_the_record_of_acts(
    newcomer: Learner, tiny: Cast
) -> None:
    newcomer.finish()
    told = actions(tiny.app)
    assert told.count("journey:section-passed") == 3
    assert told[-2:] == ["journey:declared", "certificates:issued"]
    assert told.index("people:signed-in") < told.index("journey:answered")


def test_another_device_picks_up_at_the_same_question(newcomer: Learner, tiny: Cast) -> None:
    newcomer.to_question("badges")
    newcomer.open()
    phone = Learner(tiny.visitor(), tiny.policy, newcomer.name)
    phone.visitor.sign_in("learner1@college.example", PASSWORD)
    phone.walk(lambda me: bool(me.asked))
    newcomer.walk(lambda me: bool(me.asked))
    assert phone.path == newcomer.path
    assert newcomer.path.startswith("/induction/badges/quiz/1/")
    assert phone.form.options == newcomer.form.options, "in the same order"


def test_another_device_picks_up_in_the_middle_of_a_story(newcomer: Learner, tiny: Cast) -> None:
    newcomer.to_question()
    while newcomer.asked != "lunch-run":
        newcomer.press()
        newcomer.to_question()
    newcomer.press()
    assert newcomer.form.fields["scene"] == ["on-the-way-back"]
    assert "Wait and sign out" in newcomer.page.text, "with the story so far"
    phone = Learner(tiny.visitor(), tiny.policy, newcomer.name)
    phone.visitor.sign_in("learner1@college.example", PASSWORD)
    phone.walk(lambda me: bool(me.asked))
    assert phone.form.fields["scene"] == ["on-the-way-back"]


def test_each_question_is_shown_at_its_own_address_as_it_was_answered(newcomer: Learner) -> None:
    asked: list[tuple[str, list[str], list[str]]] = []  # address, order shown, what is chosen
    newcomer.open()
    while len(asked) < 5:
        if newcomer.asked:
            path, scene = newcomer.path, "".join(newcomer.form.fields.get("scene", []))
            scenario = newcomer.policy.scenario(newcomer.asked)
            at = scenario.scene(scene) if scenario else None
            assert at is not None
            texts = {option.id: option.text for option in at.options}
            order = [texts[o] for o in newcomer.form.options["option"]]
            asked.append((path, order, [texts[o] for o in newcomer.choice()]))
        newcomer.press()
    assert len({path for path, _, _ in asked}) == 5, "scenes of a story too, and the look-back"
    for path, order, chosen in asked:
        page = newcomer.open(path)
        shown = [li.text for ul in page.all("ul") for li in ul.all("li") if li.inside("main")]
        assert [text.removesuffix(" (you chose this)") for text in shown] == order
        assert {t for t in shown if t.endswith("(you chose this)")} == {
            f"{text} (you chose this)" for text in chosen
        }
        assert page.heading.startswith("You had answered this already")
        newcomer.press()
        following = {"/feedback/", "/look-back/done", "/lunch-run/on-the-way-back"}
        assert any(part in newcomer.path for part in following), newcomer.path


def test_the_hub_says_how_far_one_is(newcomer: Learner) -> None:
    assert "4 steps" in newcomer.open().text
    newcomer.to_question("badges")
    hub = newcomer.open()
    assert "1 of 4 steps done" in hub.text
    states = [item.text for item in hub.all("li")]
    assert any("When you arrive" in text and "Passed" in text for text in states)
    assert any("The final check" in text or "Final check" in text for text in states)
    newcomer.to_declaration()
    assert "3 of 4 steps done · about 1 minute left" in newcomer.open().text


def test_after_the_end_every_address_leads_to_the_certificate(newcomer: Learner) -> None:
    number = newcomer.finish()
    assert newcomer.open().next_step["href"] == f"/certificates/{number}"
    newcomer.open("/induction/declaration")
    assert newcomer.path == f"/certificates/{number}"
    newcomer.open("/induction/arriving")
    assert newcomer.page.next_step["href"] == f"/certificates/{number}"
    newcomer.open("/induction/arriving/quiz")
    assert newcomer.path == "/induction/arriving/result"


def test_signing_twice_gives_one_certificate(newcomer: Learner, tiny: Cast) -> None:
    newcomer.to_declaration()
    form = newcomer.form
    values = {"full_name": newcomer.name, "accept": "y"}
    first = newcomer.visitor.send(form, values, at=newcomer.path)
    second = newcomer.visitor.send(form, values, at=newcomer.path)
    assert second.location.split("?")[0] == first.location.split("?")[0]
    assert count(tiny.app, "certificate") == count(tiny.app, "declaration") == 1


def test_somebody_without_an_enrolment_is_told_so(cast: Cast) -> None:
    visitor = cast.signed_in(cast.account())
    assert "not enrolled" in visitor.read("/induction").text
    visitor.read("/induction/declaration", status=404)


# ---- an answer on its way when the session ends --------------------------------------------------


def sent_while_signed_out(learner: Learner, tiny: Cast) -> tuple[list[str], Page]:
    """Answer after the session has ended elsewhere, sign in again, and land somewhere."""
    learner.to_question("badges")
    form = learner.form
    end_every_session(tiny.app)
    chosen = ["borrow-badge", "tell-tutor"]
    answer = learner.visitor.send(form, {"option": chosen}, at=learner.path)
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in?next=")
    assert "signed out meanwhile" in learner.visitor.read(answer.location).text
    again = learner.visitor.read(answer.location).form("password")
    values = {"email": "learner1@college.example", "password": PASSWORD}
    back = learner.visitor.send(again, values, at="/sign-in")
    return chosen, learner.open(back.location)


def end_every_session(app: Flask) -> None:
    """As a password change elsewhere, or two weeks, would."""
    with app.app_context(), writing() as session:
        session.execute(delete(SignIn))


def test_an_answer_sent_after_the_session_ended_is_kept_for_the_next_sign_in(
    newcomer: Learner, tiny: Cast
) -> None:
    before = count(tiny.app, "answer")
    chosen, page = sent_while_signed_out(newcomer, tiny)
    assert newcomer.path.startswith("/induction/badges/quiz/")
    assert "kept the answer" in page.text
    assert sorted(newcomer.form.fields["option"]) == sorted(chosen)
    answered = count(tiny.app, "answer")
    newcomer.send(option=newcomer.form.fields["option"])
    assert count(tiny.app, "answer") == answered + 1 > before
    newcomer.open("/induction/badges/result")
    newcomer.press()
    assert "option" not in newcomer.form.fields, "it is offered once"


def test_an_answer_kept_on_a_shared_computer_is_nobody_elses(newcomer: Learner, tiny: Cast) -> None:
    newcomer.to_question()
    form, visitor = newcomer.form, newcomer.visitor
    end_every_session(tiny.app)
    visitor.send(form, {"option": newcomer.choice()}, at=newcomer.path)
    other = tiny.learner("Bronwen Price")
    visitor.sign_in(other.email, PASSWORD)
    second = Learner(visitor, tiny.policy, other.full_name)
    second.to_question()
    assert "option" not in second.form.fields


# ---- speed ---------------------------------------------------------------------------------------


def test_a_learners_page_needs_at_most_three_queries(
    newcomer: Learner, tiny: Cast, queries: Callable[..., AbstractContextManager[Statements]]
) -> None:
    newcomer.open()
    seen = set()
    while not newcomer.path.startswith("/certificates/"):
        with queries(tiny.app) as sent:
            newcomer.visitor.get(newcomer.path)
        assert len(sent) <= 3, f"{newcomer.path}: {sent}"
        assert not sent.writes
        seen |= set(newcomer.path.split("/"))
        newcomer.press(rightly="result" in seen)  # the first try fails
    assert {"induction", "quiz", "feedback", "result", "look-back", "done", "final-check"} <= seen
    for path in ("/certificates", newcomer.path, "/account", "/induction"):
        with queries(tiny.app) as sent:
            newcomer.visitor.get(path)
        assert len(sent) <= 3, f"{path}: {sent}"
