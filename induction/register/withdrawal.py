"""Withdrawing a certificate, and asking its holder to earn another: in one transaction."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.certificates import revocation
from induction.certificates.queries import Held
from induction.database import utc_now
from induction.journey import renewing
from induction.journey.answering import LOCK
from induction.journey.queries import Journey, load
from induction.policy.store import Content
from induction.refusals import NotNow
from induction.reminders import schedule, sending
from induction.reminders.sending import Recipient
from induction.uk_time import uk_day

HAS_LEFT = "They have left, or their account has been ended."


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Why a certificate is to be withdrawn, and what follows."""

    reason: str
    again: bool = False  # the holder is asked to earn another
    asked_at: datetime | None = None  # when the request was made that this confirms


def withdraw(act: Act, content: Content, held: Held, wish: Withdrawal, *, two_people: bool) -> bool:
    """Revoke as ``revocation.revoke`` does, and tell the holder, or ask them to earn another.

    All or nothing. Somebody at the command line asks for nothing. Returns whether it is done.
    Raises NotCurrent, Meanwhile and NotNow.
    """
    # Learners who answer take this lock first, and that of the chain last: so do we.
    act.session.execute(LOCK, {"account_id": held.account_id})
    done = revocation.revoke(act, held, wish.reason, two_people=two_people, asked_at=wish.asked_at)
    if done and wish.again:
        ask(act, content, held, wish.reason)
    elif done:
        _tell(act, content, held)
    return done


def _tell(act: Act, content: Content, held: Held) -> None:
    """Tell the holder that it was revoked, and what comes next; not why: they may ask for that.

    Nobody is told who has left.
    """
    learner = sending.about(act.session, held.enrolment_id, schedule.WITHDRAWN, held.number)
    if learner is None:
        return
    said = f"Your certificate {held.number} was withdrawn: it no longer counts."
    to_do = _to_do(load(act.session, content, held.account_id))
    _write(act, learner, f"{said} {to_do}")


def _write(act: Act, learner: Recipient, own_words: str) -> None:
    """Remind them; where it is a quiet hour now, after it."""
    not_before = schedule.after_quiet(sending.rhythm(act.session), act.now)
    sending.remind(act, [learner], own_words=own_words, not_before=not_before)


def _to_do(journey: Journey | None) -> str:
    if journey and not journey.declared:
        return "Carry on with what is open: when you sign, you get a new one."
    return "Ask your tutor why, and what you can do."


def ask(act: Act, content: Content, held: Held, reason: str) -> None:
    """Ask for a new final check and declaration, and tell the learner. Raises NotNow."""
    number = renewing.ask_again(act, content, held, reason)
    learner = _learner(act.session, held, f"{held.number}:{number}")
    if learner is None:
        raise NotNow(HAS_LEFT)
    _write(act, learner, reason)


def why_not(session: Session, content: Content, held: Held) -> str:
    """Why the holder cannot be asked now; "" where they can."""
    if _learner(session, held) is None:
        return HAS_LEFT
    return renewing.why_not_asked(load(session, content, held.account_id), held)


def _learner(session: Session, held: Held, occasion: str = "") -> Recipient | None:
    return sending.about(session, held.enrolment_id, schedule.AGAIN, occasion)


def counts(held: Held) -> bool:
    """Whether nothing took its place and nobody took it back; it may have run out."""
    return held.status(uk_day(utc_now())).stands
