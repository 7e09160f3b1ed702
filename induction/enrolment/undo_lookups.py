"""What an import is looked at with before it is undone: each for many people at once."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, true, union_all
from sqlalchemy.orm import Session

from induction.database import AnyRow, chunks, table
from induction.enrolment.putting_back import pointing_to
from induction.journey.models import Enrolment, Progress
from induction.mail.models import LetterByHand
from induction.people.access import visible_accounts
from induction.people.models import IN_NOW, Account, Cohort, Membership, OneTimeLink


def sees(by: Account | None) -> ColumnElement[bool]:
    """Whether somebody may see an account; ``by`` None: the command line."""
    return true() if by is None else visible_accounts(by)


_HELD_ONCE = {"email": Account.email, "learner_ref": Account.learner_ref}


def holders(
    session: Session, before: Sequence[Mapping[str, str | None]]
) -> dict[str, dict[str, int]]:
    """By field: who has each of these addresses and references now, in whichever case."""
    found: dict[str, dict[str, int]] = {name: {} for name in _HELD_ONCE}
    for name, column in _HELD_ONCE.items():
        key = func.lower(column)
        for some in chunks(sorted({value.lower() for one in before if (value := one.get(name))})):
            rows = session.execute(select(key.label("key"), Account.id).where(key.in_(some)))
            found[name] |= {row.key: row.id for row in rows}
    return found


def memberships(
    session: Session, accounts: Collection[int], moments: Sequence[datetime]
) -> dict[int, list[AnyRow]]:
    """By account: where they have been since an import, and which main cohort ended with it."""
    begun, ended = Membership.joined_at.in_(moments) & IN_NOW, Membership.left_at.in_(moments)
    found: defaultdict[int, list[AnyRow]] = defaultdict(list)
    for some in chunks(sorted(accounts)):
        rows = session.execute(
            select(Membership.account_id, Membership.is_main, Membership.left_at, Cohort)
            .join(Cohort, Cohort.id == Membership.cohort_id)
            .where(Membership.account_id.in_(some), begun | (ended & Membership.is_main))
            .order_by(Membership.id)
        )
        for row in rows:
            found[row.account_id].append(row)
    return found


# What an import itself makes of a person: it goes with them.
_MADE_WITH_THEM = {table(one).name for one in (Enrolment, Progress, Membership, OneTimeLink)}


def held(session: Session, accounts: Mapping[int, int], enrolments: Mapping[int, int]) -> set[int]:
    """Of whom anything is kept that an import does not make: whichever table has it.

    ``enrolments``: whose each is; ``accounts``: the same of accounts. One query for every few
    hundred people.
    """
    found: set[int] = set()
    for one, whose in ((table(Account), accounts), (table(Enrolment), enrolments)):
        columns = [c for c in pointing_to(one) if c.table.name not in _MADE_WITH_THEM]
        if one is table(Account):
            columns.append(table(LetterByHand).c.account_id)
        for some in chunks(sorted(whose)):
            # The ids go over once, not once for each of some thirty columns.
            asked = select(one.c.id).where(one.c.id.in_(some)).cte("asked")
            these = select(asked.c.id)
            query = union_all(*(select(c.label("id")).where(c.in_(these)) for c in columns))
            found |= {whose[key] for key in session.scalars(query)}
    return found
