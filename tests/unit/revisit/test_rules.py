"""What a revisit asks: new situations before any other, on what was hardest, always the same."""

from collections.abc import Iterable

import pytest

from induction.curriculum.model import Use
from induction.journey.rules import REVISIT, AttemptKind, AttemptRecord
from induction.revisit.rules import SITUATIONS, draw, hardest
from tests.unit.journey.school import BEGUN, RIGHT, WRONG, Pupil, policy, scenario, section
from tests.unit.journey.test_draws import taught


def clauses_of(_content: str, scenario_id: str) -> Iterable[str]:
    known = taught().scenario(scenario_id)
    return known.clauses if known else ()


def finished(seed: str, missed: int = 0) -> Pupil:
    """Somebody who has passed everything, with so many misses at the beginning."""
    pupil = Pupil(taught(), seed)
    while (present := pupil.standing().present) is not None:
        assert present.waiting
        pupil.answer(WRONG if missed > 0 else RIGHT)
        missed -= 1
    return pupil


@pytest.mark.parametrize("missed", [0, 1, 4])
def test_nothing_that_was_met_while_anything_is_new(missed: int) -> None:
    for seed in range(40):
        pupil = finished(f"seed {seed}", missed)
        met: set[str] = set(pupil.known.met)
        for number in (1, 2):
            clauses = hardest(taught(), pupil.known, clauses_of, {})
            asked = draw(taught(), pupil.known, clauses, number)
            assert len(set(asked)) == SITUATIONS
            assert met.isdisjoint(asked), seed
            assert asked == draw(taught(), pupil.known, clauses, number), "whenever it is asked"
            met |= set(asked)
            pupil.tries.append(
                AttemptRecord(
                    AttemptKind.REVISIT, REVISIT, number, taught().digest, asked, (), 0, BEGUN
                )
            )


def test_the_missed_lead_and_then_what_is_hard_for_everybody() -> None:
    school = policy(section(1, *(scenario(name) for name in "abcd")))
    pupil = Pupil(school)
    (first, *_) = pupil.step.waiting
    pupil.answer(WRONG)
    while pupil.standing().present is not None:
        pupil.answer(RIGHT)
    shares = {"a": 0.9, "b": 0.4, "c": 0.6, "d": 0.8}
    order = hardest(school, pupil.known, lambda _content, name: (name,), shares)
    assert order[0] == first
    rest = [name for name in sorted(shares, key=lambda name: shares[name]) if name != first]
    assert list(order[1:]) == rest


def test_what_is_for_later_comes_first_and_what_was_met_longest_ago_last() -> None:
    forms = [scenario("learn", clauses=("a",)), scenario("other", clauses=("b",))]
    forms += [
        scenario("check", clauses=("a",), use=Use.CHECK),
        scenario("later", clauses=("a",), use=Use.LATER),
    ]
    school = policy(section(1, *forms), draw=1)
    pupil = Pupil(school)
    assert draw(school, pupil.known, ("a",), 1)[0] == "later"
    pupil.tries += [
        AttemptRecord(AttemptKind.REVISIT, REVISIT, number, "", asked, (), 0, BEGUN)
        for number, asked in enumerate((("later", "check"), ("other",), ("learn",)), start=1)
    ]
    assert set(draw(school, pupil.known, ("a",), 4)) == {"later", "check"}
