"""Long lists, which the worker carries out: some rows at a time, so that nobody waits for them.

In each part its rows are compared with what is there at that moment. All parts are one import, each
with its own time and its own line on record, by which what was done until then can be undone.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.database import utc_now
from induction.enrolment import leaving, looks, staged_lists
from induction.enrolment.applying import SourceFile, carry_out, to_invite
from induction.enrolment.import_plan import ImportPlan, compare
from induction.enrolment.import_rows import ImportedPerson, ImportedSheet, understand
from induction.enrolment.leaving import Leaver, Scope, WholeList
from induction.enrolment.models import StagedList
from induction.enrolment.parts import AT_ONCE, UnderWay
from induction.enrolment.staged_lists import PeopleFile
from induction.enrolment.under_way import Why
from induction.people.invitations import invite
from induction.people.models import Account
from induction.policy.store import content
from induction.uk_time import uk_day

REFUSED = "Some rows are refused. Mend the file, or leave those rows out."
REFUSED_BY_NOW = (
    "It stopped at rows that are refused by now. Mend them below, or leave those rows out."
)
_KINDS = ("new", "changed", "same", "refused")


@dataclass(frozen=True, slots=True)
class AskedOfList:
    """What somebody ticked before they went ahead."""

    roles: Sequence[str]  # of the session in which they did
    skip_bad: bool = False
    invite: bool = False
    when: datetime | None = None  # invitations go; None: at once
    leavers: str = ""  # a ``Scope``; "" where nobody is to be marked as left
    all_gone: bool = False


def ask(session: Session, public_id: str, asked: AskedOfList, rows: int, *, now: datetime) -> None:
    """Hand a list of so many rows to the worker; one that it has stays as it is."""
    words = asdict(asked) | {"when": asked.when.isoformat() if asked.when else None}
    words["so_far"] = (0, 0, rows)
    free = or_(StagedList.asked_at.is_(None), StagedList.told != "")
    session.execute(
        update(StagedList)
        .where(StagedList.public_id == public_id, free)
        .values(asked={**words, "counts": {}}, asked_at=now, heard_at=None, done=0, told="")
    )


class LongImport(UnderWay[ImportedPerson | Leaver]):
    """One list under way: its rows, and then whoever is not in it, where that was asked."""

    def read(self) -> StagedList:
        row = super().read()
        self.leavers: Sequence[Leaver] | None = None  # until its rows are done
        self.file = staged_lists.file_of(row)
        self.sheet = understand(self.file.sheet, content().policy.audiences)
        return row

    def some(self) -> Sequence[ImportedPerson | Leaver]:
        people = self.sheet.people
        first = bisect_right(people, self.done, key=lambda person: person.row)
        if first < len(people) or not self.words["leavers"]:
            return people[first : first + AT_ONCE]
        if self.leavers is None:
            who = self.who(self.session, utc_now())
            gone = self._gone(self.session, who) if who else leaving.Leavers((), 0)
            self.words.setdefault("here", gone.here)  # as it was before the first of them left
            self.leavers = gone.people
        return self.leavers[:AT_ONCE]

    def may_begin(self) -> bool:
        who = self.who(self.session, utc_now())
        if who is None or not (fault := self._fault(who)):
            return True
        with self.part() as act:
            if act is not None:
                self.stop(act, *fault)
        return False

    def _fault(self, viewer: Account) -> tuple[Why, str] | None:
        asked, roll = self.words, self._compared(self.sheet, viewer)
        if roll.refused and not asked["skip_bad"]:
            return Why.REFUSED, REFUSED
        if asked["leavers"]:
            gone = self._gone(self.session, viewer)
            if gone.many and not asked["all_gone"]:
                return Why.LEAVERS, leaving.MANY_GONE.format(len(gone.people), gone.here)
        self.words = {**asked, "cohorts": list(roll.new_cohorts)}  # to be made, and no others
        return None

    def _compared(self, sheet: ImportedSheet, viewer: Account) -> ImportPlan:
        policy, today = content().policy, uk_day(utc_now())
        return compare(self.session, policy, sheet, viewer, today, alike=False)

    def _gone(self, session: Session, viewer: Account) -> leaving.Leavers:
        scope = Scope(self.words["leavers"])
        return leaving.not_in(session, content().slug, self.file.sheet, viewer, scope)

    def do(self, some: Sequence[ImportedPerson | Leaver]) -> bool:
        people = [one for one in some if isinstance(one, ImportedPerson)]
        return self._take(people) if people else self._mark(self.leavers or ())

    def _mark(self, leavers: Sequence[Leaver]) -> bool:
        """Mark some of those who are not in it as left."""
        whole = WholeList(Scope(self.words["leavers"]), self.file.sha256, self.subject)
        some, here = leavers[:AT_ONCE], self.words["here"]
        with self.part() as act:
            if act is None:
                return False
            left = leaving.mark_some(act, content().slug, some, here, self.by, whole)
            words = self.counted(left=left)
            self.note(act.session, asked=words)
        self.words, self.leavers = words, leavers[AT_ONCE:]
        return True

    def _take(self, some: Sequence[ImportedPerson]) -> bool:
        asked = self.words
        when = datetime.fromisoformat(asked["when"]) if asked["when"] else None
        with self.part() as act:
            if act is None:
                return False
            roll = self._compared(ImportedSheet(tuple(some)), self.by)
            if roll.refused and not asked["skip_bad"]:
                self.stop(act, Why.REFUSED, REFUSED_BY_NOW)
                return False
            to_make = asked["cohorts"]
            if not set(roll.new_cohorts) <= set(to_make):
                self.stop(act, Why.COHORT_GONE)
                return False
            made = carry_out(act, content(), roll)
            invited = invite(act, to_invite(act, roll, made), when) if asked["invite"] else 0
            told = roll.counts()
            words = self.counted(**told, invited=invited) | {
                "cohorts": [name for name in to_make if name not in roll.new_cohorts],
                "so_far": self._so_far(some[-1].row),
            }
            self.note(act.session, done=some[-1].row, asked=words)
            if told["new"] or told["changed"] or roll.new_cohorts:
                put_on_record(act, Action.PART_IMPORTED, self.subject, told, self.file)
        self.words, self.done = words, some[-1].row
        return True

    def _so_far(self, row: int) -> tuple[int, int, int]:
        lines = self.file.sheet.lines
        return row, bisect_right(lines, row, key=lambda line: line.number), len(lines)

    def end(self) -> bool:
        """Put on record that all was one import."""
        words = self.counted(refused=len(self.sheet.refused))
        counts = words["counts"]
        with self.part() as act:
            if act is None:
                return False
            if counts.get("new") or counts.get("changed"):
                put_on_record(act, Action.PEOPLE_IMPORTED, self.subject, counts, self.file)
            told_of = _in_words(counts)
            told_of += _as_looked_at(counts, looks.counted(act.session, self.public_id))
            self.note(act.session, told=told_of, heard_at=None, asked=words)
        return True


def put_on_record(
    act: Act, action: Action, subject: str, told: Mapping[str, int], file: PeopleFile
) -> None:
    """A part of an import, or the whole of it: what came of its rows, and of which file."""
    of_rows: dict[str, Any] = {kind: told.get(kind, 0) for kind in _KINDS}
    act.record(action, subject, **of_rows, **asdict(SourceFile(file.sha256, file.mended)))


_TOLD = (  # of what was counted: for one, and for several
    ("refused", "row was refused and left out.", "rows were refused and left out."),
    ("invited", "person is invited.", "people are invited."),
    ("left", "person is marked as left.", "people are marked as left."),
)


def _as_looked_at(counts: Mapping[str, int], looked: Mapping[str, int]) -> str:
    """What the dry run said, where it came to something else."""
    if not looked or all(counts.get(kind, 0) == looked[kind] for kind in _KINDS):
        return ""
    said = ", ".join(f"{looked[kind]} {kind}" for kind in _KINDS)
    return f" The dry run, a while before, said {said}."


def _in_words(counts: Mapping[str, int]) -> str:
    new, changed, same = (counts.get(kind, 0) for kind in ("new", "changed", "same"))
    are = "person is" if new == 1 else "people are"
    told = [f"{new} {are} new, {changed} changed, {same} the same."]
    for what, one, several in _TOLD:
        if number := counts.get(what, 0):
            told.append(f"{number} {one if number == 1 else several}")
    return " ".join(told)
