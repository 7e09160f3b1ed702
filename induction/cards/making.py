"""Making cards, and opening a class: acts of tutors, in their cohorts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.cards.models import ClassCode
from induction.cards.rules import OPEN_FOR, new_code, new_pin
from induction.cards.signing_in import forget_tries
from induction.database import AnyRow, AnySelect, rows_hit
from induction.journey.models import Enrolment
from induction.people.models import CARD, IS_STAFF, Account, Card, Cohort, Membership, SignIn
from induction.people.notices import tell
from induction.people.passwords import hash_password
from induction.policy.store import content
from induction.progress.status import HERE
from induction.throttles.rules import PRESSED_TWICE


@dataclass(frozen=True, slots=True)
class NewCard:
    """A card as it is printed. Nobody can read its PIN again afterwards."""

    account: Account
    pin: str
    pin_hash: str


def learners(cohort: Cohort) -> AnySelect:
    """Who of a cohort may have a card, by name, and since when they have one.

    Nobody who oversees others: a PIN on paper is not enough for that.
    """
    query: AnySelect = (
        select(Account, Card.made_at)
        .join(Membership, (Membership.account_id == Account.id) & Membership.left_at.is_(None))
        .join(
            Enrolment,
            (Enrolment.account_id == Account.id) & (Enrolment.policy == content().slug),
        )
        .outerjoin(Card, Card.account_id == Account.id)
        .where(Membership.cohort_id == cohort.id, HERE, ~IS_STAFF, Account.learner_ref.is_not(None))
        .order_by(Account.sort_name, Account.id)
    )
    return query


def with_pins(accounts: Sequence[Account]) -> list[NewCard]:
    """New cards for these people. Hashing takes its time: do it before a transaction begins."""
    pins = [(account, new_pin()) for account in accounts]
    return [NewCard(account, pin, hash_password(pin)) for account, pin in pins]


def make(act: Act, cards: Sequence[NewCard]) -> None:
    """Let these cards count from now on: earlier ones of theirs, and what they opened, end."""
    ids = [card.account.id for card in cards]
    had = set(act.session.scalars(select(Card.account_id).where(Card.account_id.in_(ids))))
    act.session.execute(delete(Card).where(Card.account_id.in_(ids)))
    opened = SignIn.account_id.in_(ids), SignIn.came_by == CARD
    act.session.execute(delete(SignIn).where(*opened))
    act.session.add_all(
        Card(account_id=card.account.id, pin_hash=card.pin_hash, made_at=act.now) for card in cards
    )
    for card in cards:
        forget_tries(act.session, card.account)
        tell(act, card.account, "card-made")
    act.session.flush()
    with Batch(act) as entries:
        for card in cards:
            again = card.account.id in had
            entries.record(Action.CARD_MADE, card.account.actor, again=again)


def open_class(act: Act, cohort: Cohort, tutor: Account) -> ClassCode:
    """Open the class for an hour, with a new code; the one before is worth nothing any more.

    The same form sent twice opens it once.
    """
    act.session.execute(select(Cohort.id).where(Cohort.id == cohort.id).with_for_update())
    last = open_code(act.session, cohort, act.now)
    if last is not None and last.ends_at > act.now + OPEN_FOR - PRESSED_TWICE:
        return last
    act.session.execute(delete(ClassCode).where(ClassCode.cohort_id == cohort.id))
    opened = ClassCode(
        cohort_id=cohort.id, code=new_code(), opened_by_id=tutor.id, ends_at=act.now + OPEN_FOR
    )
    act.session.add(opened)
    act.session.flush()
    until = opened.ends_at.isoformat(timespec="minutes")
    act.record(Action.CLASS_OPENED, f"cohort:{cohort.public_id}", until=until)
    return opened


def close_class(act: Act, cohort: Cohort) -> None:
    """End the class code before its time. Whoever is signed in stays so."""
    ended = delete(ClassCode).where(ClassCode.cohort_id == cohort.id, ClassCode.ends_at > act.now)
    if rows_hit(act.session, ended):
        act.record(Action.CLASS_CLOSED, f"cohort:{cohort.public_id}")


def open_code(session: Session, cohort: Cohort, now: datetime) -> ClassCode | None:
    """The code that opens this cohort now."""
    query = select(ClassCode).where(ClassCode.cohort_id == cohort.id, ClassCode.ends_at > now)
    return session.scalars(query).first()


def class_of(session: Session, code: str, now: datetime) -> AnyRow | None:
    """The cohort that a code opens, and who opened it: ``Cohort``, ``opened_by``."""
    return session.execute(
        select(Cohort, Account.public_id.label("opened_by"))
        .join(ClassCode, ClassCode.cohort_id == Cohort.id)
        .join(Account, Account.id == ClassCode.opened_by_id)
        .where(ClassCode.code == code, ClassCode.ends_at > now)
    ).first()
