"""Erasing a person: their details go from every table and file; the chain and the numbers stay.

What stays of a certificate is its stub: number, policy version, date, status. What stays of answers
are option ids, which say nothing about who gave them. Out of what others wrote (a report, a note, a
reason) their name, email and reference are taken.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, String, Text, delete, func, inspect, or_, select, update
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.audit.models import AuditPersonal
from induction.certificates.models import (
    Certificate,
    CertificateFile,
    CertificateRecordRow,
    CurrentCertificate,
    Revocation,
    RevocationRequest,
    Supersession,
)
from induction.database import table
from induction.enrolment.models import ImportDraft
from induction.extensions import db
from induction.journey.models import Declaration, Enrolment
from induction.mail.models import OutboxMail
from induction.people import throttle
from induction.people.accounts import keep_an_administrator
from induction.people.learner_fields import LEARNER_FIELDS, facts_of
from induction.people.models import Account, CohortTutor, OneTimeLink, SignIn
from induction.personal_data.models import DataRequest
from induction.reports.models import BreachNote, BreachPicture, BreachReport
from induction.second_factor.models import Authenticator, Passkey, RecoveryCode
from induction.tutoring.models import TutorNote

NOBODY = "Details erased"
LEAST = 4  # characters; shorter words would be found everywhere
# What people write in their own words, and may name anybody in.
FREE_TEXT = (
    (BreachReport, ("what", "where", "affected")),
    (BreachNote, ("text",)),
    (TutorNote, ("text",)),
    (DataRequest, ("reason",)),
)


# Columns of ``account`` that say nothing about a person; every other is in ``blanked``.
KEPT = frozenset(["id", "public_id", "reminders_by_mail", "demo", "created_at"]) | {
    field.name for field in LEARNER_FIELDS if not field.personal
}


def blanked(account: Account, now: datetime) -> dict[str, object]:
    """What the columns of an account hold once its person is erased."""
    return {
        **{field.name: None for field in LEARNER_FIELDS if field.personal},
        "email": f"{account.public_id.lower()}@erased.invalid",
        "full_name": NOBODY,
        "password_hash": None,
        "first_signed_in_at": None,
        "comfort": {},
        "deactivated_at": now,
        "erased_at": now,
    }


def erase(act: Act, account: Account, instance: Path) -> None:
    """Erase a person. Doing it twice changes nothing more.

    ``instance`` is the folder with screenshots of reports and written mail. Raises
    LastAdministrator.
    """
    if account.erased_at is not None:
        return
    session = act.session
    keep_an_administrator(session, account)
    email, pid = account.email, account.public_id
    addresses = {email, *_written_to(session, account.id)}
    naming = _naming(session, account)
    # First, since the triggers let a person's evidence go only once the person is erased.
    session.execute(
        update(table(Account)).where(Account.id == account.id).values(blanked(account, act.now))
    )
    _erase_evidence(session, account.id)
    _erase_around(session, account.id, email)
    _erase_reports(session, account.id, instance / "uploads")
    _take_out(session, naming)
    _erase_mail_files(instance / "outbox", addresses)
    act.record(Action.ERASED, f"account:{pid}")


def _erase_evidence(session: Session, account_id: int) -> None:
    """The parts of the evidence that name the person."""
    certificates = select(Certificate.id).where(Certificate.account_id == account_id)
    enrolments = select(Enrolment.id).where(Enrolment.account_id == account_id)
    for gone in (CertificateFile, CertificateRecordRow, RevocationRequest):
        session.execute(delete(gone).where(gone.certificate_id.in_(certificates)))
    for kept in (Supersession, Revocation):
        session.execute(
            update(kept).where(kept.certificate_id.in_(certificates)).values(reason=NOBODY)
        )
    session.execute(delete(CurrentCertificate).where(CurrentCertificate.account_id == account_id))
    session.execute(delete(Declaration).where(Declaration.enrolment_id.in_(enrolments)))


def _erase_around(session: Session, account_id: int, email: str) -> None:
    """Sessions, links, mail, notes, and the personal data beside the chain."""
    for model in (
        SignIn,
        OneTimeLink,
        Authenticator,
        Passkey,
        RecoveryCode,
        CohortTutor,
        TutorNote,
    ):
        session.execute(delete(model).where(model.account_id == account_id))
    session.execute(
        delete(OutboxMail).where(
            or_(OutboxMail.account_id == account_id, OutboxMail.recipient == email)
        )
    )
    session.execute(delete(AuditPersonal).where(AuditPersonal.account_id == account_id))
    session.execute(update(Enrolment).where(Enrolment.account_id == account_id).values(notice=""))
    session.execute(delete(ImportDraft))  # files of the last day, any of which may name the person
    throttle.forget(session, email)


def _naming(session: Session, account: Account) -> list[str]:
    """Whatever stands for this person and for nobody else, the longest first."""
    names = [n for n in _names(session, account) if not _somebody_else_is(session, n, account)]
    words = [word for word in (*_theirs_alone(account), *names) if len(word) >= LEAST]
    # One name may begin like another: Ada Bright, Ada Bright-Lee.
    return sorted(words, key=len, reverse=True)


def _theirs_alone(account: Account) -> list[str]:
    """Their email, reference and whatever else stands for one person."""
    facts = facts_of(account)
    return [facts[field.name] for field in LEARNER_FIELDS if field.unique]


def _names(session: Session, account: Account) -> list[str]:
    """The person's name, and those that their certificates have or had: a name may be corrected."""
    issued = session.scalars(
        select(CertificateRecordRow.name)
        .join(Certificate, Certificate.id == CertificateRecordRow.certificate_id)
        .where(Certificate.account_id == account.id)
    )
    return sorted({account.full_name, *issued})


def _somebody_else_is(session: Session, name: str, account: Account) -> bool:
    query = select(Account.id).where(
        func.lower(Account.full_name) == name.lower(), Account.id != account.id
    )
    return session.scalar(query.limit(1)) is not None


def _take_out(session: Session, naming: list[str]) -> None:
    """Take the person out of what others wrote, and what names them from beside the chain."""
    whole_words = "|".join(map(re.escape, naming))
    named = re.compile(rf"(?<![\w.@%+-])(?:{whole_words})(?![\w@])", re.IGNORECASE)

    def about(columns: Sequence[Any]) -> ColumnElement[bool]:
        return or_(*(c.icontains(word, autoescape=True) for c in columns for word in naming))

    for model, fields in FREE_TEXT:
        columns = [getattr(model, field) for field in fields]
        for row in session.execute(select(model.id, *columns).where(about(columns))).all():
            texts = {f: named.sub(NOBODY, getattr(row, f)) for f in fields}
            session.execute(update(model).where(model.id == row.id).values(**texts))
    beside = select(AuditPersonal.seq, AuditPersonal.data).where(about([AuditPersonal.data]))
    for row in session.execute(beside).all():
        if named.search(row.data):
            session.execute(delete(AuditPersonal).where(AuditPersonal.seq == row.seq))


def _written_to(session: Session, account_id: int) -> Sequence[str]:
    """The addresses that this person had while mail went to them."""
    query = select(OutboxMail.recipient).where(OutboxMail.account_id == account_id)
    return session.scalars(query.distinct()).all()


def _erase_mail_files(outbox: Path, addresses: set[str]) -> None:
    """Messages that were written to the folder in place of a mail server."""
    for path in outbox.glob("*.eml"):
        with path.open("rb") as file:
            message = BytesParser(policy=policy.default).parse(file, headersonly=True)
        if str(message["To"]).strip().lower() in addresses:
            path.unlink(missing_ok=True)


def _erase_reports(session: Session, account_id: int, folder: Path) -> None:
    """A report stays, without who made it; the screenshots that came with it go."""
    mine = select(BreachReport.id).where(BreachReport.account_id == account_id)
    theirs = BreachPicture.report_id.in_(mine)
    for digest in session.scalars(select(BreachPicture.sha256).where(theirs)):
        (folder / f"{digest}.png").unlink(missing_ok=True)
    session.execute(delete(BreachPicture).where(theirs))
    session.execute(
        update(BreachReport)
        .where(BreachReport.account_id == account_id)
        .values(account_id=None, may_contact=False)
    )


def settle(session: Session) -> None:
    """On SQLite: let nothing linger in the journal after an erasure. Call it after the commit."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        session.commit()
        raw = db.engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            raw.close()


def places(session: Session, account: Account) -> list[tuple[str, str, int]]:
    """Where a person's name, email, reference or ULN stands: table, column, how many rows.

    Before an erasure it shows what will go; afterwards, with the same words, what is left.
    """
    names = _names(session, account)
    return places_of(session, [*names, *_theirs_alone(account)])


def places_of(session: Session, words: list[str]) -> list[tuple[str, str, int]]:
    """Where any of these words stands in a text column of any table."""
    needles = [w for w in words if len(w) >= LEAST]
    found = []
    names = set(inspect(session.connection()).get_table_names())
    for one in db.metadata.sorted_tables:
        for column in one.columns if one.name in names else ():
            if isinstance(column.type, String | Text):
                like = or_(
                    *(func.lower(column).contains(w.lower(), autoescape=True) for w in needles)
                )
                count = session.scalar(select(func.count()).select_from(one).where(like)) or 0
                if count:
                    found.append((one.name, column.name, count))
    return found
