"""Opening a connection for a directory, closing it, and knowing it by its token."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.database import writing
from induction.directory.models import DirectoryConnection
from induction.people.sessions import token_hash

STEP = timedelta(minutes=5)  # that it was heard of is noted no more often


def open_one(act: Act, name: str, *, invites: bool) -> str:
    """Let a directory write here; returns its token, which nobody can read again."""
    token = secrets.token_urlsafe(32)
    made = DirectoryConnection(
        name=name, token_hash=token_hash(token), invites=invites, opened_at=act.now
    )
    act.session.add(made)
    act.session.flush()
    act.record(Action.DIRECTORY_OPENED, made.actor, invites=invites, personal={"name": name})
    return token


def close(act: Act, public_id: str) -> bool:
    """End a connection: its token is worth nothing from now on. False where it has ended."""
    closed = act.session.scalar(
        update(DirectoryConnection)
        .where(DirectoryConnection.public_id == public_id, DirectoryConnection.closed_at.is_(None))
        .values(closed_at=act.now)
        .returning(DirectoryConnection.id)
    )
    if closed is None:
        return False
    act.record(Action.DIRECTORY_CLOSED, f"directory:{public_id}")
    return True


def all_of_them(session: Session) -> Sequence[DirectoryConnection]:
    """Every connection there is or was, the open ones and the newest first."""
    query = select(DirectoryConnection).order_by(
        DirectoryConnection.closed_at.is_not(None), DirectoryConnection.id.desc()
    )
    return session.scalars(query).all()


def of_header(session: Session, header: str, *, now: datetime) -> DirectoryConnection | None:
    """The open connection whose token an Authorization header carries; that it came is noted."""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        return None
    found = session.scalars(
        select(DirectoryConnection).where(
            DirectoryConnection.token_hash == token_hash(token.strip()),
            DirectoryConnection.closed_at.is_(None),
        )
    ).first()
    if found is not None and (found.heard_at is None or found.heard_at < now - STEP):
        mine = DirectoryConnection.id == found.id
        with writing() as inside:
            inside.execute(update(DirectoryConnection).where(mine).values(heard_at=now))
    return found
