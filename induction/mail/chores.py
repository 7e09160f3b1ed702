"""The worker’s chores: each by itself, so that one that fails keeps nothing from the rest."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from induction.database import writing
from induction.extensions import db
from induction.failures import log_failure, place_of
from induction.mail.models import FailingChore

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)


def do(name: str, chore: Callable[[], None], *, now: datetime) -> None:
    """Do it, unless it failed just now. Whatever it raises is logged and noted, not raised.

    It is tried again with growing pauses, at the latest after an hour. Raises DBAPIError where the
    database is so far away that nothing can be noted.
    """
    failed = db.session.get(FailingChore, name, populate_existing=True)
    if failed is not None and failed.not_before > now:
        return
    try:
        chore()
    except Exception as error:  # noqa: BLE001  whatever it is, letters and the other chores go on
        db.session.rollback()
        log_failure(error, doing=name)
        _note(name, f"{type(error).__name__} at {place_of(error)[-1]}", now)
    else:
        if failed is not None:
            with writing() as session:
                session.execute(delete(FailingChore).where(FailingChore.name == name))


def _note(name: str, fault: str, now: datetime) -> None:
    """Several workers may note the same failure: each counts as a try."""
    with writing() as session:
        row = session.get(FailingChore, name, populate_existing=True, with_for_update=True)
        tries = row.tries + 1 if row else 1
        wait = min(FIRST_WAIT * 2 ** (min(tries, 10) - 1), LONGEST_WAIT)
        session.merge(
            FailingChore(
                name=name,
                since=row.since if row else now,
                tries=tries,
                fault=fault[:300],
                not_before=now + wait,
            )
        )


def failing(session: Session) -> Sequence[FailingChore]:
    """Those whose last try failed, the longest first."""
    return session.scalars(select(FailingChore).order_by(FailingChore.since)).all()
