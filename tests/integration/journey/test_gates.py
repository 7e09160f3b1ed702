"""t10: nothing leads to the declaration but answers that pass every gate, one after the other."""

import pytest

from induction.audit.act import acting
from induction.certificates.issuing import Issuer
from induction.database import utc_now
from induction.journey.answering import OutOfTurn
from induction.journey.declaring import declare
from tests.support.cast import Cast
from tests.support.learner import Learner
from tests.support.page import Page
from tests.support.post import outbox
from tests.support.record import Ledger, count, rows

NOT_YET = "That part is not open yet."
FIRST, SECOND = "arriving", "badges"


def post(learner: Learner, path: str, **values: str | list[str]) -> Page:
    """Send what no form of this page would, and follow; the token is the session's own."""
    data = {"csrf_token": learner.visitor.token(), **values}
    response = learner.visitor.post(path, data=data)
    if response.status_code == 303:
        learner.open(response.location)
    else:
        assert response.status_code == 422, f"{path}: {response.status}"
        learner.page = Page(response.get_data(as_text=True))
    return learner.page


LATER = [
    f"/induction/{SECOND}",
    f"/induction/{SECOND}/take-away",
    f"/induction/{SECOND}/look-back",
    f"/induction/{SECOND}/look-back/done",
    f"/induction/{SECOND}/quiz",
    f"/induction/{SECOND}/quiz/1/forgotten-badge",
    f"/induction/{SECOND}/feedback/1/forgotten-badge",
    f"/induction/{SECOND}/result",
    "/induction/final-check",
    "/induction/final-check/quiz",
    "/induction/declaration",
    f"/induction/{FIRST}/result",
    f"/induction/{FIRST}/quiz/1/lunch-run",
    f"/induction/{FIRST}/quiz/1/lunch-run/on-the-way-back",
    f"/induction/{FIRST}/quiz/2/late-for-class",
    f"/induction/{FIRST}/feedback/1/late-for-class",
]


@pytest.mark.parametrize("path", LATER)
def test_t10_an_address_further_on_leads_to_the_next_open_step_and_says_why(
    newcomer: Learner, kept: Ledger, path: str
) -> None:
    page = newcomer.open(path)
    assert newcomer.path == f"/induction/{FIRST}"
    assert NOT_YET in page.text
    assert not kept.changed()


@pytest.mark.parametrize("path", ["/induction/no-such-part", "/induction/no-such-part/quiz"])
def test_an_unknown_part_is_not_found(newcomer: Learner, path: str) -> None:
    newcomer.visitor.read(path, status=404)
    token = newcomer.visitor.token()
    answer = newcomer.visitor.post("/induction/no-such-part/quiz", data={"csrf_token": token})
    assert answer.status_code == 404


REFUSED: dict[str, tuple[str, dict[str, str | list[str]]]] = {
    "a later section": (
        f"/induction/{SECOND}/quiz",
        {"scenario": "forgotten-badge", "option": ["ask-desk", "tell-tutor"]},
    ),
    "the final check": (
        "/induction/final-check/quiz",
        {"scenario": "late-for-class", "option": "join-queue"},
    ),
    "another section's scenario": (
        f"/induction/{FIRST}/quiz",
        {"scenario": "forgotten-badge", "option": ["ask-desk", "tell-tutor"]},
    ),
    "a scenario that is not its turn": (
        f"/induction/{FIRST}/quiz",
        {"scenario": "lunch-run", "scene": "at-the-desk", "option": "wait-to-sign"},
    ),
    "the end of a story before its beginning": (
        f"/induction/{FIRST}/quiz",
        {"scenario": "lunch-run", "scene": "on-the-way-back", "option": "sign-again"},
    ),
    "a try that has not begun": (
        f"/induction/{FIRST}/quiz",
        {"scenario": "late-for-class", "try": "2", "option": "join-queue"},
    ),
    "no scenario": (f"/induction/{FIRST}/quiz", {"option": "join-queue"}),
    "an unknown scenario": (f"/induction/{FIRST}/quiz", {"scenario": "x", "option": "y"}),
    "a look-back at the very beginning": (
        f"/induction/{FIRST}/look-back",
        {"scenario": "late-for-class", "option": "join-queue"},
    ),
    "a look-back at a section that is not open": (
        f"/induction/{SECOND}/look-back",
        {"scenario": "late-for-class", "option": "join-queue"},
    ),
    "the declaration": ("/induction/declaration", {"full_name": "Amina Yusuf", "accept": "y"}),
}


def test_t10_a_scene_that_is_not_open_is_refused_whatever_is_chosen_in_it(
    newcomer: Learner, kept: Ledger
) -> None:
    newcomer.walk(lambda me: me.asked == "lunch-run")
    kept.changed()
    values = {"scenario": "lunch-run", "scene": "on-the-way-back"}
    for option in ("wait-to-sign", "sign-again"):
        page = post(newcomer, f"/induction/{FIRST}/quiz", **values, option=option)
        assert NOT_YET in page.text
    assert not kept.changed()


@pytest.mark.parametrize("what", REFUSED)
def test_t10_what_is_not_open_is_refused_and_nothing_is_written(
    newcomer: Learner, kept: Ledger, what: str
) -> None:
    path, values = REFUSED[what]
    page = post(newcomer, path, **values)
    assert newcomer.path in {f"/induction/{FIRST}", f"/induction/{FIRST}/quiz"}
    assert NOT_YET in page.text
    assert not kept.changed()


NOT_ANSWERS = {
    "an option of another scenario": ["ask-desk"],
    "an unknown option": ["no-such-thing"],
    "an option and one of another scenario": ["join-queue", "ask-desk"],
    "two options where one is asked": ["join-queue", "side-door"],
    "the same option twice": ["join-queue", "join-queue"],
    "none": [],
    "an empty one": [""],
}


@pytest.mark.parametrize("what", NOT_ANSWERS)
def test_t10_what_answers_nothing_is_refused_with_words_and_nothing_is_written(
    newcomer: Learner, kept: Ledger, what: str
) -> None:
    newcomer.to_question()
    while newcomer.asked != "late-for-class":
        newcomer.press()
        newcomer.to_question()
    kept.changed()
    where = newcomer.path
    page = newcomer.send(option=NOT_ANSWERS[what])
    assert newcomer.path == where, "asked again where it stood"
    assert page.title.startswith("Error: ")
    assert "hoose" in page.text  # what to do about it
    assert not newcomer.open(where).title.startswith("Error: "), "told once"
    assert not kept.changed()


def test_what_was_ticked_is_still_ticked_when_the_form_comes_back(newcomer: Learner) -> None:
    newcomer.to_question(SECOND)
    again = newcomer.send(option=["ask-desk", "side-door"]).form("option")
    assert again.fields["option"] == ["ask-desk"]


def test_t10_a_form_sent_again_changes_nothing(newcomer: Learner, kept: Ledger) -> None:
    newcomer.to_question()
    form, asked, choice = newcomer.form, newcomer.asked, newcomer.choice(rightly=False)
    newcomer.send(option=choice)
    led_to = newcomer.path
    kept.changed()
    assert newcomer.visitor.send(form, {"option": choice}).location == led_to
    assert asked in led_to
    assert not kept.changed()


def test_t11_another_answer_to_what_was_answered_is_not_swallowed(
    newcomer: Learner, kept: Ledger
) -> None:
    newcomer.to_question()
    form, question, [choice] = newcomer.form, newcomer.path, newcomer.choice(rightly=False)
    led_to = newcomer.send(option=choice).html
    kept.changed()
    [other, *_] = [o for o in form.options["option"] if o != choice]
    newcomer.open(newcomer.visitor.send(form, {"option": other}).location)
    assert newcomer.path == question
    assert newcomer.page.heading.startswith("You had answered this already")
    assert "What you sent just now was not taken" in newcomer.page.text
    [chosen] = [li.text for li in newcomer.page.all("li") if "(you chose this)" in li.text]
    scenario = newcomer.policy.scenario(question.rpartition("/")[2])
    assert scenario is not None
    option = scenario.scenes[0].option(choice)
    assert option is not None
    assert chosen.startswith(option.text)
    assert not newcomer.page.forms, "nothing to answer here"
    assert newcomer.press().heading in led_to
    assert not kept.changed()


def test_t10_a_form_of_an_earlier_section_changes_nothing(newcomer: Learner, kept: Ledger) -> None:
    newcomer.to_question()
    old, choice = newcomer.form, newcomer.choice(rightly=False)
    newcomer.to_question(SECOND)
    kept.changed()
    answer = newcomer.visitor.send(old, {"option": choice})
    assert answer.status_code == 303
    assert not kept.changed()


def test_t10_a_look_back_is_taken_once_and_only_as_asked(newcomer: Learner, kept: Ledger) -> None:
    newcomer.walk(lambda me: me.path.endswith("/look-back"))
    asked, form, choice = newcomer.asked, newcomer.form, newcomer.choice()
    kept.changed()
    other = {"late-for-class": "lunch-run", "lunch-run": "late-for-class"}[asked]
    post(newcomer, f"/induction/{SECOND}/look-back", scenario=other, option="walk-past")
    assert not kept.changed()
    assert newcomer.visitor.send(form, {"option": choice}).status_code == 303
    assert kept.changed()
    newcomer.visitor.send(form, {"option": choice})
    assert not kept.changed()
    page = newcomer.open(f"/induction/{SECOND}/look-back")
    assert page.heading.startswith("You had answered this already"), "it is not asked again"
    newcomer.press()
    assert newcomer.path == f"/induction/{SECOND}/look-back/done"


def test_the_declaration_wants_a_name_and_the_tick(newcomer: Learner, kept: Ledger) -> None:
    newcomer.to_declaration()
    kept.changed()
    for values in ({"full_name": "", "accept": "y"}, {"full_name": "Amina Yusuf"}):
        response = newcomer.visitor.send(newcomer.form, values, at=newcomer.path)
        assert response.status_code == 422
        again = Page(response.get_data(as_text=True)).form("full_name")
        assert again.fields["full_name"] == [values["full_name"]], "what was typed is kept"
    assert not kept.changed()


def test_another_name_is_asked_about_once_and_then_taken(
    newcomer: Learner, kept: Ledger, tiny: Cast
) -> None:
    newcomer.to_declaration()
    kept.changed()
    form = newcomer.form
    for typed in ("Robin Hood", "Maid Marian"):
        response = newcomer.visitor.send(
            form, {"full_name": typed, "accept": "y"}, at=newcomer.path
        )
        asked = Page(response.get_data(as_text=True))
        assert response.status_code == 200
        assert "Is this you?" in asked.text
        assert typed in asked.text
        assert newcomer.name in asked.text
        form = asked.form("full_name")
        assert form.fields["full_name"] == [typed]
        assert form.fields["accept"] == ["y"], "one press is enough"
    assert not kept.changed(), "nothing is signed yet"
    assert newcomer.visitor.send(form, {}, at=newcomer.path).status_code == 303
    assert rows(tiny.app, "SELECT signed_name FROM declaration") == [("Maid Marian",)]


def test_whoever_finishes_is_told_by_letter_once(newcomer: Learner, tiny: Cast) -> None:
    newcomer.to_declaration()
    form, signed = newcomer.form, {"full_name": newcomer.name, "accept": "y"}
    for _ in range(2):  # pressed twice
        assert newcomer.visitor.send(form, signed, at=newcomer.path).status_code == 303
    (told,) = (one for one in outbox(tiny.app) if "finished your induction" in one["Subject"])
    ((number,),) = rows(tiny.app, "SELECT number FROM certificate")
    assert f"/certificates/{number}\n" in told.get_content()
    assert newcomer.visitor.get(f"/certificates/{number}").status_code == 200
    assert tiny.visitor().get(f"/verify/{number}").status_code == 200


def test_a_failed_try_shows_topics_and_then_asks_only_what_was_missed(newcomer: Learner) -> None:
    newcomer.walk(lambda me: me.path.endswith("/result"), rightly=False)
    assert "0 of 2" in newcomer.page.text
    assert newcomer.page.links["Sign out when you leave."].endswith("#clause-sign-out")
    newcomer.press()
    newcomer.press(rightly=True)
    newcomer.press()
    newcomer.press(rightly=False)
    while not newcomer.path.endswith("/result"):
        newcomer.press(rightly=False)
    app = newcomer.visitor.application
    assert rows(app, "SELECT number FROM attempt ORDER BY id") == [(1,), (2,)]


def test_what_was_missed_leads_to_the_paragraph_that_explains_it(as_learner: Learner) -> None:
    page = as_learner.walk(lambda me: me.path.endswith("/result"), rightly=False)
    links = [a["href"] for a in page.all("a") if "#explains-" in a["href"]]
    assert links
    for href in links:
        path, _, place = href.partition("#")
        (there,) = [e for e in as_learner.visitor.read(path).all("li", "p") if e["id"] == place]
        assert there.text


def test_three_failed_tries_tell_the_tutor_and_leave_the_way_open(newcomer: Learner) -> None:
    for _ in range(3):
        newcomer.walk(lambda me: bool(me.asked), rightly=False)
        while not newcomer.path.endswith("/result"):
            newcomer.press(rightly=False)
    assert "ask your tutor" in newcomer.page.text
    newcomer.finish()
    assert count(newcomer.visitor.application, "certificate") == 1


def test_t10_a_look_back_opens_with_its_section_and_closes_with_it(
    newcomer: Learner, kept: Ledger
) -> None:
    newcomer.to_question()
    while newcomer.asked != "late-for-class":
        newcomer.press()
        newcomer.to_question()
    newcomer.press()
    known = {"scenario": "late-for-class", "option": "join-queue"}
    kept.changed()
    post(newcomer, f"/induction/{SECOND}/look-back", **known)
    assert not kept.changed(), "the section is not open yet"
    newcomer.walk(lambda me: me.path.endswith("/look-back"))
    newcomer.open(f"/induction/{SECOND}/quiz")
    while SECOND in newcomer.path:
        newcomer.press()
    kept.changed()
    post(newcomer, f"/induction/{SECOND}/look-back", **known)
    post(newcomer, f"/induction/{SECOND}/look-back", scenario="lunch-run", option="walk-past")
    assert not kept.changed(), "the section is passed"


def test_t10_the_declaration_itself_refuses_whoever_has_not_passed(tiny: Cast) -> None:
    account = tiny.learner()
    issuer = Issuer({"name": "Example Training Centre", "ukprn": None}, "http://127.0.0.1:8000")
    with tiny.app.app_context(), pytest.raises(OutOfTurn), acting(account, utc_now()) as act:
        declare(act, tiny.app.extensions["content"], account, account.full_name, issuer)
    assert count(tiny.app, "certificate") == count(tiny.app, "declaration") == 0
