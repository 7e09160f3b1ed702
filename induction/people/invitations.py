"""Invitations by mail, for one person or for thousands, each with a link that works once."""

import secrets
from collections.abc import Callable, Iterable
from datetime import datetime
from email.utils import make_msgid

from flask import current_app, render_template, url_for
from flask import current_app as app
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.database import utc_now
from induction.institute import institute
from induction.mail import outbox
from induction.mail.models import OutboxMail
from induction.people import links
from induction.people.models import Account, OneTimeLink
from induction.people.sessions import token_hash

CHUNK = 500


def invite(
    session: Session,
    people: Iterable[Account],
    *,
    actor: str,
    now: datetime,
    tick: Callable[[], None] = lambda: None,
) -> int:
    """Queue an invitation for everyone here who has never signed in; returns how many.

    Earlier links of theirs stop working. The address in the mail comes from the settings.
    """
    waiting = [p for p in people if not p.has_signed_in and p.deactivated_at is None]
    base, template = current_app.extensions["settings"].base_url, _template()
    with current_app.test_request_context():
        for start in range(0, len(waiting), CHUNK):
            chunk = waiting[start : start + CHUNK]
            tokens = [(person, secrets.token_urlsafe(32)) for person in chunk]
            _store_links(session, tokens, now=now)
            mails = []
            for person, token in tokens:
                url = base + url_for("people.link", token=token)
                subject, _, body = template(person, url).partition("\n")
                mails.append(_mail(person, subject, body.lstrip("\n"), now))
                tick()
            session.execute(insert(OutboxMail), mails)
    batch = Batch(Act(session, actor, now))
    for person in waiting:
        batch.record(Action.LINK_SENT, person.actor, purpose=links.INVITATION)
    batch.write()
    return len(waiting)


def _template() -> Callable[[Account, str], str]:
    text, here = current_app.jinja_env.get_template("mail/invitation.txt"), institute()
    return lambda person, url: text.render(account=person, url=url, institute=here)


def _store_links(session: Session, tokens: list[tuple[Account, str]], *, now: datetime) -> None:
    ids = [person.id for person, _ in tokens]
    session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.account_id.in_(ids), OneTimeLink.used_at.is_(None))
        .values(used_at=now)
    )
    session.execute(
        insert(OneTimeLink),
        [
            {
                "token_hash": token_hash(token),
                "account_id": person.id,
                "purpose": links.INVITATION,
                "created_at": now,
                "expires_at": now + links.LIFETIME,
            }
            for person, token in tokens
        ],
    )


def _mail(person: Account, subject: str, body: str, now: datetime) -> dict[str, object]:
    return {
        "message_id": make_msgid(domain="induction.invalid"),
        "account_id": person.id,
        "recipient": person.email,
        "subject": " ".join(subject.split())[:200],
        "body": body,
        "created_at": now,
        "not_before": now,
    }


def mail_link(session: Session, account: Account, purpose: str, *, actor: str) -> None:
    """Queue the mail with a new link. The address comes from the settings, never from a request."""
    now = utc_now()
    token = links.make(session, account, purpose, actor=actor, now=now)
    url = app.extensions["settings"].base_url + url_for("people.link", token=token)
    body = render_template(f"mail/{purpose}.txt", account=account, url=url)
    subject, _, text = body.partition("\n")
    outbox.queue(session, account.email, subject, text.lstrip("\n"), now=now, account_id=account.id)
