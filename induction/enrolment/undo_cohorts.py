"""The cohorts that an import made, and those whose tutors it set, against what is there now."""

import json
from collections import defaultdict
from collections.abc import Set as AbstractSet
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.audit.actions import Action
from induction.database import AnyRow
from induction.enrolment import putting_back
from induction.enrolment.undo_entries import Entries
from induction.enrolment.undo_findings import AGAIN, SOMEBODY, Left, TakenBack
from induction.people.models import IN_NOW, Account, Cohort, CohortTutor, Membership


def look(
    session: Session, entries: Entries, found: TakenBack, going: AbstractSet[int] = frozenset()
) -> None:
    """Which of them go; ``going``: who will be in none of them by then."""
    did = entries.of_cohorts()
    new = [row.subject for row in did if row.action == Action.COHORT_CREATED]
    since = entries.since(new)
    which = Cohort.public_id.in_([subject.partition(":")[2] for subject in new])
    joined = select(Membership.cohort_id, Membership.account_id).join(Cohort).where(which, IN_NOW)
    there: defaultdict[int, set[int]] = defaultdict(set)
    for row in session.execute(joined):
        there[row.cohort_id].add(row.account_id)
    for cohort in session.scalars(select(Cohort).where(which).order_by(Cohort.sort_name)):
        stay = there[cohort.id] - going
        if stay or since.get(f"cohort:{cohort.public_id}"):
            found.left.append(Left(f"the cohort {cohort.name}", SOMEBODY if stay else AGAIN))
        elif cohort.archived_at is None:
            perform = partial(putting_back.let_go, cohort)
            found.cohorts.append((f"The cohort {cohort.name} goes.", perform))
    for entry in did:
        if entry.action == Action.COHORT_TUTORS and entry.subject not in new:
            _tutors(session, entry, found)


def _tutors(session: Session, entry: AnyRow, found: TakenBack) -> None:
    public_id, said = entry.subject.partition(":")[2], json.loads(entry.details)
    cohort = session.scalar(select(Cohort).where(Cohort.public_id == public_id))
    if cohort is None:
        return
    now = session.scalars(
        select(Account.public_id)
        .join(CohortTutor, CohortTutor.account_id == Account.id)
        .where(CohortTutor.cohort_id == cohort.id)
    )
    before = session.scalars(select(Account.id).where(Account.public_id.in_(said["from"])))
    if set(now) != set(said["to"]):
        found.left.append(Left(f"the tutors of {cohort.name}", AGAIN))
        return
    words = f"The tutors of {cohort.name} are those from before."
    found.cohorts.append((words, partial(putting_back.set_tutors, cohort, before.all())))
