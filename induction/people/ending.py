"""The end of an account, and opening it again. The record of its person stays as it is."""

from datetime import date

from sqlalchemy import delete, select, update

from induction.audit.act import SYSTEM, Act, acting
from induction.audit.actions import Action
from induction.database import utc_now
from induction.extensions import db
from induction.people import sessions
from induction.people.accounts import keep_an_administrator
from induction.people.models import Account, Card
from induction.uk_time import uk_day


def deactivate(act: Act, account: Account, reason: str) -> None:
    """End an account; its sessions end at once, its card for good. Raises LastAdministrator.

    Does nothing to one that has ended already.
    """
    act.session.refresh(account, with_for_update=True)
    if account.deactivated_at is not None:
        return
    keep_an_administrator(act.session, account)
    act.session.execute(
        update(Account).where(Account.id == account.id).values(deactivated_at=act.now)
    )
    sessions.end_all(act, account)
    end_card(act, account)
    act.record(
        Action.DEACTIVATED, account.actor, personal={"reason": reason}, account_id=account.id
    )


def reactivate(act: Act, account: Account, reason: str) -> None:
    """Let a person sign in again; whoever was taken for somebody else is themselves again.

    Does nothing to whoever can.
    """
    act.session.refresh(account, with_for_update=True)
    if account.deactivated_at is None:
        return
    act.session.execute(
        update(Account)
        .where(Account.id == account.id)
        .values(deactivated_at=None, merged_into_id=None)
    )
    act.record(
        Action.REACTIVATED, account.actor, personal={"reason": reason}, account_id=account.id
    )


def end_card(act: Act, account: Account) -> None:
    """Their card, where they have one, opens nothing any more, whatever comes later."""
    act.session.execute(delete(Card).where(Card.account_id == account.id))


def end_after(act: Act, account: Account, day: date | None) -> None:
    """Let an account be used up to this day in the UK, and no longer; None: for any time.

    Does nothing where that is its last day already.
    """
    act.session.flush()
    act.session.refresh(account, with_for_update=True)
    if account.last_day == day:
        return
    account.last_day = day
    last_day = day.isoformat() if day else ""
    act.record(Action.LAST_DAY_SET, account.actor, last_day=last_day, account_id=account.id)


def chore() -> None:
    """Of the worker: end the accounts whose last day is over. Nobody has come in since then."""
    now = utc_now()
    over = select(Account).where(Account.last_day < uk_day(now), Account.deactivated_at.is_(None))
    for account in db.session.scalars(over).all():
        with acting(SYSTEM, now) as act:
            deactivate(act, account, "Its last day is over.")
