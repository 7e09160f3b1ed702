"""Situations in which something is done, from the question to the trace; ticks; own changes."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from induction.config import Settings
from induction.people.models import Role
from tests.support.cast import PASSWORD, Cast
from tests.support.learner import Learner
from tests.support.page import Page
from tests.support.places import DOING, taught
from tests.support.queries import Statements
from tests.support.record import count, rows


@pytest.fixture
def settings(instance: object) -> Settings:
    """These tests teach the small policy whose situations are things to do."""
    return taught(instance, DOING, "phones-at-work")  # type: ignore[arg-type]


def to_asked(me: Learner, scenario: str) -> Page:
    return me.walk(lambda learner: learner.asked == scenario)


def chosen_of(app: object, scenario: str) -> list[str]:
    sql = f"SELECT chosen FROM answer WHERE scenario = '{scenario}'"
    return [chosen for (chosen,) in rows(app, sql)]  # type: ignore[arg-type]


RIGHT = {
    "three-pictures": ["your-own-loaf--go-ahead", "mo-at-the-oven--ask-first",
                       "ada-said-no--leave-it"],
    "hot-tray": ["cool-it--1", "call-first-aid--2", "write-it-down--3"],
    "shelf-photo": ["unpaid-bill"],
}  # fmt: skip


def fields_of(me: Learner, chosen: list[str]) -> dict[str, str]:
    """Each choice in the field of its own thing, as a browser sends it."""
    return {
        name: value
        for name, values in me.form.options.items()
        for value in values
        if value in chosen
    }


@pytest.mark.parametrize("scenario", ["three-pictures", "hot-tray"])
def test_each_thing_has_a_field_of_its_own_and_the_answer_is_kept_as_given(
    cast: Cast, as_learner: Learner, scenario: str
) -> None:
    to_asked(as_learner, scenario)
    given = fields_of(as_learner, RIGHT[scenario])
    assert len(given) == 3
    page = as_learner.send(**given)
    assert page.heading == "Yes, that’s right"
    [chosen] = chosen_of(cast.app, scenario)
    assert sorted(chosen.split()) == sorted(RIGHT[scenario])


def test_what_is_missing_is_said_and_what_was_chosen_is_kept(as_learner: Learner) -> None:
    to_asked(as_learner, "three-pictures")
    given = fields_of(as_learner, RIGHT["three-pictures"][:2])
    page = as_learner.send(**given)
    assert "Choose one place for each of the 3" in page.text
    assert page.title.startswith("Error")
    assert {k: v[0] for k, v in as_learner.form.fields.items() if k in given} == given
    whole = as_learner.send(**fields_of(as_learner, RIGHT["three-pictures"]))
    assert whole.heading == "Yes, that’s right"


def test_two_steps_cannot_have_one_turn(as_learner: Learner) -> None:
    to_asked(as_learner, "hot-tray")
    page = as_learner.send(option=["cool-it--1", "call-first-aid--1", "write-it-down--3"])
    assert "Two of them are first" in page.text


def test_a_wrong_place_leads_to_its_hint_and_the_way_goes_on(as_learner: Learner) -> None:
    to_asked(as_learner, "three-pictures")
    wrong = ["your-own-loaf--ask-first", *RIGHT["three-pictures"][1:]]
    page = as_learner.send(option=wrong)
    assert "Not quite" in page.heading
    assert "Look for a person in it" in page.text
    assert "You chose, and it fits: Mo at the oven: ask first" in page.text
    assert "Every picture needs a yes" not in page.text, "beliefs are for tutors"
    assert as_learner.finish()


def test_the_same_answer_again_is_the_same_in_whatever_order(
    cast: Cast, as_learner: Learner
) -> None:
    to_asked(as_learner, "hot-tray")
    form, path = as_learner.form, as_learner.path
    first = as_learner.visitor.send(form, {"option": RIGHT["hot-tray"]}, at=path)
    again = as_learner.visitor.send(form, {"option": RIGHT["hot-tray"][::-1]}, at=path)
    other = as_learner.visitor.send(
        form, {"option": ["cool-it--2", "call-first-aid--1", "write-it-down--3"]}, at=path
    )
    assert again.location == first.location
    assert other.location != first.location
    assert len(chosen_of(cast.app, "hot-tray")) == 1


def test_the_picture_has_its_words_and_its_numbers_in_the_order_of_the_list(
    as_learner: Learner,
) -> None:
    page = to_asked(as_learner, "shelf-photo")
    [picture] = [i for i in page.all("img") if i["src"].startswith("data:image/svg+xml")]
    assert picture["alt"] == "A shelf with two numbers. 1, a bill. 2, a loaf."
    assert as_learner.form.options["option"] == ["unpaid-bill", "rye-loaf"]
    labels = {label.text for label in page.all("label")}
    assert {"1. The bill with a name on it", "2. The loaf"} <= labels


def test_a_chat_is_a_list_of_who_said_what_in_that_order(as_learner: Learner) -> None:
    page = to_asked(as_learner, "hot-tray")
    assert "Sam: A tray fell on my hand You: On my way" in page.text


def test_the_trace_shows_each_of_them_as_it_was_shown_and_answered(
    cast: Cast, as_learner: Learner, as_compliance: object
) -> None:
    as_learner.finish()
    [(enrolment,)] = rows(cast.app, "SELECT public_id FROM enrolment")
    officer = cast.signed_in(cast.account(Role.COMPLIANCE))
    page = officer.read(f"/compliance/attempts/{enrolment}/section/phones/1")
    for words in (
        "Mo at the oven: ask first Chosen Fits",
        "Call the first-aider: second Chosen",
        "Sam: A tray fell on my hand You: On my way",
    ):
        assert words in page.text, words
    assert any(i["src"].startswith("data:image/svg+xml") for i in page.all("img"))
    for clause in ("ask", "report", "look"):
        officer.read(f"/compliance/clauses/{clause}")
    tutor = cast.signed_in(cast.account(Role.HEAD))
    [(account,)] = rows(cast.app, "SELECT public_id FROM account WHERE full_name = 'Amina Yusuf'")
    assert "Ada, who said no: leave it" in tutor.read(f"/tutor/learners/{account}").text
    check = cast.app.test_cli_runner().invoke(args=["audit", "verify"])
    assert check.exit_code == 0, check.output


# ---- do it now, and three changes ----------------------------------------------------------------


@pytest.fixture
def at_the_ticks(as_learner: Learner) -> Learner:
    as_learner.walk(lambda me: me.path.endswith("/do-it-now"))
    return as_learner


def test_after_reading_comes_what_to_do_and_then_the_questions(at_the_ticks: Learner) -> None:
    assert at_the_ticks.form.options["done"] == ["screen-lock", "backed-up"]
    at_the_ticks.send(done="backed-up")
    assert "/quiz/" in at_the_ticks.path
    page = at_the_ticks.open("/induction/phones/do-it-now")
    assert page.form("done").fields["done"] == ["backed-up"], "the ticks are kept"


def test_ticks_are_on_record_each_time_they_change_and_their_tutor_sees_them(
    cast: Cast, at_the_ticks: Learner
) -> None:
    for done in (["backed-up"], ["backed-up"], ["screen-lock", "backed-up", "no-such"]):
        at_the_ticks.open("/induction/phones/do-it-now")
        at_the_ticks.send(done=done)
    kept = rows(cast.app, "SELECT shown, done, length(content) FROM done_now ORDER BY id")
    assert [tuple(row) for row in kept] == [
        ("screen-lock backed-up", "backed-up", 64),
        ("screen-lock backed-up", "screen-lock backed-up", 64),
    ]
    acts = "SELECT count(*) FROM audit_entry WHERE action = 'practice:done-now'"
    assert rows(cast.app, acts)[0][0] == 2
    tutor = cast.signed_in(cast.account(Role.HEAD))
    [(account,)] = rows(cast.app, "SELECT public_id FROM account WHERE full_name = 'Amina Yusuf'")
    history = tutor.read(f"/tutor/learners/{account}").text
    assert "2 of 2: My phone locks by itself; My pictures are backed up" in history


def test_nothing_ticked_is_no_obstacle_and_leaves_nothing(
    cast: Cast, at_the_ticks: Learner
) -> None:
    at_the_ticks.send()
    assert "/quiz/" in at_the_ticks.path
    assert count(cast.app, "done_now") == 0


def test_ticks_can_be_given_after_the_end_and_lead_back_to_the_section(
    as_learner: Learner,
) -> None:
    as_learner.finish()
    as_learner.open("/induction/phones")
    as_learner.open(as_learner.page.links["Do it now: what I have done"])
    as_learner.send(done="screen-lock")
    assert as_learner.path == "/induction/phones"
    assert "Your ticks are kept" in as_learner.page.text


def test_ticks_on_their_way_when_the_session_ends_are_there_after_signing_in(
    cast: Cast, at_the_ticks: Learner
) -> None:
    me = at_the_ticks
    ((email,),) = rows(cast.app, "SELECT email FROM account WHERE full_name = 'Amina Yusuf'")
    me.visitor.delete_cookie(cast.app.config["SESSION_COOKIE_NAME"])
    answer = me.visitor.send(me.form, {"done": "backed-up"}, at=me.path)
    assert answer.location == f"/sign-in?next={me.path}"
    asked = me.visitor.read(answer.location)
    assert asked.heading == "Sign in and carry on"
    back = me.visitor.send(asked.form("password"), {"email": email, "password": PASSWORD})
    assert back.location == me.path
    assert me.open(me.path).form("done").fields["done"] == ["backed-up"]
    assert count(cast.app, "done_now") == 0, "kept, and sent by nobody but them"
    me.send()
    assert count(cast.app, "done_now") == 1


def test_a_section_that_asks_for_nothing_has_no_such_page(newcomer: Learner) -> None:
    newcomer.visitor.read("/induction/arriving/do-it-now", status=404)


def test_own_changes_are_kept_and_printed_with_the_short_versions(
    cast: Cast, as_learner: Learner
) -> None:
    as_learner.finish()
    page = as_learner.open("/induction/my-changes")
    assert {"Ask first.", "Look twice."} <= {item.text for item in page.all("li")}
    form = page.form("first")
    assert as_learner.visitor.send(form, {}, at=as_learner.path).status_code == 422
    long = as_learner.visitor.send(form, {"first": "x" * 201}, at=as_learner.path)
    assert "200 characters or fewer" in long.get_data(as_text=True)
    for _ in range(2):
        written = {"first": "  Before I film,  I ask ", "third": "I read the terms"}
        sent = as_learner.visitor.send(form, written, at=as_learner.path)
        assert sent.status_code == 303
    page = as_learner.open("/induction/my-changes")
    assert "Before I film, I ask" in page.text
    assert page.form("first").fields["second"] == ["I read the terms"]
    assert count(cast.app, "own_changes") == 1, "the same twice is kept once"
    [(details,)] = rows(
        cast.app, "SELECT details FROM audit_entry WHERE action = 'practice:changes-written'"
    )
    assert details == '{"changes":2}', "their words stand beside the chain"


def test_what_was_missed_on_the_way_stands_on_the_sheet_once(as_learner: Learner) -> None:
    missed: list[str] = []

    def all_but_one(scenario: str) -> bool:
        if not missed and as_learner.policy.scenario(scenario).plain_html:
            missed.append(scenario)
            return False
        return True

    as_learner.walk(lambda me: me.path.startswith("/certificates/"), rightly=all_but_one)
    scenario = as_learner.policy.scenario(missed[0])
    assert scenario is not None
    page = as_learner.open("/induction/my-changes")
    assert "What you missed on the way" in page.text
    assert [h.text for h in page.all("h3")] == [scenario.title]


def test_these_pages_need_at_most_four_queries(
    cast: Cast,
    at_the_ticks: Learner,
    queries: Callable[..., AbstractContextManager[Statements]],
) -> None:
    at_the_ticks.send(done="screen-lock")
    for path in ("/induction/phones/do-it-now", "/induction/my-changes"):
        with queries() as sent:
            at_the_ticks.visitor.get(path)
        assert len(sent) <= 4, f"{path}: {sent}"
        assert not sent.writes
