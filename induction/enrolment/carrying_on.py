"""The worker’s chore: long lists and long undoings, the oldest first, a turn at a time.

Before them it looks at those whose pages somebody waits for.
"""

import time

from sqlalchemy.exc import InterfaceError, OperationalError

from induction.database import no_room, utc_now
from induction.enrolment import looking, parts
from induction.enrolment.long_lists import LongImport
from induction.enrolment.long_undoings import LongUndoing
from induction.extensions import db
from induction.failures import log_failure

TURN = 10.0  # seconds, after which the worker's other chores have theirs


def chore() -> None:
    """Go on with what waits, for as long as a turn is.

    Where the disk is full it waits for room: once the worker has been silent for long enough, it is
    tried again. Its page says that it stands still.
    """
    try:
        _turn()
    except OperationalError as error:
        if not no_room(error):
            raise
        db.session.rollback()
        log_failure(error, doing="lists to import")


def _turn() -> None:
    until = time.monotonic() + TURN
    looking.chore()
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
