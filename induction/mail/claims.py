"""Which worker sends which letter, and what is known of one where its worker was cut off.

Mail has no way to make sure of once: whoever is killed between the mail server's word that it has a
letter and our note of that cannot know. So each step is noted before it is taken. A letter that was
claimed and not handed over has surely not gone; one that was handed over, and of which nothing was
heard, is *in doubt*. It goes again with the same Message-ID, since an invitation that is lost is
worse than one that comes twice; in doubt for the third time, it waits for a person.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from induction.database import new_public_id, rows_hit, writing
from induction.mail.models import OutboxMail
from induction.mail.server import TAKING

# Another worker may take a letter over after this. What the mail server does with one that it was
# handed is waited for three times: until it is ready, has read it, and has answered.
CLAIM = timedelta(seconds=5 * TAKING)
MOST_DOUBTS = 3
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=2)
NOTED_WITHIN, PAUSE = 120.0, 1.0  # seconds that the database may be away when a letter has gone
IN_DOUBT = (
    f"The mail server was handed it {MOST_DOUBTS} times, and nothing was heard of what became of"
    " it. Ask whether it has arrived before you send it again."
)

Clock = Callable[[], datetime]
UNDER_WAY = (OutboxMail.sent_at.is_(None), OutboxMail.refused_at.is_(None))
# In the table alone: whoever claims a letter reads it anew, and to find what is held of it in
# memory takes longer than the note.
_NOTED = update(OutboxMail).execution_options(synchronize_session=False)


class TakenOver(Exception):
    """Another worker has this letter now, or it is not there any more: it is not ours to send."""


@dataclass
class Claim:
    """A letter that this worker alone may send, for a while."""

    mail: OutboxMail
    attempt: str
    clock: Clock
    handed_over: bool = False
    gone: bool = False

    def hand_over(self) -> None:
        """Note that the mail server is about to get it. Raises TakenOver where it is not ours."""
        mine = (OutboxMail.id == self.mail.id, OutboxMail.attempt == self.attempt, *UNDER_WAY)
        note = {"doubts": OutboxMail.doubts + 1, "not_before": self.clock() + CLAIM}
        with writing() as session:
            if not rows_hit(session, _NOTED.where(*mine).values(note)):
                raise TakenOver
        self.handed_over = True

    def sent(self) -> None:
        """Note that the mail server has it: the longer that waits, the likelier it goes twice.

        While the database is away nothing else can be done, so it is tried again.
        """
        until = time.monotonic() + NOTED_WITHIN
        while True:
            try:
                self._note_sent()
                break
            except DBAPIError:
                if time.monotonic() > until:
                    raise
                time.sleep(PAUSE)
        self.gone = True

    def _note_sent(self) -> None:
        """Of two who were at it, the later finds it noted: its doubt stays, as a second copy."""
        values = {"sent_at": self.clock(), "body": "", "last_error": "", "refused_at": None}
        with writing() as session:
            session.execute(
                _NOTED.where(OutboxMail.id == self.mail.id, OutboxMail.sent_at.is_(None)).values(
                    **values, doubts=OutboxMail.doubts - 1
                )
            )

    def back(self, error: str, *, heard: bool, end: bool) -> None:
        """It has not gone: try it again later, or end it. ``heard``: the server itself said so."""
        now = self.clock()
        wait = min(FIRST_WAIT * 2 ** (self.mail.tries - 1), LONGEST_WAIT)
        surely_not = int(self.handed_over and heard)
        with writing() as session:
            session.execute(
                _NOTED.where(OutboxMail.id == self.mail.id, OutboxMail.attempt == self.attempt)
                .where(*UNDER_WAY)
                .values(
                    not_before=now + wait,
                    last_error=error[:300],
                    refused_at=now if end else None,
                    doubts=OutboxMail.doubts - surely_not,
                )
            )


def claim(clock: Clock) -> Claim | None:
    """Take the next due letter; its time moves on at once, so that no other worker takes it."""
    while True:
        now = clock()
        with writing() as session:
            mail = session.scalars(
                select(OutboxMail)
                .where(*UNDER_WAY, OutboxMail.not_before <= now)
                .order_by(OutboxMail.id)
                .limit(1)
                .with_for_update(skip_locked=True)
                .execution_options(populate_existing=True)
            ).first()
            if mail is None:
                return None
            if mail.doubts < MOST_DOUBTS:
                mail.tries += 1
                mail.attempt, mail.not_before = new_public_id(), now + CLAIM
                return Claim(mail, mail.attempt, clock)
            mail.refused_at, mail.last_error = now, IN_DOUBT
