"""Who goes through it too fast, or no better than chance, and who does not; on the real policy."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from induction.config import PROJECT_ROOT
from induction.curriculum.bank import by_chance
from induction.curriculum.loader import load_folder
from induction.curriculum.model import Policy
from induction.curriculum.reading_time import QUICKEST, WORDS_A_MINUTE
from induction.journey.tries import AnswerRecord, AttemptKind, AttemptRecord
from induction.journey.worth import (
    Flag,
    Sight,
    added,
    added_by_last,
    counts_of,
    flags,
    paces,
    sights,
)

BEGUN = datetime(2026, 11, 23, 9, tzinfo=UTC)


def went(policy: Policy, seconds: Callable[[float], float], *, right: bool) -> list[AttemptRecord]:
    """The first try at each section of somebody who takes so long for so many honest minutes."""
    at = BEGUN
    tries: list[AttemptRecord] = []
    for section in policy.sections:
        at += timedelta(seconds=seconds(section.minutes))
        given = []
        for scenario in section.scenarios[:3]:
            at += timedelta(seconds=seconds(scenario.minutes))
            result = "right" if right else "wrong"
            given.append(AnswerRecord(scenario.id, "", (), ("a",), result, "", at))
        asked = tuple(a.scenario for a in given)
        tries.append(
            AttemptRecord(
                AttemptKind.SECTION, section.slug, 1, policy.digest, asked, asked, 100,
                given[0].at, tuple(given), len(tries) + 1,
            )
        )  # fmt: skip
    return tries


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_folder(PROJECT_ROOT, "social-media")


def honest(times: float) -> Callable[[float], float]:
    return lambda minutes: minutes * 60 / times


def test_whoever_reads_is_not_flagged_however_fast(policy: Policy) -> None:
    for times in (0.5, 1, 1.6, QUICKEST / WORDS_A_MINUTE):  # 25 minutes are 1.6 times the average
        assert flags(policy, went(policy, honest(times), right=True)) == ()


def test_a_program_that_answers_every_three_seconds_is(policy: Policy) -> None:
    tries = went(policy, lambda _minutes: 1.5, right=True)
    assert flags(policy, tries) == (Flag.HURRIED,)
    assert all(pace.hurried for pace in paces(policy, tries))
    assert flags(policy, tries[:1]) == (), "one section alone says nothing"


def test_a_pause_is_held_against_nobody(policy: Policy) -> None:
    tries = went(policy, lambda _minutes: 1.5, right=True)
    later = [replace(t, answers=tuple(a._replace(at=a.at + timedelta(days=n)) for a in t.answers))
             for n, t in enumerate(tries)]  # fmt: skip
    assert flags(policy, later) == ()


def test_of_a_section_in_which_the_clock_was_put_back_nobody_knows_the_pace(policy: Policy) -> None:
    tries = went(policy, honest(1), right=True)
    *before, last = tries[1].answers
    back = last._replace(at=last.at - timedelta(hours=1))
    tries[1] = replace(tries[1], answers=(*before, back))
    known = paces(policy, tries)
    assert tries[1].step not in {pace.section for pace in known}
    assert len(known) == len(tries) - 1
    assert all(pace.seconds >= 0 for pace in known)
    counts = counts_of(policy.slug, tries, lambda _content, _scenario: ())
    assert min(counts.values()) >= 0


def test_whoever_is_right_no_more_often_than_chance_is_worth_a_word(policy: Policy) -> None:
    tries = went(policy, honest(1), right=False)
    assert flags(policy, tries) == (Flag.BY_CHANCE,)
    assert flags(policy, tries[:2]) == (), "of so few, chance says little"


def test_chance_is_that_of_somebody_who_reads_nothing(policy: Policy) -> None:
    for scenario in (q for s in policy.sections for q in s.bank):
        assert 0 < by_chance(scenario) < 0.6, scenario.id


def test_first_sight_later_and_not_yet(policy: Policy) -> None:
    first, second, third = (
        replace(t, answers=t.answers[:1], asked=t.asked[:1])
        for t in went(policy, honest(1), right=True)[:3]
    )
    missed = second.answers[0]._replace(result="wrong")
    mended = missed._replace(result="right", at=BEGUN.replace(hour=12))
    again = replace(second, number=2, answers=(mended,))
    looked_back = replace(third, kind=AttemptKind.LOOK_BACK)
    names = {"a": first, "b": second, "c": third}
    clauses = {t.asked[0]: (name,) for name, t in names.items()}
    tries = [first, replace(second, answers=(missed,)), looked_back]
    assert sights(tries, lambda _, s: clauses[s]) == {"a": Sight.FIRST, "b": Sight.NOT_YET}
    assert sights([*tries, again], lambda _, s: clauses[s])["b"] is Sight.LATER
    counted = counts_of("p", [*tries, again], lambda _, s: clauses[s])
    assert {key: n for (what, key, _), n in counted.items() if what == "clause" and n} == {
        ("p", "a"): 1, ("p", "b"): 1,
    }  # fmt: skip


# Few situations, and each rule in several of them: answers meet again and again.
CLAUSES = {"a": ("1",), "b": ("1", "2"), "c": ("2", "3"), "d": (), "e": ("4",)}
given_answers = st.lists(
    st.tuples(
        st.sampled_from(AttemptKind),
        st.integers(1, 4),  # the try
        st.sampled_from("pq"),  # the content that it began with
        st.sampled_from(sorted(CLAUSES)),
        st.sampled_from(["right", "wrong", "continues"]),
        st.integers(-30, 900),  # seconds since the one before: the clock may be put back
    ),
    max_size=40,
)


@given(given_answers)
def test_what_the_last_answer_adds_is_the_difference_of_all(
    steps: list[tuple[AttemptKind, int, str, str, str, int]],
) -> None:
    tries: list[AttemptRecord] = []
    at = BEGUN
    for kind, number, content, scenario, result, seconds in steps:
        at += timedelta(seconds=seconds)
        others = [t for t in tries if (t.kind, t.number) != (kind, number)]
        known = [t for t in tries if t not in others]
        tried = known[0] if known else AttemptRecord(
            kind, "s", number, content, tuple(CLAUSES), (), 100, at
        )  # fmt: skip
        answer = AnswerRecord(scenario, "", (), (result,), result, "", at)
        carried_on = replace(tried, answers=(*tried.answers, answer))
        in_place = [carried_on if t in known else t for t in tries] + [carried_on] * (not known)
        whole = added(counts_of("p", tries, clauses_of), counts_of("p", in_place, clauses_of))
        assert added_by_last("p", tries, [*others, carried_on], clauses_of) == whole
        tries = in_place


def clauses_of(content: str, scenario: str) -> tuple[str, ...]:
    """Another content tests other rules with some of the same situations."""
    return CLAUSES[scenario] if content == "p" else CLAUSES[scenario][:1]
