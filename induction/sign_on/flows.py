"""What a browser is about to do at the provider: kept in its cookie, used once, soon over.

An answer counts only in the browser that asked, so nobody can be signed in as somebody else by an
address that they are sent. Several windows may be on their way at once.
"""

import secrets
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from flask import session as cookie

TIME = timedelta(minutes=15)  # to sign in over there, with a second step
AT_ONCE = 4  # windows: a cookie holds four thousand characters
LONGEST_NEXT = 300  # characters of where to go on; who would go further starts at home
_KEY = "sign_on"


class Purpose(StrEnum):
    """What the answer is for."""

    SIGN_IN = "sign-in"
    LINK = "link"  # a mailed link is to be connected
    CONNECT = "connect"  # the account of who is signed in is
    AGAIN = "again"  # who is signed in proves it once more


def _random() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Flow:
    """One way to the provider and back."""

    purpose: str
    at: float  # seconds since 1970
    next: str = ""  # a page of ours; "" for where they land otherwise
    link: str = ""  # the token of a mailed link
    state: str = field(default_factory=_random)
    nonce: str = field(default_factory=_random)
    verifier: str = field(default_factory=_random)  # of the proof key for the code (RFC 7636)

    @property
    def begun_at(self) -> datetime:
        """When it was begun."""
        return datetime.fromtimestamp(self.at, UTC)


def begin(purpose: Purpose, now: datetime, *, next_page: str = "", link: str = "") -> Flow:
    """A new one, remembered in this browser's cookie; the oldest makes room."""
    further = next_page if len(next_page) <= LONGEST_NEXT else ""
    flow = Flow(purpose.value, now.timestamp(), further, link)
    cookie[_KEY] = [*_held(), asdict(flow)][-AT_ONCE:]
    return flow


def take(state: str, now: datetime) -> Flow | None:
    """The one that this answer belongs to. It counts once; None where it is not there, or late."""
    held = [Flow(**one) for one in _held()]
    found = next((flow for flow in held if flow.state == state), None)
    if found is None:
        return None
    cookie[_KEY] = [asdict(flow) for flow in held if flow is not found]
    return found if now - found.begun_at < TIME else None


def _held() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cookie.get(_KEY, [])
    return found
