"""Erasing a person: their details go from every table and file; the chain and the numbers stay.

What stays of a certificate is its stub: number, policy version, date, status. What stays of answers
are option ids, which say nothing about who gave them. Out of what others wrote (a report, a note, a
reason, a message) their names, addresses and reference are taken: see ``mentions``.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from email import policy
from email.parser import BytesParser
from pathlib import Path

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from induction.approvals import asking
from induction.audit.act import Act
from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.audit.models import AuditPersonal
from induction.certificates.models import (
    Certificate,
    CertificateFile,
    CertificateRecordRow,
    CurrentCertificate,
    Revocation,
    Supersession,
)
from induction.database import table, wipe
from induction.directory.models import DirectoryMember, DirectoryUser
from induction.enrolment import staged_lists
from induction.enrolment.models import ListLook, ListPage
from induction.journey.models import Declaration, Enrolment
from induction.mail.models import LetterByHand, OutboxMail
from induction.people import throttle
from induction.people.accounts import keep_an_administrator
from induction.people.learner_fields import LEARNER_FIELDS
from induction.people.models import (
    Account,
    AccountWord,
    Card,
    CohortTutor,
    KnownDevice,
    OneTimeLink,
    SignIn,
)
from induction.personal_data import mentions
from induction.personal_data.mentions import NOBODY
from induction.personal_data.models import RequestKind
from induction.personal_data.naming import Naming
from induction.practice.models import OwnChanges
from induction.reports import screenshots
from induction.reports.models import BreachPicture, BreachReport
from induction.revisit.models import Revisit
from induction.second_factor.models import Authenticator, Passkey, RecoveryCode
from induction.sign_on.models import Identity, Newcomer
from induction.tutoring import saved_views
from induction.tutoring.models import SavedView, TutorNote

# Columns of ``account`` that say nothing about a person; every other is in ``blanked``.
KEPT = frozenset(
    ["id", "public_id", "reminders_by_mail", "demo", "created_at", "last_day", "merged_into_id"]
) | {field.name for field in LEARNER_FIELDS if not field.personal}


def blanked(account: Account, now: datetime) -> dict[str, object]:
    """What the columns of an account hold once its person is erased."""
    return {
        **{field.name: None for field in LEARNER_FIELDS if field.personal},
        "email": f"{account.public_id.lower()}@erased.invalid",
        "full_name": NOBODY,
        "sort_name": "",
        "corrected": {},
        "password_hash": None,
        "has_second_factor": False,
        "first_signed_in_at": None,
        "comfort": {},
        "deactivated_at": now,
        "erased_at": now,
    }


def erase(act: Act, account: Account, instance: Path, *, unsure_too: Collection[str] = ()) -> None:
    """Erase a person. Doing it twice changes nothing more.

    ``instance`` is the folder with written mail; ``unsure_too`` the rows out of which goes what
    only may be their name (see ``doubts``). Raises LastAdministrator.
    """
    if account.erased_at is None:
        keep_an_administrator(act.session, account)
        erase_all(act, [account, *merged_into(act.session, account)], instance, unsure_too)


def merged_into(session: Session, account: Account) -> Sequence[Account]:
    """Earlier accounts of the same person, which are not erased."""
    theirs = Account.merged_into_id == account.id, Account.erased_at.is_(None)
    return session.scalars(select(Account).where(*theirs)).all()


def erase_all(
    act: Act, accounts: Collection[Account], instance: Path, unsure_too: Collection[str] = ()
) -> None:
    """Erase people of whom none is erased yet; what others wrote is read once for all of them."""
    session = act.session
    naming = mentions.naming_of(session, accounts)
    addresses = set[str]()
    for account in accounts:
        theirs = {*filter(None, [account.email]), *mentions.written_to(session, account.id)}
        addresses |= theirs
        # First, since the triggers let a person's evidence go only once the person is erased.
        blank = blanked(account, act.now)
        session.execute(update(table(Account)).where(Account.id == account.id).values(blank))
        asking.forget(act, account.id, keeping=[*RequestKind], instead=NOBODY)
        _erase_evidence(session, account.id)
        _erase_around(session, account.id, theirs)
        _erase_reports(session, account.id)
    saved_views.leave_out(session, naming.found_in)
    mentions.take_out(session, naming, unsure_too)
    staged_lists.leave_out(session, naming.found_in)
    _erase_mail_files(instance / "outbox", addresses, naming)
    with Batch(act) as entries:
        for account in accounts:
            entries.record(Action.ERASED, f"account:{account.public_id}")


def _erase_evidence(session: Session, account_id: int) -> None:
    """The parts of the evidence that name the person."""
    certificates = select(Certificate.id).where(Certificate.account_id == account_id)
    enrolments = select(Enrolment.id).where(Enrolment.account_id == account_id)
    for gone in (CertificateFile, CertificateRecordRow):
        session.execute(delete(gone).where(gone.certificate_id.in_(certificates)))
    for kept in (Supersession, Revocation):
        session.execute(
            update(kept).where(kept.certificate_id.in_(certificates)).values(reason=NOBODY)
        )
    session.execute(delete(CurrentCertificate).where(CurrentCertificate.account_id == account_id))
    session.execute(delete(Revisit).where(Revisit.enrolment_id.in_(enrolments)))
    session.execute(delete(Declaration).where(Declaration.enrolment_id.in_(enrolments)))
    session.execute(delete(OwnChanges).where(OwnChanges.enrolment_id.in_(enrolments)))


def _erase_around(session: Session, account_id: int, addresses: set[str]) -> None:
    """Sessions, links, mail, notes, and the personal data beside the chain."""
    ways_in = (
        SignIn,
        KnownDevice,
        OneTimeLink,
        Authenticator,
        Passkey,
        RecoveryCode,
        Identity,
        Card,
    )
    around = (CohortTutor, TutorNote, SavedView, LetterByHand, DirectoryMember, DirectoryUser)
    for model in (*ways_in, *around, AccountWord):
        session.execute(delete(model).where(model.account_id == account_id))
    session.execute(
        delete(OutboxMail).where(
            or_(OutboxMail.account_id == account_id, OutboxMail.recipient.in_(addresses))
        )
    )
    session.execute(delete(Newcomer).where(func.lower(Newcomer.address).in_(addresses)))
    session.execute(delete(AuditPersonal).where(AuditPersonal.account_id == account_id))
    session.execute(update(Enrolment).where(Enrolment.account_id == account_id).values(notice=""))
    for email in addresses:
        throttle.forget(session, email)


def _erase_mail_files(outbox: Path, addresses: set[str], naming: Naming) -> None:
    """Messages to them or about them that were written to the folder in place of a mail server."""
    for path in outbox.glob("*.eml"):
        with path.open("rb") as file:
            message = BytesParser(policy=policy.default).parse(file)
        body = message.get_body(("plain",))
        told = f"{message['Subject']} {body.get_content() if body else ''}"
        if str(message["To"]).strip().lower() in addresses or naming.found_in(told):
            path.unlink(missing_ok=True)


def _erase_reports(session: Session, account_id: int) -> None:
    """A report stays, without who made it; the screenshots that came with it go."""
    mine = BreachReport.account_id == account_id
    screenshots.forget(session, session.scalars(select(BreachReport.id).where(mine)).all())
    session.execute(update(BreachReport).where(mine).values(account_id=None, may_contact=False))


def settle(session: Session) -> None:
    """Let nothing linger in the database's files. Call it after the commit."""
    read = {column.table for column in mentions.columns()}
    others = (AccountWord, CertificateFile, BreachPicture, ListLook, ListPage)
    wipe(session, *read, *map(table, others))
