"""Taking a report, and what is done about it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from induction.audit.actions import Action
from induction.audit.record import record
from induction.mail import outbox
from induction.mail.letters import letter
from induction.people.models import Account, Role
from induction.pictures import as_png
from induction.reports.models import BreachNote, BreachPicture, BreachReport, ReportState

ANONYMOUS = "anonymous"
MOST_PICTURES = 5
SIDE = 2000  # pixels; a screenshot stays readable


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody reports, in their own words."""

    what: str
    where: str
    affected: str
    may_contact: bool
    pictures: tuple[bytes, ...] = ()  # PNG, drawn anew


def drawn(uploads: Sequence[bytes]) -> tuple[bytes, ...]:
    """The pictures of a report, drawn anew. Raises NotAPicture."""
    return tuple(as_png(data, widest=SIDE, highest=SIDE) for data in uploads)


def report(
    session: Session, told: Told, reporter: Account | None, folder: Path, url: str, *, now: datetime
) -> BreachReport:
    """Store a report and tell those in charge; ``reporter`` is None where no name is given.

    The message that they get says nothing of what was reported. Call it inside ``writing()``.
    """
    new = BreachReport(
        account_id=reporter.id if reporter else None,
        what=told.what,
        where=told.where,
        affected=told.affected,
        may_contact=told.may_contact and reporter is not None,
        reported_at=now,
        changed_at=now,
    )
    session.add(new)
    session.flush()
    for png in told.pictures:
        digest = hashlib.sha256(png).hexdigest()
        _keep(folder, digest, png)
        session.add(BreachPicture(report_id=new.id, sha256=digest))
    for officer in session.scalars(
        select(Account).where(
            Account.role == Role.COMPLIANCE.value, Account.deactivated_at.is_(None)
        )
    ):
        alert = letter("breach-reported", account=officer, url=f"{url}{new.public_id}")
        outbox.queue(session, officer.email, alert, now=now, account_id=officer.id)
    record(
        session,
        Action.BREACH_REPORTED,
        f"report:{new.public_id}",
        actor=reporter.actor if reporter else ANONYMOUS,
        now=now,
        details={"pictures": len(told.pictures)},
    )
    return new


def _keep(folder: Path, digest: str, png: bytes) -> None:
    """Write a picture outside the web root, whole or not at all."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = folder / f".{digest}"
    partial.write_bytes(png)
    partial.replace(folder / f"{digest}.png")


def act(
    session: Session,
    found: BreachReport,
    state: ReportState,
    text: str,
    *,
    actor: str,
    now: datetime,
) -> None:
    """Note what was done about a report, and its state after that."""
    before = found.state
    session.add(BreachNote(report_id=found.id, actor=actor, state=state.value, text=text, at=now))
    session.execute(
        update(BreachReport)
        .where(BreachReport.id == found.id)
        .values(state=state.value, changed_at=now)
    )
    record(
        session,
        Action.BREACH_HANDLED,
        f"report:{found.public_id}",
        actor=actor,
        now=now,
        details={"from": before, "to": state.value},
    )
