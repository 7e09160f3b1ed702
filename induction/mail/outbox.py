"""Queueing mail and sending what is due, with patience when the server is down.

``claims`` sees to it that one worker at a time sends a letter.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr, quote
from pathlib import Path
from typing import Any

from email_validator import validate_email
from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from induction.config import Settings
from induction.database import AnySelect, writing
from induction.failures import log_failure
from induction.institute import institute
from induction.mail import html_part
from induction.mail.claims import UNDER_WAY, Clock, TakenOver, claim
from induction.mail.letters import Letter
from induction.mail.models import OutboxMail
from induction.mail.server import MailError, answered, connected, in_words, is_final

LONGEST = timedelta(days=4)  # that a letter is tried
FRESH = timedelta(days=1)  # a letter of this age says what is still so, and its link still works


def queue(
    session: Session,
    recipient: str | None,
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
    letters: Iterable[tuple[str | None, int | None, Letter]],
    *,
    now: datetime,
    not_before: datetime | None = None,
) -> list[str]:
    """Many letters at once, each with its address and the account of whoever it is for.

    Whoever has no address gets none: what has to reach them all the same goes ``by_hand``.
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
            "about": letter.about,
        }
        for recipient, account_id, letter in letters
        if recipient is not None
    ]
    if mails:
        session.execute(insert(OutboxMail), mails)
    return [str(mail["message_id"]) for mail in mails]


@dataclass(frozen=True, slots=True)
class SecondLook:
    """What becomes of a letter now that it is to be sent: somebody may have left meanwhile."""

    goes: bool = True  # else it means nothing any more, and is taken out
    recipient: str = ""  # where it goes now, if elsewhere
    letter: Letter | None = None  # what it says now, if something else
    not_before: datetime | None = None  # it waits until then, since nobody is written to now


Looks = Mapping[str, Callable[[OutboxMail, datetime], SecondLook]]  # by the first word of ``about``


def send_due(
    settings: Settings,
    *,
    now: datetime,
    reply_to: str = "",
    looks: Looks | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> tuple[int, int]:
    """Send what is due, or until ``stopped``; returns how many went and how many have to wait.

    What may mean nothing any more is looked at again first.

    What a server that is away or busy did not take is tried again, with growing pauses; what it
    refused for good, or nobody took in ``LONGEST``, ends as undelivered.
    """
    sent = failed = 0
    clock = _going_on_from(now)
    while not stopped() and (claimed := claim(clock)) is not None:
        mail = claimed.mail
        late = now - mail.created_at > LONGEST
        try:
            if _still_goes(mail, now, looks or {}):
                message = _as_message(mail, _sender(settings), reply_to)
                _deliver(message, settings, now, about_to=claimed.hand_over, taken=claimed.sent)
                sent += 1
        except TakenOver:
            continue
        except MailError as error:
            if claimed.gone:  # it failed at ending the connection
                sent += 1
                continue
            end = is_final(error) or late
            claimed.back(in_words(error), heard=answered(error), end=end)
            failed += not end
        except DBAPIError:
            raise  # another round begins when the database is back
        except Exception as error:  # noqa: BLE001  no letter holds up those behind it
            log_failure(error, doing="letter")
            fault = f"It could not be written ({type(error).__name__})."
            claimed.back(fault, heard=False, end=late)
            failed += not late
    return sent, failed


def _going_on_from(now: datetime) -> Clock:
    """A round of many letters takes longer than one of them is claimed for."""
    begun = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - begun)


def _still_goes(mail: OutboxMail, now: datetime, looks: Looks) -> bool:
    """Look at a letter again; what has changed is kept with it, also where it has to wait."""
    look = looks.get(mail.about.partition(":")[0])
    found = look(mail, now) if look else SecondLook()
    this = OutboxMail.id == mail.id
    if not found.goes:
        with writing() as session:
            session.execute(delete(OutboxMail).where(this))
        return False
    if found.not_before:
        with writing() as session:
            later = {"not_before": found.not_before, "tries": mail.tries - 1}
            session.execute(update(OutboxMail).where(this).values(later))
        return False
    mail.recipient = found.recipient or mail.recipient
    if found.letter:
        mail.subject, mail.body = found.letter.subject[:200], found.letter.body
        mail.about = found.letter.about or mail.about
    if found.letter or found.recipient:
        values = {n: getattr(mail, n) for n in ("recipient", "subject", "body", "about")}
        with writing() as session:
            session.execute(update(OutboxMail).where(this).values(values))
    return True


def send_test(settings: Settings, recipient: str, letter: Letter, *, now: datetime) -> str:
    """Send this letter at once; returns what went wrong in words, or ""."""
    mail = OutboxMail(
        message_id=make_msgid(domain="induction.invalid"), recipient=recipient,
        subject=letter.subject, body=letter.body, created_at=now,
    )  # fmt: skip
    try:
        _deliver(_as_message(mail, _sender(settings), ""), settings, now)
    except MailError as error:
        return in_words(error)
    return ""


def _sender(settings: Settings) -> str:
    """Who a letter comes from: by the name that its reader knows, that of the institute."""
    name, address = parseaddr(settings.sender)
    return f'"{quote(name or institute().name)}" <{address}>'


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
    picture = html_part.logo()
    src = f"cid:{html_part.LOGO}" if picture else ""
    message.add_alternative(html_part.html_of(mail.subject, mail.body, logo_src=src), "html")
    if picture and (html := message.get_body(("html",))):
        html.add_related(picture, "image", "png", cid=f"<{html_part.LOGO}>", disposition="inline")
    return message


def _sendable(address: str) -> str:
    """The address with its domain as the name system has it (IDNA, RFC 5891)."""
    if address.isascii():
        return address
    found = validate_email(address, check_deliverability=False, test_environment=True)
    return f"{found.local_part}@{found.ascii_domain}"


def _deliver(
    message: EmailMessage,
    settings: Settings,
    now: datetime,
    *,
    about_to: Callable[[], None] = lambda: None,
    taken: Callable[[], None] = lambda: None,
) -> None:
    """Give it to the server.

    ``about_to`` is called before it has any of it, ``taken`` once it has all, before the connection
    ends.
    """
    if settings.mail_url:
        with connected(settings, now=now) as server:
            server.about_to_hand_over = about_to
            server.send_message(message)
            taken()
    else:
        about_to()
        _write_to_folder(message, settings.instance / "outbox")
        taken()


def _write_to_folder(message: EmailMessage, folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    name = str(message["Message-ID"]).strip("<>").split("@")[0] + ".eml"
    partial = folder / f".{name}"
    partial.write_bytes(message.as_bytes())
    partial.replace(folder / name)


def waiting(session: Session) -> int:
    """How many messages have failed at least once, and are tried again."""
    failed = or_(OutboxMail.last_error != "", OutboxMail.tries > 1)
    return session.scalar(select(func.count(OutboxMail.id)).where(*UNDER_WAY, failed)) or 0


def undelivered(*columns: Any) -> AnySelect:
    """Letters that ended without being delivered, the newest first."""
    return (
        select(*columns)
        .where(OutboxMail.refused_at.is_not(None))
        .order_by(OutboxMail.refused_at.desc(), OutboxMail.id.desc())
    )


def last_refused(session: Session, account_id: int, address: str | None) -> OutboxMail | None:
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
    mail.recipient, mail.refused_at, mail.last_error = recipient, None, ""
    mail.tries = mail.doubts = 0
    mail.created_at = mail.not_before = now
    session.add(mail)
