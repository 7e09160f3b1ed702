"""Invitations by mail, for one person or for thousands, each with a link that works once."""

import secrets
from collections.abc import Iterable

from flask import current_app, url_for
from sqlalchemy import exists, insert, update

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.database import chunks
from induction.mail import outbox
from induction.mail.letters import Letter, letter
from induction.people import links
from induction.people.models import Account, OneTimeLink
from induction.people.sessions import token_hash

# Nor has anything been sent to an address that turned out wrong: its links are gone.
NEVER_INVITED = ~exists().where(
    OneTimeLink.account_id == Account.id, OneTimeLink.purpose == links.INVITATION
)


def invite(act: Act, people: Iterable[Account]) -> int:
    """Queue an invitation for everyone here who has never signed in; returns how many.

    Earlier links of theirs stop working.
    """
    waiting = [p for p in people if not p.has_signed_in and p.deactivated_at is None]
    with current_app.test_request_context():  # addresses are built for the command line as well
        for some in chunks(waiting):
            tokens = [(person, secrets.token_urlsafe(32)) for person in some]
            _store_links(act, tokens)
            mails = [(p.email, p.id, _letter(p, links.INVITATION, token)) for p, token in tokens]
            outbox.queue_all(act.session, mails, now=act.now)
    with Batch(act) as entries:
        for person in waiting:
            entries.record(Action.LINK_SENT, person.actor, purpose=links.INVITATION)
    return len(waiting)


def _store_links(act: Act, tokens: list[tuple[Account, str]]) -> None:
    ids = [person.id for person, _ in tokens]
    act.session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.account_id.in_(ids), OneTimeLink.used_at.is_(None))
        .values(used_at=act.now)
    )
    act.session.execute(
        insert(OneTimeLink),
        [
            {
                "token_hash": token_hash(token),
                "account_id": person.id,
                "purpose": links.INVITATION,
                "created_at": act.now,
                "expires_at": act.now + links.LIFETIMES[links.INVITATION],
            }
            for person, token in tokens
        ],
    )


def _letter(account: Account, purpose: str, token: str) -> Letter:
    return letter(purpose, account=account, path=url_for("people.link", token=token))


def mail_link(act: Act, account: Account, purpose: str) -> None:
    """Queue the mail with a new link."""
    token = links.make(act, account, purpose)
    told = _letter(account, purpose, token)
    outbox.queue(act.session, account.email, told, now=act.now, account_id=account.id)
