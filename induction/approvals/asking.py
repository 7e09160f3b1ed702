"""Asking for an act, confirming or refusing it, and carrying it out on its day."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from induction.approvals import queries, rules
from induction.approvals.kinds import ApprovalKind, kinds
from induction.approvals.models import OPEN, Approval, ApprovalOutcome
from induction.audit.act import SYSTEM, Act, acting
from induction.audit.actions import Action
from induction.database import new_public_id, rows_hit, utc_now
from induction.extensions import db
from induction.institute import institute
from induction.mail import outbox
from induction.mail.letters import letter
from induction.people.accounts import name_of
from induction.people.models import Role
from induction.refusals import NotNow
from induction.uk_time import uk_date

MEANWHILE = "Somebody else has decided this meanwhile. You changed nothing."


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked for, and why. ``details`` say it exactly; they may name people."""

    subject: str
    reason: str
    account_id: int | None = None  # whom it is about
    details: Mapping[str, Any] | None = None


def takes_two(kind: ApprovalKind) -> bool:
    """Whether this is asked for and confirmed, rather than done at once."""
    return kind.always or institute().two_people


def ask(act: Act, kind: ApprovalKind, asking: Asking) -> Approval:
    """Write down what is asked for, on record, and tell officers and administrators.

    Raises NotNow where the same is open already.
    """
    asked = put(act, kind.name, asking)
    if asked is None:
        raise NotNow("Somebody has asked for this already, and it waits to be decided.")
    tell(act, "approval-asked", title=kind.title, asked=asked, here=_officers(act.session, asked))
    act.record(
        Action.APPROVAL_ASKED,
        asking.subject,
        kind=kind.name,
        personal={"reason": asking.reason},
        account_id=asking.account_id,
    )
    return asked


def put(act: Act, kind: str, asking: Asking) -> Approval | None:
    """Write down what is asked for, and nothing else; None where the same is open already.

    Whoever asks at the same time waits for this one, and then finds it.
    """
    row = {
        "public_id": new_public_id(),
        "kind": kind,
        "subject": asking.subject,
        "account_id": asking.account_id,
        "reason": asking.reason,
        "details": json.dumps(asking.details or {}, ensure_ascii=False, sort_keys=True),
        "asked_by": act.actor,
        "asked_at": act.now,
    }
    dialect = postgresql if act.session.get_bind().dialect.name == "postgresql" else sqlite
    made = dialect.insert(Approval).values(row).on_conflict_do_nothing().returning(Approval.id)
    found = act.session.execute(made).scalar()
    return None if found is None else act.session.get_one(Approval, found)


def why_not_confirmed(session: Session, asked: Approval, actor: str, now: datetime) -> str:
    """Why this actor cannot confirm it now; "" where they can."""
    own = asked.asked_by == actor
    here = _officers(session, asked)
    return rules.why_not_confirmed(own=own, asked_at=asked.asked_at, now=now, here=here)


def _officers(session: Session, asked: Approval) -> rules.Officers:
    return queries.officers_beside(session, asked.asked_by, kinds()[asked.kind].deciders)


def confirm(act: Act, asked: Approval, kind: ApprovalKind) -> str:
    """Confirm it: it is carried out now, or on its day. Says which. Raises NotNow.

    Of several at once one confirms; the others are told so, and nothing is done twice.
    """
    own, session = asked.asked_by == act.actor, act.session
    refused = why_not_confirmed(session, asked, act.actor, act.now)
    if refused:
        raise NotNow(refused)
    decided = {"decided_by": act.actor, "decided_at": act.now}
    if not kind.waits:
        _move(session, asked, ApprovalOutcome.WAITING, ApprovalOutcome.DONE, **decided)
        kind.check(act, asked)
        return _carry_out(act, asked, kind)
    here = _officers(session, asked)
    day = rules.earliest(own=own, asked_at=asked.asked_at, now=act.now, here=here)
    confirmed = ApprovalOutcome.CONFIRMED
    _move(session, asked, ApprovalOutcome.WAITING, confirmed, not_before=day, **decided)
    kind.check(act, asked)
    tell(act, "approval-confirmed", title=kind.title, asked=asked, by=act.name, day=day)
    act.record(
        Action.APPROVAL_CONFIRMED,
        asked.subject,
        kind=kind.name,
        asked_by=asked.asked_by,
        not_before=day.isoformat(timespec="seconds"),
    )
    if day <= act.now:
        return "Confirmed. The wait is over: it is done within a minute."
    return f"Confirmed. It is done on {uk_date(day)}, unless somebody stops it."


def refuse(act: Act, asked: Approval, kind: ApprovalKind, why: str) -> None:
    """Decline it, take it back or stop it, at any time before it is done. Raises NotNow.

    Whoever takes back what they asked for need not say why.
    """
    was = ApprovalOutcome(asked.outcome)
    if not asked.is_open:
        raise NotNow(MEANWHILE)
    if not why and asked.asked_by != act.actor:
        raise NotNow("Say why not: whoever asked for it reads this. Nothing was decided.")
    ended = {"ended_by": act.actor, "ended_at": act.now, "result": why}
    _move(act.session, asked, was, ApprovalOutcome.REFUSED, **ended)
    kind.stopped(act, asked)
    act.record(
        Action.APPROVAL_REFUSED,
        asked.subject,
        kind=kind.name,
        asked_by=asked.asked_by,
        was=was,
        personal={"reason": why} if why else None,
        account_id=asked.account_id,
    )


def end(act: Act, kind: str, subject: str, outcome: ApprovalOutcome) -> None:
    """Close what is open of a kind about a subject, where its own act says so on record."""
    _close(act, outcome, Approval.kind == kind, Approval.subject == subject)


def overtake(act: Act, subject: str) -> None:
    """Whatever is open about a subject can no longer be done, since something else was."""
    _close(act, ApprovalOutcome.OVERTAKEN, Approval.subject == subject)


def overtake_all(act: Act, kind: str) -> None:
    """Nothing that is open of a kind can be done any more."""
    _close(act, ApprovalOutcome.OVERTAKEN, Approval.kind == kind)


def _close(act: Act, outcome: ApprovalOutcome, *which: ColumnElement[bool]) -> None:
    ended = {"ended_by": act.actor, "ended_at": act.now, "outcome": outcome.value}
    act.session.execute(update(Approval).where(Approval.outcome.in_(OPEN), *which).values(ended))


def forget(act: Act, account_id: int, *, keeping: Collection[str], instead: str) -> None:
    """Take out what was asked for about somebody who is erased; what is open is overtaken.

    ``instead`` stands for the reasons; those of the kinds in ``keeping`` stay.
    """
    theirs = Approval.account_id == account_id
    _close(act, ApprovalOutcome.OVERTAKEN, theirs)
    session = act.session
    session.execute(update(Approval).where(theirs).values(details="{}"))
    declined = Approval.outcome == ApprovalOutcome.REFUSED.value
    session.execute(update(Approval).where(theirs, declined).values(result=""))
    session.execute(
        update(Approval).where(theirs, Approval.kind.not_in(keeping)).values(reason=instead)
    )


def _move(
    session: Session, asked: Approval, was: ApprovalOutcome, to: ApprovalOutcome, **values: Any
) -> None:
    """Take it from one outcome to the next, once: whoever comes second finds it gone."""
    moved = (
        update(Approval)
        .where(Approval.id == asked.id, Approval.outcome == was.value)
        .values(outcome=to.value, **values)
    )
    if not rows_hit(session, moved):
        raise NotNow(MEANWHILE)
    session.refresh(asked)


def _carry_out(act: Act, asked: Approval, kind: ApprovalKind) -> str:
    said = kind.carry_out(act, asked)
    asked.result, asked.ended_by, asked.ended_at = said, act.actor, act.now
    act.record(
        Action.APPROVAL_DONE,
        asked.subject,
        kind=kind.name,
        asked_by=asked.asked_by,
        confirmed_by=asked.decided_by,
    )
    return said


def chore() -> None:
    """Of the worker: carry out what was confirmed and whose day has come, each in its own act."""
    now = utc_now()
    due = select(Approval.id).where(
        Approval.outcome == ApprovalOutcome.CONFIRMED.value, Approval.not_before <= now
    )
    for one in db.session.scalars(due).all():
        _carry_out_due(one, now)


def _carry_out_due(approval_id: int, now: datetime) -> None:
    asked = db.session.get_one(Approval, approval_id)
    kind = kinds()[asked.kind]
    try:
        with acting(SYSTEM, now) as act:
            _move(act.session, asked, ApprovalOutcome.CONFIRMED, ApprovalOutcome.DONE)
            _carry_out(act, asked, kind)
    except NotNow as fault:
        _overtaken(approval_id, str(fault), now)
        return
    if kind.settled:
        kind.settled()


def _overtaken(approval_id: int, why: str, now: datetime) -> None:
    """It cannot be done any more: say so, and leave everything as it is."""
    with acting(SYSTEM, now) as act:
        asked = act.session.get_one(Approval, approval_id)
        if asked.outcome != ApprovalOutcome.CONFIRMED:
            return  # stopped, or done by another worker, a moment ago
        end(act, asked.kind, asked.subject, ApprovalOutcome.OVERTAKEN)
        asked.result = why
        act.record(
            Action.APPROVAL_REFUSED,
            asked.subject,
            kind=asked.kind,
            asked_by=asked.asked_by,
            was=ApprovalOutcome.CONFIRMED,
        )


def tell(act: Act, template: str, **facts: object) -> None:
    """A letter to every officer and administrator who is here; it names nobody's record."""
    asked = facts.get("asked")
    asker, deciders = "", tuple[Role, ...]()
    if isinstance(asked, Approval):
        asker, deciders = name_of(act.session, asked.asked_by), kinds()[asked.kind].deciders
    outbox.queue_all(
        act.session,
        [
            (one.email, one.id, letter(template, account=one, asker=asker, **facts))
            for one in queries.told(act.session, deciders)
        ],
        now=act.now,
    )
