"""Who somebody is by the time when what they asked for is done: no more than they were, or are."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from induction.people.models import Account, AccountRole


def as_asked(
    session: Session, account_id: int, roles: Collection[str], *, now: datetime
) -> Account | None:
    """The account with those roles of the session that asked which it still has.

    None where it has been ended. As of whoever is signed in, what is given is for reading: it
    belongs to no database session.
    """
    found = session.get(Account, account_id, populate_existing=True)
    if found is None or not found.is_open(now):
        return None
    names = inspect(Account).column_attrs.keys()
    narrowed = Account()
    narrowed.__dict__.update({name: getattr(found, name) for name in names})
    narrowed.__dict__["given"] = [AccountRole(role=r) for r in found.roles if r in roles]
    return narrowed
