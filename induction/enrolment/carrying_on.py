"""The worker’s chore: long lists and long undoings, the oldest first, a turn at a time."""

import time

from sqlalchemy.exc import InterfaceError, OperationalError

from induction.database import utc_now
from induction.enrolment import parts
from induction.enrolment.long_lists import LongImport
from induction.enrolment.long_undoings import LongUndoing

TURN = 10.0  # seconds, after which the worker's other chores have theirs


def chore() -> None:
    """Go on with what waits, for as long as a turn is."""
    until = time.monotonic() + TURN
    while (found := parts.take(heard := utc_now())) is not None:
        kind = LongImport if found.undoes is None else LongUndoing
        one = kind(found.public_id, heard)
        try:
            one.go_on(until)
        except (OperationalError, InterfaceError):
            raise  # it goes on when the database is back
        except Exception:
            one.session.rollback()
            one.gone_wrong()
            raise
        if time.monotonic() > until:
            return
