"""What one check found, and what it looks at."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from induction.config import Settings
from induction.policy.store import Content
from induction.signing.signer import Signer


class State(StrEnum):
    """Fine; works, but wants a look; or has to be mended before people rely on it."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is so; and where it is not well, the variable, file or page, and what to do there."""

    state: State
    what: str
    where: str = ""
    act: str = ""


def ok(what: str) -> Finding:
    """All is well."""
    return Finding(State.OK, what)


def warn(what: str, where: str, act: str) -> Finding:
    """It works, but somebody should look at it."""
    return Finding(State.WARN, what, where, act)


def fail(what: str, where: str, act: str) -> Finding:
    """It has to be mended."""
    return Finding(State.FAIL, what, where, act)


@dataclass(frozen=True, slots=True)
class Installation:
    """What checks look at, at one moment."""

    settings: Settings
    content: Content
    signer: Signer
    session: Session
    now: datetime
