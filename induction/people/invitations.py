"""Invitations by mail, for one person or for thousands, each with a link that works once."""

import secrets
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime

from flask import current_app, url_for
from sqlalchemy import case, delete, exists, func, insert, select, update
from sqlalchemy.orm import Session

from induction.audit.act import SYSTEM, Act, acting, undone, written
from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.database import AnyRow, chunks
from induction.extensions import db
from induction.mail import outbox
from induction.mail.letters import Letter, letter
from induction.mail.models import OutboxMail
from induction.mail.outbox import SecondLook
from induction.people import links
from induction.people.access import visible_accounts
from induction.people.models import Account, OneTimeLink
from induction.people.sessions import token_hash
from induction.refusals import NotNow
from induction.throttles import counting
from induction.throttles.counting import Refusal

LINK = "link"  # of the letters that carry one; its purpose follows
PLANNED = "planned"  # of an invitation for a time to come: its link is made when it is sent
_INVITES = f"{PLANNED}:{links.INVITATION}"
_WAITS = (OutboxMail.about == _INVITES, OutboxMail.sent_at.is_(None))
HAS_LINK = exists().where(
    OneTimeLink.account_id == Account.id, OneTimeLink.purpose == links.INVITATION
)
IS_PLANNED = exists().where(OutboxMail.account_id == Account.id, *_WAITS)
# Nor has anything been sent to an address that turned out wrong: its links are gone.
NEVER_INVITED = ~HAS_LINK & ~IS_PLANNED


class NoAddress(NotNow):
    """No mail can reach this person."""


def invite(act: Act, people: Iterable[Account], at: datetime | None = None) -> int:
    """Queue an invitation for everyone here who has an address and has never signed in.

    Returns how many. Earlier links of theirs stop working; where it is to go at a later time, they
    do so then, and the new one is made then. One that waits already gives way.
    """
    waiting = [p for p in people if p.email and not p.has_signed_in and p.deactivated_at is None]
    for some in chunks([person.id for person in waiting]):
        act.session.execute(delete(OutboxMail).where(OutboxMail.account_id.in_(some), *_WAITS))
    if at is not None and at > act.now:
        _plan(act, waiting, at)
        return len(waiting)
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


def _plan(act: Act, people: Iterable[Account], at: datetime) -> None:
    with current_app.test_request_context(), Batch(act) as entries:
        mails = [
            (p.email, p.id, replace(_letter(p, links.INVITATION, ""), body="", about=_INVITES))
            for p in people
        ]
        outbox.queue_all(act.session, mails, now=at)
        for person in people:
            entries.record(Action.INVITATION_PLANNED, person.actor, at=written(at))


def planned(session: Session, viewer: Account) -> Sequence[AnyRow]:
    """The invitations that wait for their time: ``at``, and how many ``people`` whom they see."""
    mine = OutboxMail.account_id.in_(select(Account.id).where(visible_accounts(viewer)))
    at = OutboxMail.created_at.label("at")
    query = select(at, func.count().label("people")).where(*_WAITS, mine).group_by(at)
    return session.execute(query.order_by(at)).all()


def call_back(act: Act, by: Account, at: datetime) -> int:
    """Take back the invitations that are to go at this time; how many had not gone yet."""
    query = (
        select(OutboxMail.id, Account)
        .join(Account, Account.id == OutboxMail.account_id)
        .where(
            *_WAITS,
            OutboxMail.created_at == at,
            OutboxMail.not_before > act.now,
            visible_accounts(by),
        )
        .order_by(OutboxMail.id)
        .with_for_update(of=OutboxMail)
    )
    rows = act.session.execute(query).all()
    for some in chunks([row.id for row in rows]):
        act.session.execute(delete(OutboxMail).where(OutboxMail.id.in_(some)))
    with Batch(act) as entries:
        for row in rows:
            entries.record(Action.INVITATION_CALLED_BACK, row.Account.actor)
    return len(rows)


def send_planned(mail: OutboxMail, now: datetime) -> SecondLook:
    """The letter of an invitation whose time has come, with a link that is made now."""
    account = db.session.get(Account, mail.account_id) if mail.account_id else None
    if account is None or account.deactivated_at or not account.email or account.has_signed_in:
        return SecondLook(goes=False)
    newer = exists().where(OutboxMail.account_id == account.id, *_WAITS, OutboxMail.id > mail.id)
    if db.session.scalar(select(newer)):
        return SecondLook(goes=False)
    with acting(SYSTEM, now) as act, current_app.test_request_context():
        token = links.make(act, account, links.INVITATION)
        told = _letter(account, links.INVITATION, token)
        return SecondLook(recipient=account.email, letter=told)


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
    told = letter(purpose, account=account, path=url_for("links.link", token=token))
    return replace(told, about=f"{LINK}:{purpose}")


def mail_link(act: Act, account: Account, purpose: str, reason: str = "") -> None:
    """Queue the mail with a new link; why somebody else had it sent goes on record.

    Raises NoAddress.
    """
    if account.email is None:
        raise NoAddress(
            "They have no email address, so no link can reach them. Their tutor makes them a card "
            "to sign in with. Nothing was changed."
        )
    token = links.make(act, account, purpose, reason)
    told = _letter(account, purpose, token)
    outbox.queue(act.session, account.email, told, now=act.now, account_id=account.id)


LEAST_LEFT = 0.5  # of its life, when a link leaves the house


def mail_if_known(act: Act, email: str, refusal: Refusal) -> None:
    """Mail a link to whoever has this address.

    How long it takes tells nobody whether there is one: what is done for an address of ours, and
    what is done for any other, are both done, and one of them is taken back.
    """
    session = act.session
    theirs = (Account.email == email) & Account.deactivated_at.is_(None)
    written_to = Account.erased_at.is_(None) & Account.email.is_not(None)
    somebody = select(func.min(Account.id)).where(written_to).scalar_subquery()
    either = select(Account).where(theirs | (Account.id == somebody))
    whose = session.scalars(either.order_by(case((theirs, 0), else_=1)).limit(1)).first()
    is_owner = whose is not None and whose.email == email and whose.deactivated_at is None
    known = whose is not None and not links.many_lately(act, whose) and is_owner
    with undone(act) if known else nullcontext():
        counting.refused(session, refusal, now=act.now)
    if whose is not None:
        begun = whose.password_hash or whose.roles
        with nullcontext() if known else undone(act):
            mail_link(act, whose, links.PASSWORD if begun else links.INVITATION)


def _has_a_way_in(account: Account) -> bool:
    """A learner who began by a link, has chosen nothing, and lost their session needs another."""
    return account.has_signed_in and bool(account.password_hash or account.roles)


def look_again(mail: OutboxMail, now: datetime) -> SecondLook:
    """What becomes of a letter with a link that is sent now.

    It goes to nobody whose account has ended, who has chosen a password since, or for whom a newer
    letter of the kind waits. A link that would be dead, or soon, is made anew.
    """
    purpose, session = mail.about.partition(":")[2], db.session()
    account = session.get(Account, mail.account_id) if mail.account_id else None
    if account is None or not account.is_open(now):
        return SecondLook(goes=False)
    if purpose == links.INVITATION and _has_a_way_in(account):
        return SecondLook(goes=False)
    link = session.scalars(
        select(OneTimeLink)
        .where(OneTimeLink.account_id == account.id, OneTimeLink.purpose == purpose)
        .order_by(OneTimeLink.id.desc())
        .limit(1)
    ).first()
    newer = exists().where(
        OutboxMail.account_id == account.id, OutboxMail.about == mail.about, OutboxMail.id > mail.id
    )
    if link is None or link.used_at or session.scalar(select(newer)):
        return SecondLook(goes=False)
    if link.expires_at - now >= links.LIFETIMES[purpose] * LEAST_LEFT:
        return SecondLook()
    with acting(SYSTEM, now) as act, current_app.test_request_context():
        token = links.make(act, account, purpose)
        return SecondLook(letter=_letter(account, purpose, token))
