"""What answers were worth: right at first sight, later or not yet; and what that adds to counts.

A first sight is the first time that somebody decides a situation, in a section or in a check.
Looking back asks nothing new, and counts nowhere. Pure: no Flask, no database.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from enum import StrEnum

from induction.journey.tries import AnswerRecord, AttemptKind, AttemptRecord

LONGEST = 600  # seconds between two answers; beyond, somebody did something else meanwhile

ClausesOf = Callable[[str, str], Iterable[str]]  # digest of a content, scenario → its clauses


class Sight(StrEnum):
    """When somebody first decided on a clause rightly."""

    FIRST = "first"  # the first time that they were asked
    LATER = "later"
    NOT_YET = "not_yet"


class Counted(StrEnum):
    """What is counted over all learners."""

    SCENARIO = "scenario"  # by content
    OPTION = "option"  # by content, scenario and scene; "" is everybody who came there
    CLAUSE = "clause"  # by policy


Counts = Counter[tuple[Counted, tuple[str, ...], str]]  # what, its key, its column → how many


def sights(tries: Iterable[AttemptRecord], clauses_of: ClausesOf) -> dict[str, Sight]:
    """Each clause that somebody has decided on, and whether they were right at first sight."""
    found: dict[str, Sight] = {}
    for tried, given in _decisions(tries):
        right = given.result == "right"
        for clause in clauses_of(tried.content, given.scenario):
            if clause not in found:
                found[clause] = Sight.FIRST if right else Sight.NOT_YET
            elif right and found[clause] is Sight.NOT_YET:
                found[clause] = Sight.LATER
    return found


def counts_of(policy: str, tries: Iterable[AttemptRecord], clauses_of: ClausesOf) -> Counts:
    """What the answers of one learner add to the counts of all."""
    tries, found = tuple(tries), Counts()
    for key, marks in _marks(tries).items():
        found[Counted.SCENARIO, key, "learners"] += 1
        found[Counted.SCENARIO, key, "right_first"] += marks[0]
        found[Counted.SCENARIO, key, "right_last"] += marks[-1]
    for place, choices in _choices(tries).items():
        for column, chosen in (("first", choices[0]), ("last", choices[-1])):
            for option in ("", *chosen):
                found[Counted.OPTION, (*place, option), column] += 1
    for key, seconds in _seconds(tries).items():
        found[Counted.SCENARIO, key, "timed"] += 1
        found[Counted.SCENARIO, key, "seconds"] += seconds
    for clause, sight in sights(tries, clauses_of).items():
        found[Counted.CLAUSE, (policy, clause), sight.value] += 1
    return found


def added(before: Counts, after: Counts) -> Counts:
    """What is to be added to the counts, so that they hold one learner's answers as they are."""
    found = Counts(after)
    found.subtract(before)
    return Counts({key: n for key, n in found.items() if n})


def _counting(tries: Iterable[AttemptRecord]) -> list[tuple[AttemptRecord, AnswerRecord]]:
    """Every answer but those of look-backs, in the order in which they were given."""
    given = [(t, a) for t in tries if t.kind is not AttemptKind.LOOK_BACK for a in t.answers]
    return sorted(given, key=lambda pair: pair[1].at)


def _decisions(tries: Iterable[AttemptRecord]) -> list[tuple[AttemptRecord, AnswerRecord]]:
    """Those of them that ended a scenario."""
    return [(t, a) for t, a in _counting(tries) if a.result != "continues"]


def _marks(tries: Iterable[AttemptRecord]) -> dict[tuple[str, str], list[bool]]:
    """(content, scenario) → whether it was right, each time."""
    found = defaultdict[tuple[str, str], list[bool]](list)
    for tried, given in _decisions(tries):
        found[tried.content, given.scenario].append(given.result == "right")
    return found


def _choices(tries: Iterable[AttemptRecord]) -> dict[tuple[str, str, str], list[tuple[str, ...]]]:
    """(content, scenario, scene) → what was chosen there, each time."""
    found = defaultdict[tuple[str, str, str], list[tuple[str, ...]]](list)
    for tried, given in _counting(tries):
        found[tried.content, given.scenario, given.scene].append(given.chosen)
    return found


def _seconds(tries: Iterable[AttemptRecord]) -> dict[tuple[str, str], int]:
    """(content, scenario) → seconds that its first decision took.

    What is first in a try has none, since the time before it went into reading a page.
    """
    found: dict[tuple[str, str], int] = {}
    for tried in tries:
        if tried.kind is not AttemptKind.LOOK_BACK:
            before = None
            for given in tried.answers:
                if given.result != "continues":
                    if before is not None:
                        taken = int((given.at - before).total_seconds())
                        found.setdefault((tried.content, given.scenario), min(taken, LONGEST))
                    before = given.at
    return found
