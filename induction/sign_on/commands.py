"""A chore of the worker: nobody waits in the waiting room for ever."""

from induction.database import utc_now, writing
from induction.extensions import db
from induction.sign_on import newcomers


def forget_newcomers() -> None:
    """Let go of whoever has not tried to sign in for a month."""
    now = utc_now()
    if newcomers.any_old(db.session(), now):
        with writing() as session:
            newcomers.forget_old(session, now)
