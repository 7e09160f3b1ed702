"""Queueing mail and sending what is due, once each, with patience when the server is down."""

import smtplib
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.orm import Session

from induction.database import writing
from induction.mail.letters import Letter
from induction.mail.models import OutboxMail

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=2)
CLAIM = timedelta(minutes=5)  # another worker may take a message over after this


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


def send_due(mail_url: str, instance: Path, sender: str, *, now: datetime) -> tuple[int, int]:
    """Send what is due; returns how many went and how many have to wait."""
    sent = failed = 0
    while (mail := _claim(now)) is not None:
        try:
            _deliver(_as_message(mail, sender), mail_url, instance)
        except (OSError, smtplib.SMTPException) as error:
            _postpone(mail, f"{type(error).__name__}: {error}", now)
            failed += 1
        else:
            _mark_sent(mail, now)
            sent += 1
    return sent, failed


def _claim(now: datetime) -> OutboxMail | None:
    """Take the next due message; its time moves on at once, so that no other worker takes it."""
    with writing() as session:
        mail = session.scalars(
            select(OutboxMail)
            .where(OutboxMail.sent_at.is_(None), OutboxMail.not_before <= now)
            .order_by(OutboxMail.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if mail is not None:
            mail.tries += 1
            mail.not_before = now + CLAIM
        return mail


def _postpone(mail: OutboxMail, error: str, now: datetime) -> None:
    wait = min(FIRST_WAIT * 2 ** (mail.tries - 1), LONGEST_WAIT)
    with writing() as session:
        session.execute(
            update(OutboxMail)
            .where(OutboxMail.id == mail.id)
            .values(not_before=now + wait, last_error=error[:300])
        )


def _mark_sent(mail: OutboxMail, now: datetime) -> None:
    with writing() as session:
        session.execute(
            update(OutboxMail)
            .where(OutboxMail.id == mail.id)
            .values(sent_at=now, body="", last_error="")
        )


def _as_message(mail: OutboxMail, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = sender, mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    return message


def _deliver(message: EmailMessage, mail_url: str, instance: Path) -> None:
    if mail_url:
        _send_by_smtp(message, mail_url)
    else:
        _write_to_folder(message, instance / "outbox")


def _write_to_folder(message: EmailMessage, folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    name = str(message["Message-ID"]).strip("<>").split("@")[0] + ".eml"
    partial = folder / f".{name}"
    partial.write_bytes(message.as_bytes())
    partial.replace(folder / name)


def _send_by_smtp(message: EmailMessage, mail_url: str) -> None:
    with connected(mail_url) as server:
        server.send_message(message)


@contextmanager
def connected(mail_url: str, *, timeout: float = 20) -> Iterator[smtplib.SMTP]:
    """The mail server, encrypted where it can be, and signed in to where the address says so.

    ``timeout`` is in seconds. Raises OSError or SMTPException.
    """
    parts = urlsplit(mail_url)
    context = ssl.create_default_context()
    host = parts.hostname or ""
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or 465, timeout=timeout, context=context
        )
    else:
        server = smtplib.SMTP(host, parts.port or 25, timeout=timeout)
    with server:
        if parts.scheme == "smtp":
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=context)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        yield server


def waiting(session: Session) -> int:
    """How many messages have failed at least once and have not gone."""
    failed = or_(OutboxMail.last_error != "", OutboxMail.tries > 1)
    query = select(func.count(OutboxMail.id)).where(OutboxMail.sent_at.is_(None), failed)
    return session.scalar(query) or 0
