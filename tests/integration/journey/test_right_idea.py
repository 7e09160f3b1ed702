"""A wrong answer leaves with the right idea, and with what is still to be decided rightly."""

from html import unescape

from flask import Flask

from induction.curriculum.model import Scenario
from tests.support.cast import Cast
from tests.support.learner import Learner
from tests.support.record import rows

PLAIN = "The rule here, in plain words"


def asked(learner: Learner) -> Scenario:
    found = learner.policy.scenario(learner.asked)
    assert found is not None
    return found


def miss_all(learner: Learner) -> list[Scenario]:
    """Answer a whole try wrongly, up to its result; returns what was asked."""
    missed = []
    while not learner.path.endswith("/result"):
        if learner.asked:
            missed.append(asked(learner))
        learner.press(rightly=False)
    return missed


def test_the_plain_rule_comes_with_the_second_miss_and_with_the_result(as_learner: Learner) -> None:
    as_learner.to_question("your-voice-and-privacy")
    first = asked(as_learner)
    as_learner.press(rightly=False)
    assert "/feedback/" in as_learner.path
    assert PLAIN not in as_learner.page.text, "a first miss leaves something to think about"
    missed = [first, *miss_all(as_learner)]
    html = unescape(as_learner.page.html)
    assert all(unescape(q.plain_html) in html for q in missed)
    assert "You need each of the rules below right once." in as_learner.page.text
    words = [c.words for c in as_learner.policy.clauses if c.id in first.clauses]
    assert all(rule in as_learner.page.text for rule in words)

    as_learner.press()
    again = asked(as_learner)
    as_learner.press(rightly=False)
    assert PLAIN in as_learner.page.text
    assert unescape(again.plain_html) in unescape(as_learner.page.html)


def test_what_was_missed_comes_back_as_another_situation_of_its_rule(as_learner: Learner) -> None:
    as_learner.to_question("your-voice-and-privacy")
    first = {q.id: q for q in miss_all(as_learner)}
    as_learner.press()
    second = {q.id: q for q in miss_all(as_learner)}
    assert "privacy-settings" in {
        c for q in (second.keys() - first.keys()) for c in second[q].clauses
    }


def test_what_should_have_been_ticked_has_words_of_its_own(as_learner: Learner) -> None:
    as_learner.walk(lambda me: bool(me.asked) and asked(me).several)
    question = asked(as_learner)
    first, *others = (o for o in question.scenes[0].options if o.correct)
    as_learner.send(option=[first.id])
    html = unescape(as_learner.page.html)
    assert f"You chose, and it fits:</span> {first.text}" in html
    for option in others:
        assert f"You left out:</span> {option.text}" in html
        assert unescape(option.missing_html) in html
    assert "Why it isn’t the way to go" not in html


def test_what_fits_among_too_many_ticks_is_not_called_wrong(as_learner: Learner) -> None:
    as_learner.walk(lambda me: bool(me.asked) and asked(me).several)
    options = asked(as_learner).scenes[0].options
    as_learner.send(option=[option.id for option in options])
    html = unescape(as_learner.page.html)
    for option in options:
        said = "You chose, and it fits:" if option.correct else "You chose:"
        assert f"{said}</span> {option.text}" in html
    assert "What fits, and what doesn’t" in html
    assert "Why it isn’t the way to go" not in html


def test_the_last_result_tells_the_rule_of_what_was_missed(cast: Cast) -> None:
    learner = cast.taking(cast.learner())
    learner.walk(lambda me: bool(me.asked) and "final-check" in me.path)
    while asked(learner).must:
        learner.press()
        learner.press()
    missed = asked(learner)
    learner.press(rightly=False)
    assert unescape(missed.plain_html) not in unescape(learner.page.html)
    learner.walk(lambda me: me.path.endswith("final-check/result"))
    assert "Passed" in learner.page.text
    assert "7 of 8 right · 87%" in learner.page.text
    assert unescape(missed.plain_html) in unescape(learner.page.html)


def test_a_situation_that_must_be_right_comes_back_in_its_own_words(app: Flask, cast: Cast) -> None:
    learner = cast.taking(cast.learner())
    must = {q.id for s in learner.policy.sections for q in s.forms("learner") if q.must}
    missed: set[str] = set()

    def rightly(name: str) -> bool:
        first = name in must - missed
        missed.update({name} & must)
        return not first

    learner.walk(lambda me: me.path.startswith("/certificates/"), rightly=rightly)
    ended = "SELECT scenario, result FROM answer WHERE result != 'continues' ORDER BY id"
    results: dict[str, list[str]] = {}
    for name, result in rows(app, ended):
        results.setdefault(name, []).append(result)
    assert missed == must
    assert {tuple(results[name][:2]) for name in must} == {("wrong", "right")}
