"""How each form of a question does, and what its author should look at.

Of fewer than ENOUGH people nothing is flagged: a number then says more about them than about the
form. The limits are those that test makers commonly use; docs/authors.md explains each.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from induction.curriculum.bank import by_chance
from induction.curriculum.model import Policy
from induction.journey.models import ScenarioCount
from induction.people.models import Account
from induction.tutoring.question_analysis import Item, analyse

ENOUGH = 30  # learners
TOO_EASY = 0.95  # right at first sight
DEAD = 0.05  # of those who came there chose the wrong option
APART = 0.25  # between the facilities of two forms of one clause


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """One form with its figures, the time that its first decision takes, and what is odd."""

    item: Item
    seconds: int | None  # on average; None where it is not known of enough people
    flags: tuple[str, ...]


def item_statistics(session: Session, viewer: Account, policy: Policy) -> list[ItemStatistics]:
    """Every form of the content in force, those worth a look first, each in its order.

    Four queries, however many answered.
    """
    items = analyse(session, viewer, policy).items
    unequal, seconds = unequal_forms(policy, items), _seconds(session)
    lines = [
        ItemStatistics(
            item, seconds.get(item.scenario.id), (*oddities(item), *unequal[item.scenario.id])
        )
        for item in items
    ]
    return sorted(lines, key=lambda line: not line.flags)


def _seconds(session: Session) -> dict[str, int]:
    timed, seconds = func.sum(ScenarioCount.timed), func.sum(ScenarioCount.seconds)
    rows = session.execute(
        select(ScenarioCount.scenario, timed, seconds)
        .group_by(ScenarioCount.scenario)
        .having(timed >= ENOUGH)
    )
    return {scenario: round(int(all_seconds) / int(n)) for scenario, n, all_seconds in rows}


def oddities(item: Item) -> Iterable[str]:
    """What is odd about one form by itself."""
    if item.facility is None or item.learners < ENOUGH:
        return
    if item.facility > TOO_EASY:
        yield "Too easy: nearly everybody is right at first sight"
    if item.facility < by_chance(item.scenario):
        yield "Right less often than by chance: look at the key and the wording"
    # Of a few people a correlation is seldom zero: only two standard errors below it are a sign.
    if item.discrimination is not None and item.discrimination < -2 / sqrt(item.learners):
        yield "Those who are right elsewhere are wrong here: look at the wording"
    for question in item.questions:
        for choice in question.choices:
            if not choice.sound and choice.of >= ENOUGH and choice.first < DEAD * choice.of:
                yield f"Hardly anybody takes “{choice.option.text}”"


def unequal_forms(policy: Policy, items: Sequence[Item]) -> dict[str, list[str]]:
    """Forms of one clause that are much harder than the easiest of them."""
    found = defaultdict[str, list[str]](list)
    for clause in policy.clauses:
        forms = [
            (item.facility, item.scenario.id, item.scenario.title)
            for item in items
            if item.facility is not None
            and item.learners >= ENOUGH
            and clause.id in item.scenario.clauses
        ]
        easiest, _, title = max(forms, default=(0.0, "", ""))
        for facility, scenario, _ in forms:
            if easiest - facility > APART and not found[scenario]:
                found[scenario].append(f"Much harder than “{title}”, on the same rule")
    return found
