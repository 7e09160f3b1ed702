"""What becomes of letters that have waited: nobody is written to about what is over for them."""

from datetime import date, datetime

from sqlalchemy import select

from induction.certificates.models import Certificate, CurrentCertificate
from induction.database import AnyRow, AnySelect
from induction.extensions import db
from induction.institute import institute
from induction.journey.models import Enrolment, Progress
from induction.journey.rules import LearnerState
from induction.mail.models import OutboxMail
from induction.mail.outbox import Looks, SecondLook
from induction.people import invitations
from induction.people.models import Account
from induction.progress.status import HERE
from induction.reminders import schedule, sending
from induction.reminders.sending import REMINDER
from induction.uk_time import uk_day

_OF_WHAT_IS_DONE = (schedule.EXPIRING, schedule.EXPIRED, schedule.WITHDRAWN)


def at_reminder(mail: OutboxMail, now: datetime) -> SecondLook:
    """What becomes of a reminder that is sent now: nothing for who has left or finished meanwhile.

    It goes to the address of today.
    """
    kind = mail.about.partition(":")[2]
    row = db.session.execute(_STANDING.where(Account.id == mail.account_id)).first()
    if row is None:
        return SecondLook(goes=False)
    finished = row.state == LearnerState.COMPLETE.value
    if finished and kind not in _OF_WHAT_IS_DONE:
        return SecondLook(goes=False)
    if kind in (schedule.EXPIRING, schedule.EXPIRED) and _holds_another(row, kind, uk_day(now)):
        return SecondLook(goes=False)
    if row.email is None:
        return SecondLook(goes=False)
    return SecondLook(recipient=row.email if row.email != mail.recipient else "")


_STANDING: AnySelect = (
    select(Account.email, Progress.state, Certificate.valid_until)
    .join(Enrolment, Enrolment.account_id == Account.id)
    .join(Progress, Progress.enrolment_id == Enrolment.id)
    .outerjoin(
        CurrentCertificate,
        (CurrentCertificate.account_id == Enrolment.account_id)
        & (CurrentCertificate.policy == Enrolment.policy),
    )
    .outerjoin(Certificate, Certificate.id == CurrentCertificate.certificate_id)
    .where(HERE)
)


def _holds_another(row: AnyRow, kind: str, today: date) -> bool:
    """Whether a certificate has been renewed since somebody was told of its end."""
    end = row.valid_until
    if end is None:
        return True
    return bool(end > schedule.ending(institute().renewal_days, today)[schedule.EXPIRING][1]) or (
        kind == schedule.EXPIRED and bool(end >= today)
    )


def at_link(mail: OutboxMail, now: datetime) -> SecondLook:
    """The same for a letter with a link: none for who has left the institute meanwhile."""
    return SecondLook(goes=False) if _has_left(mail) else invitations.look_again(mail, now)


def at_planned(mail: OutboxMail, now: datetime) -> SecondLook:
    """An invitation whose time has come, unless it is a quiet hour now: it waits for its end."""
    if _has_left(mail):
        return SecondLook(goes=False)
    rhythm = sending.rhythm(db.session())
    if schedule.is_quiet(rhythm, now):
        return SecondLook(not_before=schedule.after_quiet(rhythm, now))
    return invitations.send_planned(mail, now)


def _has_left(mail: OutboxMail) -> bool:
    left = select(Enrolment.id).where(
        Enrolment.account_id == mail.account_id, Enrolment.left_at.is_not(None)
    )
    return db.session.scalar(left.limit(1)) is not None


LOOKS: Looks = {
    invitations.LINK: at_link,
    invitations.PLANNED: at_planned,
    REMINDER: at_reminder,
}
