"""Signing in with a card: whose it is, whether the PIN is right, and how often that may be tried.

A class sits behind one address, so many people may mistype from one network; for one card there are
few tries, and from the twentieth wrong one in a day fewer still. A class code stands for being in
the room: with it, nobody elsewhere can keep them out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from induction.audit.act import Act, written
from induction.audit.actions import Action
from induction.audit.models import AuditEntry
from induction.mail.letters import letter
from induction.mail.outbox import queue
from induction.people import passwords, sessions
from induction.people.cohort_queries import tutors_of_learner
from induction.people.models import CARD, IS_STAFF, Account, Card
from induction.throttles import counting, rules
from induction.throttles.counting import Metered, Refusal, digest


@dataclass(frozen=True, slots=True)
class Bearer:
    """Somebody who may have a card, as far as a try asks."""

    account: Account | None  # None: nobody has this reference
    pin_hash: str | None
    name: str  # what tries are counted for, whether or not there is such a card


def by_reference(session: Session, typed: str) -> Bearer:
    """Whose card has this reference, in whatever case it was typed."""
    text = " ".join(typed.split())
    spelled = func.lower(Account.learner_ref) == func.lower(text)
    row = session.execute(
        select(Account, Card.pin_hash)
        .join(Card, Card.account_id == Account.id)
        .where(spelled, Account.deactivated_at.is_(None), ~IS_STAFF)
        .order_by((Account.learner_ref == text).desc())
    ).first()
    if row is None:
        return Bearer(None, None, text.casefold())
    return Bearer(row.Account, row.pin_hash, row.Account.public_id)


def of_account(session: Session, account: Account) -> Bearer:
    """The card of somebody who picked their name."""
    found = session.scalar(select(Card.pin_hash).where(Card.account_id == account.id))
    return Bearer(account, found, account.public_id)


def wait(
    session: Session, holder: Bearer, address: str, *, in_class: bool, now: datetime
) -> timedelta:
    """How long to wait before the next try; whoever has to is noted as turned away.

    Asked twice, as of passwords: see ``people.throttle.wait``.
    """
    asked = _counted(holder, address, in_class, now)
    counting.in_turn(session, asked)
    found = counting.wait(session, asked, now=now)
    if found:
        counting.refused(session, _refusal(holder, address, turned_away=True), now=now)
    return found


def look_at(holder: Bearer, pin: str) -> Account | None:
    """Whose card it is, where the PIN is right."""
    return holder.account if passwords.verify(holder.pin_hash, pin) else None


def wrong(act: Act, holder: Bearer, address: str, *, in_class: bool) -> None:
    """Count a wrong PIN; of one card too many in a day are told to its holder's tutors.

    Of one card once: they make another.
    """
    counting.count(act.session, _counted(holder, address, in_class, act.now), now=act.now)
    counting.refused(act.session, _refusal(holder, address, turned_away=False), now=act.now)
    if holder.account is None or not often_tried(act.session, [holder.account], now=act.now):
        return
    mine = Card.account_id == holder.account.id
    made_at = act.session.scalar(select(Card.made_at).where(mine).with_for_update())
    if made_at is None or _told(act.session, holder.account, since=made_at):
        return
    for tutor in tutors_of_learner(act.session, holder.account.id):
        told = letter("card-tried", tutor=tutor, learner=holder.account)
        queue(act.session, tutor.email, told, now=act.now, account_id=tutor.id)
    act.record(Action.CARD_TRIED, holder.account.actor)


def _told(session: Session, account: Account, *, since: datetime) -> bool:
    entry = exists().where(
        AuditEntry.subject == account.actor,
        AuditEntry.action == Action.CARD_TRIED,
        AuditEntry.at > written(since),
    )
    return bool(session.scalar(select(entry)))


def often_tried(session: Session, accounts: Iterable[Account], *, now: datetime) -> set[str]:
    """At whose cards too many PINs were wrong within a day: public ids."""
    of = {_thing(account.public_id): account.public_id for account in accounts}
    return {of[key] for key in counting.tried_often(session, rules.CARD_IN_A_DAY, of, now=now)}


def _refusal(holder: Bearer, address: str, *, turned_away: bool) -> Refusal:
    account = holder.account.public_id if holder.account else ""
    return Refusal("card", address, account, turned_away=turned_away)


def still_counts(act: Act, holder: Bearer) -> bool:
    """Whether the card that was looked at is theirs yet; nobody ends it before the commit."""
    mine = select(Card.account_id).where(
        Card.account_id == (holder.account.id if holder.account else None),
        Card.pin_hash == holder.pin_hash,
    )
    return act.session.scalar(mine.with_for_update()) is not None


def begin(act: Act, account: Account, opened_by: str) -> str:
    """Begin the session that a card opens; it ends with the browser, or with the lesson.

    ``opened_by`` is the public id of the tutor whose class code it was, or "".
    """
    forget_tries(act.session, account)
    proof = sessions.LesserProof(CARD, act.now + sessions.BY_CARD)
    device = sessions.this_device(own=False)
    token = sessions.begin(act, account, None, device, lesser=proof)
    act.record(Action.CARD_USED, account.actor, opened_by=opened_by)
    return token


def forget_tries(session: Session, account: Account) -> None:
    """Wrong PINs so far no longer count: whoever it is has the card, or a new one."""
    counting.forget(session, _thing(account.public_id))


def _thing(name: str) -> str:
    return digest("card", name)


def _counted(holder: Bearer, address: str, in_class: bool, now: datetime) -> list[Metered]:
    thing, here = _thing(holder.name), rules.CARD_HERE
    from_here = Metered(here, digest(here.name, thing, rules.network(address)), thing)
    if in_class:
        in_it = rules.CARD_IN_CLASS
        return [from_here, Metered(in_it, digest(in_it.name, thing), thing)]
    return [
        from_here,
        Metered(rules.CARD, thing, thing),
        Metered(rules.CARD_IN_A_DAY, thing, thing),
        counting.of_network(rules.CARD_NETWORK, address, thing, now=now),
    ]
