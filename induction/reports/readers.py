"""Who reads which reports. The one place for the rule.

Safeguarding leads read reports, and so do compliance officers unless the settings say otherwise;
while no lead is named they do in any case, since a report that nobody reads helps nobody. What
concerns somebody who reads them goes to the second readers alone. Administrators read none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, false, func, or_, select, true
from sqlalchemy.orm import Session

from induction.institute import institute
from induction.people.models import Account, AccountRole, Role
from induction.reports.models import BreachReport, ReportState

READERS = (Role.SAFEGUARDING, Role.COMPLIANCE, Role.SECOND_READER)


@dataclass(frozen=True, slots=True)
class Readers:
    """Everyone who reads reports, by what lets them."""

    leads: tuple[Account, ...]
    officers: tuple[Account, ...]
    second: tuple[Account, ...]

    @property
    def usual(self) -> tuple[Account, ...]:
        """Those who read what concerns none of them, each once."""
        return tuple({one.id: one for one in (*self.leads, *self.officers)}.values())

    @property
    def titled(self) -> list[tuple[str, str]]:
        """The names of the usual ones, each with why they read."""
        leads = {one.id for one in self.leads}
        return [
            (one.full_name, "safeguarding lead" if one.id in leads else "compliance")
            for one in self.usual
        ]

    def of(self, *, of_reader: bool) -> tuple[Account, ...]:
        """Those who read a report."""
        return self.second if of_reader else self.usual


def readers(session: Session) -> Readers:
    """Who reads reports now: one query, and one for their roles."""
    rows = session.execute(
        select(AccountRole.role, Account)
        .join(Account, Account.id == AccountRole.account_id)
        .where(AccountRole.role.in_(READERS), Account.deactivated_at.is_(None))
        .order_by(Account.sort_name, Account.id)
    ).all()

    def having(role: Role) -> tuple[Account, ...]:
        return tuple(row.Account for row in rows if row.role == role.value)

    leads = having(Role.SAFEGUARDING)
    reads = institute().compliance_reads or not leads
    return Readers(leads, having(Role.COMPLIANCE) if reads else (), having(Role.SECOND_READER))


def read_by(viewer: Account, found: Readers) -> ColumnElement[bool]:
    """A condition on BreachReport: those that this person reads."""
    usual = BreachReport.of_reader.is_(false())
    second = BreachReport.of_reader.is_(true())
    return or_(
        false(),
        *([usual] if _among(viewer, found.usual) else []),
        *([second] if _among(viewer, found.second) else []),
    )


def _among(viewer: Account, people: Sequence[Account]) -> bool:
    return any(one.id == viewer.id for one in people)


def open_since(session: Session, viewer: Account, before: datetime) -> int:
    """How many of the reports that this person reads came before then and are not closed yet."""
    query = select(func.count()).where(
        read_by(viewer, readers(session)),
        BreachReport.state != ReportState.CLOSED.value,
        BreachReport.reported_at < before,
    )
    return session.scalar(query) or 0


def waiting(session: Session, viewer: Account) -> dict[ReportState, int]:
    """How many of the reports that this person reads are open, by state."""
    rows = session.execute(
        select(BreachReport.state, func.count())
        .where(read_by(viewer, readers(session)), BreachReport.state != ReportState.CLOSED.value)
        .group_by(BreachReport.state)
    )
    return {ReportState(state): count for state, count in rows}
