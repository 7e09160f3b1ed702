"""Which account belongs to whom at the provider, and how that became known."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.people import sessions
from induction.people.models import Account
from induction.people.notices import tell
from induction.sign_on.models import Identity, Newcomer
from induction.sign_on.rules import Arrival, Standing

# How it became known whose account it is.
ADDRESS, LINK, ACCOUNT, TUTOR = "address", "link", "account", "tutor"
CONNECTED = exists().where(Identity.account_id == Account.id)  # a condition on Account


def of(session: Session, account: Account) -> Identity | None:
    """Who this account belongs to at the provider in use."""
    provider = sessions.provider()
    if provider is None:
        return None
    mine = Identity.account_id == account.id, Identity.issuer == provider.issuer
    return session.scalars(select(Identity).where(*mine)).first()


def account_of(session: Session, issuer: str, subject: str) -> Account | None:
    """The account that is connected with this person."""
    return session.scalars(
        select(Account)
        .join(Identity, Identity.account_id == Account.id)
        .where(Identity.issuer == issuer, Identity.subject == subject)
    ).first()


def with_address(session: Session, addresses: Collection[str]) -> Sequence[Account]:
    """The accounts of these addresses; what is decided of them stays true until the commit."""
    query = select(Account).where(Account.email.in_(addresses)).order_by(Account.id)
    return session.scalars(query.with_for_update(of=Account)).all()


def standing(session: Session, account: Account, now: datetime) -> Standing:
    """The account, as far as it matters who may be connected with it."""
    return Standing(
        account.id,
        staff=bool(account.roles),
        ended=not account.is_open(now),
        in_use=account.has_signed_in and account.password_hash is not None,
        connected=of(session, account) is not None,
    )


def connect(act: Act, account: Account, issuer: str, subject: str, how: str) -> None:
    """Let this person in as this account from now on; ``record`` says so at the end of the act.

    Where it was not the address itself that told, that address is told.
    """
    act.session.add(
        Identity(account_id=account.id, issuer=issuer, subject=subject, how=how, linked_at=act.now)
    )
    same = Newcomer.issuer == issuer, Newcomer.subject == subject
    act.session.execute(delete(Newcomer).where(*same))
    if how != ADDRESS and not account.demo:
        tell(act, account, "connected", provider=sessions.provider())


def record(act: Act, account: Account, how: str) -> None:
    """Put on record that an account was connected."""
    act.record(Action.IDENTITY_CONNECTED, account.actor, how=how, account_id=account.id)


def release(act: Act, account: Account, reason: str) -> None:
    """Forget who this account belongs to at the provider: its owner connects anew."""
    act.session.execute(delete(Identity).where(Identity.account_id == account.id))
    sessions.end_all(act, account)
    act.record(
        Action.IDENTITY_RELEASED,
        account.actor,
        personal={"reason": reason},
        account_id=account.id,
    )


def meant(session: Session, issuer: str, arrival: Arrival) -> Account | None:
    """The account that a refusal is about, where one is known."""
    by_address = select(Account).where(Account.email.in_(arrival.vouched)).order_by(Account.id)
    return account_of(session, issuer, arrival.subject) or session.scalars(by_address).first()
