"""What the command writes: a list at once, or a long one in parts, so that nobody waits for it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from induction.audit.act import SYSTEM, Act, acting
from induction.audit.actions import Action
from induction.database import chunks, utc_now
from induction.enrolment import leaving
from induction.enrolment.applying import SourceFile, carry_out, to_invite
from induction.enrolment.import_plan import ImportPlan, compare
from induction.enrolment.import_rows import ImportedSheet
from induction.enrolment.leaving import Leavers, Scope, WholeList
from induction.enrolment.long_lists import put_on_record
from induction.enrolment.parts import AT_ONCE
from induction.enrolment.past_imports import stamp
from induction.enrolment.staged_lists import PeopleFile
from induction.enrolment.under_way import LONG
from induction.people.invitations import invite
from induction.people.models import Account
from induction.policy.store import content
from induction.uk_time import uk_day


@dataclass(frozen=True, slots=True)
class Besides:
    """What is done beside taking people in."""

    invites: bool
    at: datetime | None  # invitations go; None: at once
    gone: Leavers
    scope: Scope | None


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What came of it."""

    at: datetime  # by which the import is known
    counts: Counter[str]  # of rows by kind, invited, left


def write(
    roll: ImportPlan, file: PeopleFile, besides: Besides, tick: Callable[[int], None]
) -> TakenIn:
    """Carry out what the roll says. A long one is compared again part by part, as it is then."""
    at, counts = utc_now(), Counter[str]()
    if max(len(roll.entries), len(besides.gone.people)) <= LONG:
        with acting(SYSTEM, at) as act:
            origin = SourceFile(file.sha256)
            made = carry_out(act, content(), roll, origin=origin, tick=lambda: tick(1))
            counts.update(roll.counts())
            counts["invited"] = _invite(act, roll, made, besides)
            counts["left"] = _mark(act, file, besides)
        return TakenIn(at, counts)
    subject = f"import:{stamp(at)}"
    for some in chunks(roll.entries, AT_ONCE):
        sheet = ImportedSheet(tuple(entry.person for entry in some))
        with acting(SYSTEM, utc_now()) as act:
            today = uk_day(act.now)
            now = compare(act.session, content().policy, sheet, None, today, alike=False)
            made = carry_out(act, content(), now)
            counts["invited"] += _invite(act, now, made, besides)
            counts.update(now.counts())
            if now.of("new") or now.of("changed"):
                put_on_record(act, Action.PART_IMPORTED, subject, now.counts(), file)
        tick(len(some))
    counts["refused"] += len(roll.refused)
    if besides.scope:
        whole, here = WholeList(besides.scope, file.sha256, subject), besides.gone.here
        for leavers in chunks(besides.gone.people, AT_ONCE):
            with acting(SYSTEM, utc_now()) as act:
                counts["left"] += leaving.mark_some(act, content().slug, leavers, here, None, whole)
    with acting(SYSTEM, utc_now()) as act:
        if counts["new"] or counts["changed"]:
            put_on_record(act, Action.PEOPLE_IMPORTED, subject, counts, file)
    return TakenIn(at, counts)


def _invite(act: Act, roll: ImportPlan, made: list[Account], besides: Besides) -> int:
    people = to_invite(act, roll, made) if besides.invites else []
    return invite(act, people, besides.at)


def _mark(act: Act, file: PeopleFile, besides: Besides) -> int:
    if besides.scope is None:
        return 0
    whole = WholeList(besides.scope, file.sha256)
    return leaving.mark_all(act, besides.gone.people, besides.gone.here, whole)
