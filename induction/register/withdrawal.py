"""Withdrawing a certificate, and asking its holder to earn another: in one transaction."""

from datetime import datetime

from sqlalchemy.orm import Session

from induction.audit.record import SYSTEM
from induction.certificates import revocation
from induction.certificates.queries import Held
from induction.database import utc_now
from induction.extensions import db
from induction.journey import renewing
from induction.journey.answering import LOCK
from induction.journey.queries import Journey, load
from induction.people.models import Account
from induction.policy.store import Content
from induction.refusals import NotNow
from induction.reminders import schedule, sending
from induction.reminders.sending import Recipient
from induction.uk_time import uk_day

HAS_LEFT = "They have left, or their account has been ended."


def withdraw(
    session: Session,
    content: Content,
    held: Held,
    reason: str,
    *,
    again: bool,
    two_people: bool,
    asked_at: datetime | None,
    by: Account | None,
    now: datetime,
) -> bool:
    """Revoke as ``standing.revoke`` does, and tell the holder, or ask them to earn another.

    All or nothing. Without ``by``, somebody at the command line does it, who asks for nothing.
    Returns whether it is done. Raises NotCurrent, Meanwhile and NotNow.
    """
    # Learners who answer take this lock first, and that of the chain last: so do we.
    session.execute(LOCK, {"account_id": held.account_id})
    actor, sender = (by.actor, by.full_name) if by else (SYSTEM, "")
    done = revocation.revoke(
        session, held, reason, actor=actor, now=now, two_people=two_people, asked_at=asked_at
    )
    if done and again and by:
        ask(session, content, held, reason, by=by, now=now)
    elif done:
        _tell(session, content, held, actor=actor, sender=sender, now=now)
    return done


def _tell(
    session: Session, content: Content, held: Held, *, actor: str, sender: str, now: datetime
) -> None:
    """Tell the holder that it was revoked, and what comes next; not why: they may ask for that.

    Nobody is told who has left.
    """
    learner = sending.about(session, held.enrolment_id, schedule.WITHDRAWN, held.number)
    if learner is None:
        return
    said = f"Your certificate {held.number} was withdrawn: it no longer counts."
    to_do = _to_do(load(session, content, held.account_id))
    sending.remind(
        session, [learner], actor=actor, now=now, sender=sender,
        own_words=f"{said} {to_do}",
        not_before=schedule.after_quiet(sending.rhythm(session), now),
    )  # fmt: skip


def _to_do(journey: Journey | None) -> str:
    if journey and not journey.declared:
        return "Carry on with what is open: when you sign, you get a new one."
    if journey and journey.certificate:
        return f"{journey.certificate} still counts: you need do nothing."
    return "Ask your tutor why, and what you can do."


def ask(
    session: Session, content: Content, held: Held, reason: str, *, by: Account, now: datetime
) -> None:
    """Ask for a new final check and declaration, and tell the learner. Raises NotNow."""
    number = renewing.ask_again(session, content, held, reason, by=by, now=now)
    learner = _learner(session, held, f"{held.number}:{number}")
    if learner is None:
        raise NotNow(HAS_LEFT)
    sending.remind(
        session, [learner], actor=by.actor, now=now, own_words=reason, sender=by.full_name,
        not_before=schedule.after_quiet(sending.rhythm(session), now),
    )  # fmt: skip


def why_not(session: Session, content: Content, held: Held) -> str:
    """Why the holder cannot be asked now; "" where they can."""
    if _learner(session, held) is None:
        return HAS_LEFT
    return renewing.why_not_asked(load(session, content, held.account_id), held)


def _learner(session: Session, held: Held, occasion: str = "") -> Recipient | None:
    return sending.about(session, held.enrolment_id, schedule.AGAIN, occasion)


def may_reissue(held: Held) -> bool:
    """Whether its name can be corrected: while it counts, or once it has run out.

    Not while somebody asks for it to be withdrawn.
    """
    return counts(held) and revocation.asked_to_revoke(db.session(), held) is None


def counts(held: Held) -> bool:
    """Whether nothing took its place and nobody took it back; it may have run out."""
    return held.status(uk_day(utc_now())).stands
