"""Queueing mail and sending what is due, once each, with patience when the server is down."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Any

from email_validator import validate_email
from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.orm import Session

from induction.config import Settings
from induction.database import AnySelect, writing
from induction.mail.letters import Letter
from induction.mail.models import OutboxMail
from induction.mail.server import MailError, connected, in_words, is_final

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=2)
LONGEST = timedelta(days=4)  # that a letter is tried
FRESH = timedelta(days=1)  # a letter of this age says what is still so, and its link still works
CLAIM = timedelta(minutes=5)  # another worker may take a message over after this

_UNDER_WAY = (OutboxMail.sent_at.is_(None), OutboxMail.refused_at.is_(None))


def queue(
    session: Session,
    recipient: str,
    letter: Letter,
    *,
    now: datetime,
    account_id: int | None = None,
    not_before: datetime | None = None,
) -> None:
    """Put one letter in the outbox, in the caller's transaction; it goes at once, or later."""
    queue_all(session, [(recipient, account_id, letter)], now=now, not_before=not_before)


def queue_all(
    session: Session,
    letters: Iterable[tuple[str, int | None, Letter]],
    *,
    now: datetime,
    not_before: datetime | None = None,
) -> list[str]:
    """Many letters at once, each with its address and the account of whoever it is for.

    Returns the ids of their messages.
    """
    mails = [
        {
            "message_id": make_msgid(domain="induction.invalid"),
            "account_id": account_id,
            "recipient": recipient,
            "subject": letter.subject[:200],
            "body": letter.body,
            "created_at": now,
            "not_before": not_before or now,
        }
        for recipient, account_id, letter in letters
    ]
    if mails:
        session.execute(insert(OutboxMail), mails)
    return [str(mail["message_id"]) for mail in mails]


def send_due(settings: Settings, *, now: datetime, reply_to: str = "") -> tuple[int, int]:
    """Send what is due; returns how many went and how many have to wait.

    What a server that is away or busy did not take is tried again, with growing pauses; what it
    refused for good, or nobody took in ``LONGEST``, ends as undelivered.
    """
    sent = failed = 0
    while (mail := _claim(now)) is not None:
        try:
            _deliver(_as_message(mail, settings.sender, reply_to), settings, now)
        except MailError as error:
            end = is_final(error) or now - mail.created_at > LONGEST
            _put_back(mail, in_words(error), now, end=end)
            failed += not end
        else:
            _mark_sent(mail, now)
            sent += 1
    return sent, failed


def _claim(now: datetime) -> OutboxMail | None:
    """Take the next due message; its time moves on at once, so that no other worker takes it."""
    with writing() as session:
        mail = session.scalars(
            select(OutboxMail)
            .where(*_UNDER_WAY, OutboxMail.not_before <= now)
            .order_by(OutboxMail.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if mail is not None:
            mail.tries += 1
            mail.not_before = now + CLAIM
        return mail


def _put_back(mail: OutboxMail, error: str, now: datetime, *, end: bool) -> None:
    wait = min(FIRST_WAIT * 2 ** (mail.tries - 1), LONGEST_WAIT)
    with writing() as session:
        session.execute(
            update(OutboxMail)
            .where(OutboxMail.id == mail.id)
            .values(not_before=now + wait, last_error=error[:300], refused_at=now if end else None)
        )


def _mark_sent(mail: OutboxMail, now: datetime) -> None:
    with writing() as session:
        session.execute(
            update(OutboxMail)
            .where(OutboxMail.id == mail.id)
            .values(sent_at=now, body="", last_error="")
        )


def send_test(settings: Settings, recipient: str, letter: Letter, *, now: datetime) -> str:
    """Send this letter at once; returns what went wrong in words, or ""."""
    mail = OutboxMail(
        message_id=make_msgid(domain="induction.invalid"), recipient=recipient,
        subject=letter.subject, body=letter.body, created_at=now,
    )  # fmt: skip
    try:
        _deliver(_as_message(mail, settings.sender, ""), settings, now)
    except MailError as error:
        return in_words(error)
    return ""


def _as_message(mail: OutboxMail, sender: str, reply_to: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = sender, _sendable(mail.recipient)
    if reply_to:
        message["Reply-To"] = reply_to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    return message


def _sendable(address: str) -> str:
    """The address with its domain as the name system has it (IDNA, RFC 5891)."""
    if address.isascii():
        return address
    found = validate_email(address, check_deliverability=False, test_environment=True)
    return f"{found.local_part}@{found.ascii_domain}"


def _deliver(message: EmailMessage, settings: Settings, now: datetime) -> None:
    if settings.mail_url:
        with connected(settings, now=now) as server:
            server.send_message(message)
    else:
        _write_to_folder(message, settings.instance / "outbox")


def _write_to_folder(message: EmailMessage, folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    name = str(message["Message-ID"]).strip("<>").split("@")[0] + ".eml"
    partial = folder / f".{name}"
    partial.write_bytes(message.as_bytes())
    partial.replace(folder / name)


def waiting(session: Session) -> int:
    """How many messages have failed at least once, and are tried again."""
    failed = or_(OutboxMail.last_error != "", OutboxMail.tries > 1)
    return session.scalar(select(func.count(OutboxMail.id)).where(*_UNDER_WAY, failed)) or 0


def undelivered(*columns: Any) -> AnySelect:
    """Letters that ended without being delivered, the newest first."""
    return (
        select(*columns)
        .where(OutboxMail.refused_at.is_not(None))
        .order_by(OutboxMail.refused_at.desc(), OutboxMail.id.desc())
    )


def last_refused(session: Session, account_id: int, address: str) -> OutboxMail | None:
    """The newest letter to this person at this address, where that was not delivered."""
    newest = session.scalars(
        select(OutboxMail)
        .where(OutboxMail.account_id == account_id, OutboxMail.recipient == address)
        .order_by(OutboxMail.id.desc())
        .limit(1)
    ).first()
    return newest if newest and newest.refused_at else None


def send_again(session: Session, mail: OutboxMail, recipient: str, *, now: datetime) -> None:
    """Put an undelivered letter back into the outbox, to this address."""
    mail.recipient, mail.refused_at, mail.tries, mail.last_error = recipient, None, 0, ""
    mail.created_at = mail.not_before = now
    session.add(mail)
