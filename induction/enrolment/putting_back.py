"""Putting back what an import did: each part of it is an act, on record under the undoing.

Each of these takes all whom it concerns, and as many statements for many as for few.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, delete, select, union_all, update

from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.audit.models import AuditPersonal
from induction.database import chunks, table
from induction.enrolment import setting_dates
from induction.enrolment.undo_findings import Gone
from induction.extensions import db
from induction.journey import summaries
from induction.journey.models import Enrolment, Progress
from induction.mail.models import OutboxMail
from induction.people import cohorts, details
from induction.people.models import Account, Cohort, CohortTutor, Membership, OneTimeLink
from induction.policy.store import Content

UNDONE = "The import was undone"


def pointing_to(to: Table) -> list[Column[Any]]:
    """Every column that names a row of this table."""
    return [
        column
        for one in db.metadata.sorted_tables
        for column in one.columns
        if any(key.column.table is to for key in column.foreign_keys)
    ]


def remove(entries: Batch, people: Sequence[Gone]) -> None:
    """Let people go whom nothing is kept about, with all that the import made of them."""
    session = entries.act.session
    for some in chunks(people):
        ids = [account.id for account in some]
        disenrol(table(Enrolment).c.account_id.in_(ids), entries)
        for model in (OutboxMail, OneTimeLink, Membership, AuditPersonal):
            session.execute(delete(model).where(model.account_id.in_(ids)))
        session.execute(delete(table(Account)).where(table(Account).c.id.in_(ids)))
        for account in some:
            entries.record(Action.ACCOUNT_REMOVED, account.actor)


def disenrol(which: ColumnElement[bool], entries: Batch) -> None:
    """Take enrolments out that the import made and nobody has begun."""
    session, own = entries.act.session, table(Enrolment)
    found = session.execute(
        select(own.c.id, own.c.public_id, Account.public_id.label("account"))
        .join(Account, Account.id == own.c.account_id)
        .where(which)
    ).all()
    ids = [row.id for row in found]
    session.execute(delete(Progress).where(Progress.enrolment_id.in_(ids)))
    session.execute(delete(own).where(own.c.id.in_(ids)))
    for row in found:
        subject = f"enrolment:{row.public_id}"
        entries.record(Action.ENROLMENT_REMOVED, subject, account=row.account)


def no_longer_enrolled(enrolments: Sequence[Enrolment], entries: Batch, _content: Content) -> None:
    """The import made these enrolments, and nobody has begun."""
    for some in chunks([one.id for one in enrolments]):
        disenrol(table(Enrolment).c.id.in_(some), entries)


def bring_back(enrolments: Sequence[Enrolment], entries: Batch, _content: Content) -> None:
    """People whom it marked as left are here again."""
    for some in chunks(enrolments):
        these = Enrolment.id.in_([one.id for one in some])
        entries.act.session.execute(update(Enrolment).where(these).values(left_at=None))
    for one in enrolments:
        entries.record(
            Action.RETURNED, f"enrolment:{one.public_id}",
            personal={"reason": UNDONE}, account_id=one.account_id,
        )  # fmt: skip


def change(
    those: Sequence[tuple[Account, dict[str, str]]], entries: Batch, content: Content
) -> None:
    """Their details are those from before."""
    details.change_all(entries, those, reason=UNDONE)
    others = [account for account, facts in those if "audience" in facts]
    summaries.refresh(entries.act.session, content, others)


def move(people: Sequence[tuple[Account, Cohort]], entries: Batch, content: Content) -> None:
    """Their main cohort is the one from before, with its due date."""
    setting_dates.move(entries, content.slug, people)


def take_out(people: Sequence[tuple[Account, Cohort]], entries: Batch, _content: Content) -> None:
    """They are no longer in a cohort that it added."""
    of_each: defaultdict[int, list[Account]] = defaultdict(list)
    for account, cohort in people:
        of_each[cohort.id].append(account)
    for cohort in {cohort.id: cohort for _, cohort in people}.values():
        cohorts.leave(entries, of_each[cohort.id], cohort)


def give_dates(
    dates: Sequence[tuple[Account, date | None]], entries: Batch, content: Content
) -> None:
    """Their due dates are those from before, unless moving them back has made them so."""
    now: dict[int, date | None] = {}
    for some in chunks([account.id for account, _ in dates]):
        query = select(Enrolment.account_id, Enrolment.due_on).where(
            Enrolment.account_id.in_(some), Enrolment.policy == content.slug
        )
        now |= {row.account_id: row.due_on for row in entries.act.session.execute(query)}
    other = [(account, day) for account, day in dates if now[account.id] != day]
    setting_dates.give_all(entries, content.slug, other, reason=UNDONE)


def let_go(cohort: Cohort, entries: Batch, _content: Content) -> None:
    """A cohort that the import made goes; it is archived where somebody’s history names it."""
    session = entries.act.session
    columns = [one for one in pointing_to(table(Cohort)) if one.table is not table(CohortTutor)]
    if session.execute(union_all(*(select(c).where(c == cohort.id) for c in columns))).first():
        session.execute(
            update(Cohort).where(Cohort.id == cohort.id).values(archived_at=entries.act.now)
        )
        entries.record(Action.COHORT_ARCHIVED, f"cohort:{cohort.public_id}")
        return
    session.execute(delete(CohortTutor).where(CohortTutor.cohort_id == cohort.id))
    session.execute(delete(table(Cohort)).where(table(Cohort).c.id == cohort.id))
    entries.record(Action.COHORT_REMOVED, f"cohort:{cohort.public_id}")


def set_tutors(cohort: Cohort, tutors: Sequence[int], entries: Batch, _content: Content) -> None:
    """A cohort’s tutors are those from before."""
    cohorts.set_tutors(entries.act, cohort, tutors)
