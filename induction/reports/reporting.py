"""Taking a report, and what is done about it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.mail import outbox
from induction.mail.letters import letter
from induction.people.models import Account, Role, has_role
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


def report(act: Act, told: Told, folder: Path, url: str) -> BreachReport:
    """Store a report and tell those in charge; where no name is given, ANONYMOUS acts.

    The message that they get says nothing of what was reported.
    """
    session = act.session
    new = BreachReport(
        account_id=act.account_id,
        what=told.what,
        where=told.where,
        affected=told.affected,
        may_contact=told.may_contact and act.account_id is not None,
        reported_at=act.now,
        changed_at=act.now,
    )
    session.add(new)
    session.flush()
    for png in told.pictures:
        digest = hashlib.sha256(png).hexdigest()
        _keep(folder, digest, png)
        session.add(BreachPicture(report_id=new.id, sha256=digest))
    for officer in session.scalars(
        select(Account).where(has_role(Role.COMPLIANCE), Account.deactivated_at.is_(None))
    ):
        alert = letter("breach-reported", account=officer, url=f"{url}{new.public_id}")
        outbox.queue(session, officer.email, alert, now=act.now, account_id=officer.id)
    subject = f"report:{new.public_id}"
    act.record(Action.BREACH_REPORTED, subject, pictures=len(told.pictures))
    return new


def _keep(folder: Path, digest: str, png: bytes) -> None:
    """Write a picture outside the web root, whole or not at all."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = folder / f".{digest}"
    partial.write_bytes(png)
    partial.replace(folder / f"{digest}.png")


def handle(act: Act, found: BreachReport, state: ReportState, text: str) -> None:
    """Note what was done about a report, and its state after that."""
    before = found.state
    note = {"report_id": found.id, "actor": act.actor, "state": state.value, "text": text}
    act.session.add(BreachNote(**note, at=act.now))
    act.session.execute(
        update(BreachReport)
        .where(BreachReport.id == found.id)
        .values(state=state.value, changed_at=act.now)
    )
    states: dict[str, Any] = {"from": before, "to": state.value}
    act.record(Action.BREACH_HANDLED, f"report:{found.public_id}", **states)
