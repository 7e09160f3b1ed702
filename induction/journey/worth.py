"""What answers were worth: right at first sight or later, how fast, and what that adds to counts.

A first sight is the first time that somebody decides a situation, in a section or in a check.
Looking back asks nothing new, and counts nowhere; nor does a revisit, which has counts of its own
(see ``revisit``). Pure: no Flask, no database.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from induction.curriculum.model import Policy
from induction.curriculum.reading_time import quickest_page, quickest_question
from induction.journey.tries import AnswerRecord, AttemptKind, AttemptRecord

TOO_FAST = 4  # times as fast as a quick reader
HURRIED_SECTIONS = 2  # one alone may have been read elsewhere
FEWEST_DECISIONS = 10  # first sights; of fewer, chance says little
LONGEST = 600  # seconds between two answers; beyond, somebody did something else meanwhile

ClausesOf = Callable[[str, str], Iterable[str]]  # digest of a content, scenario → its clauses


class Sight(StrEnum):
    """When somebody first decided on a clause rightly."""

    FIRST = "first"  # the first time that they were asked
    LATER = "later"
    NOT_YET = "not_yet"


class Flag(StrEnum):
    """What is worth a word with somebody. It accuses nobody, and blocks nothing by itself."""

    HURRIED = "hurried"  # answered faster than anyone can read
    BY_CHANCE = "by-chance"  # right at first sight no more often than chance would be


@dataclass(frozen=True, slots=True)
class Pace:
    """How long somebody's first try at a section took, and what reading alone takes."""

    section: str
    seconds: int  # from what was answered before it, so with its page
    reading: int  # seconds, for somebody who reads faster than nearly everybody
    finished: bool

    @property
    def hurried(self) -> bool:
        """Whether nobody can have read it in that time."""
        return self.finished and self.seconds * TOO_FAST < self.reading


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


def paces(policy: Policy, tries: Iterable[AttemptRecord]) -> list[Pace]:
    """The pace of somebody's first try at each section, in their order.

    Before the very first answer nobody knows when they began: its page and question are left out.
    A try before reading stands for its section, without the page, where it was the only one.
    """
    first: dict[str, AttemptRecord] = {}
    times: list[datetime] = []
    for tried in tries:
        times += [given.at for given in tried.answers]
        if tried.kind is AttemptKind.SECTION and tried.answers:
            known = first.get(tried.step)
            if known is None or known.before_reading:
                first[tried.step] = tried
    return [pace for tried in first.values() if (pace := _pace(policy, tried, times))]


def _pace(policy: Policy, tried: AttemptRecord, times: Iterable[datetime]) -> Pace | None:
    section = policy.section(tried.step)
    begun, ended = tried.answers[0].at, tried.answers[-1].at
    before = max((at for at in times if at < begun), default=None)
    asked = list(map(policy.scenario, dict.fromkeys(a.scenario for a in tried.answers)))
    if section is None or None in asked:
        return None  # of a content whose words are not these
    read = sum(quickest_question(q) for q in asked[before is None :] if q)
    read += 0 if before is None or tried.before_reading else quickest_page(section)
    taken = int((ended - (before or begun)).total_seconds())
    if taken < 0:
        return None  # the clock was put back meanwhile: nobody knows how long it took
    return Pace(tried.step, taken, int(read), tried.finished)


def flags(policy: Policy, tries: Iterable[AttemptRecord]) -> tuple[Flag, ...]:
    """What is worth a word with whoever gave these answers; nothing for nearly everybody."""
    tries, found = tuple(tries), []
    if sum(pace.hurried for pace in paces(policy, tries)) >= HURRIED_SECTIONS:
        found.append(Flag.HURRIED)
    first: dict[str, bool] = {}
    for _, given in _decisions(tries):
        first.setdefault(given.scenario, given.result == "right")
    known = [(policy.chances[s], right) for s, right in first.items() if s in policy.chances]
    if len(known) >= FEWEST_DECISIONS and sum(r for _, r in known) < sum(c for c, _ in known):
        found.append(Flag.BY_CHANCE)
    return tuple(found)


def counts_of(policy: str, tries: Iterable[AttemptRecord], clauses_of: ClausesOf) -> Counts:
    """What the answers of one learner add to the counts of all."""
    tries, found = tuple(tries), defaultdict[tuple[Counted, tuple[str, ...], str], int](int)
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
    return Counts(found)


def added(before: Counts, after: Counts) -> Counts:
    """What is to be added to the counts, so that they hold one learner's answers as they are."""
    found = Counts(after)
    found.subtract(before)
    return Counts({key: n for key, n in found.items() if n})


def added_by_last(
    policy: str,
    before: Iterable[AttemptRecord],
    after: Sequence[AttemptRecord],
    clauses_of: ClausesOf,
) -> Counts:
    """The same for the answer that ends the last of these tries, and that the tries before lack.

    It changes nothing about other situations than those of its clauses: tries without any are left
    out, since what they add is in both.
    """
    present = after[-1]
    last = present.answers[-1].scenario
    tested = frozenset(clauses_of(present.content, last))

    def concerned(tried: AttemptRecord) -> bool:
        if (tried.kind, tried.step, tried.number) == (present.kind, present.step, present.number):
            return True
        return any(
            a.scenario == last or not tested.isdisjoint(clauses_of(tried.content, a.scenario))
            for a in tried.answers
        )

    return added(
        counts_of(policy, filter(concerned, before), clauses_of),
        counts_of(policy, filter(concerned, after), clauses_of),
    )


def _counting(tries: Iterable[AttemptRecord]) -> list[tuple[AttemptRecord, AnswerRecord]]:
    """Every answer that counts, in the order in which they were given."""
    given = [(t, a) for t in tries if t.kind.counts for a in t.answers]
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
        if tried.kind.counts:
            before = None
            for given in tried.answers:
                if given.result != "continues":
                    if before is not None:
                        taken = int((given.at - before).total_seconds())
                        known = min(max(taken, 0), LONGEST)  # the clock may have been put back
                        found.setdefault((tried.content, given.scenario), known)
                    before = given.at
    return found
