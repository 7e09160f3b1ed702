"""Whom the provider has sent, and whose account that is here. Pure.

An account is known by the provider's id of a person, never by an address: addresses change, and are
given to somebody else. An address counts once, for a learner who has never been here, and only
where the provider vouches for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

LONGEST_SUBJECT = 255  # OpenID Connect Core, section 2
GOOGLE = "https://accounts.google.com"
_GUEST = "#ext#"  # in the names that Microsoft gives to guests of a tenant
_YES = (True, 1, "1", "true")


class Reason(StrEnum):
    """Why somebody who comes from the provider is not let in; the record of acts has it.

    Sums of refusals have room for sixteen characters.
    """

    STATE = "provider-state"  # not asked for by this browser, or long ago
    SAID_NO = "provider-said-no"
    UNTRUE = "provider-token"  # signature, algorithm or form of what it says is wrong
    ISSUER = "provider-issuer"
    AUDIENCE = "provider-client"
    NONCE = "provider-nonce"
    EXPIRED = "provider-expired"
    OTHER_TENANT = "provider-tenant"
    GUEST = "provider-guest"
    UNKNOWN = "provider-unknown"  # nobody here, or more than one: the waiting room
    ENDED = "provider-ended"  # the account here has ended
    STAFF = "provider-staff"  # staff are connected by a link or by themselves
    OTHER_IDENTITY = "provider-other-identity"  # the account is connected with another of theirs
    PASSWORD_FIRST = "provider-password-first"  # noqa: S105  an account in use: its password first
    TAKEN = "provider-taken"  # what they show is connected with another account here
    NOT_YOU = "provider-not-you"  # somebody else, when asked to prove it once more
    NOT_ASKED = "provider-not-asked"  # the provider let them through without asking who they are
    NO_ROLE = "provider-no-role"


class NotLetIn(Exception):
    """Whoever came is not let in, for this reason."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody as the provider describes them."""

    subject: str  # its own id of them: the key
    name: str
    address: str  # to show, whether or not anybody vouches for it
    vouched: frozenset[str] = frozenset()  # addresses, in lower case
    roles: frozenset[str] = frozenset()  # as the provider names them
    asked_at: float = 0.0  # when they last typed a password there, in seconds since 1970; 0: unsaid


@dataclass(frozen=True, slots=True)
class Standing:
    """An account here, as far as it matters who may be connected with it."""

    account_id: int
    staff: bool = False
    ended: bool = False
    in_use: bool = False  # somebody has chosen a password and been here
    connected: bool = False  # with somebody at this provider


@dataclass(frozen=True, slots=True)
class Decision:
    """Whose account it is; ``link`` where that becomes known just now."""

    account_id: int
    link: bool = False


def arrival(claims: Mapping[str, Any], issuer: str, domains: Sequence[str]) -> Arrival:
    """Who has come, from claims whose signature and times were right.

    Raises NotLetIn for another tenant and for a tenant's guests.
    """
    _refuse_other_tenants(claims, issuer, domains)
    _refuse_guests(claims, issuer)
    address = _text(claims, "email") or _text(claims, "preferred_username")
    return Arrival(
        subject=_subject(claims),
        name=_text(claims, "name") or address,
        address=address,
        vouched=frozenset(_vouched(claims, domains)),
        roles=frozenset(str(role) for role in _listed(claims.get("roles"))),
        asked_at=_time(claims.get("auth_time")),
    )


def named_by_proxy(text: str, domains: Sequence[str]) -> Arrival | None:
    """Who has come, from the one name that a proxy gives; None where it is no name of somebody.

    The name is the key. It is an address that is vouched for where it is one of the institute's.
    """
    name = text.strip()
    several = any(char in ",;" or char.isspace() for char in name)
    if not name or several or not name.isprintable() or len(name) > LONGEST_SUBJECT:
        return None
    key = name.lower() if "@" in name else name
    own = "@" in name and key.rpartition("@")[2] in domains
    vouched = frozenset([key] if own else [])
    return Arrival(subject=key, name=name, address=key, vouched=vouched)


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value.strip() if isinstance(value, str) else ""


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else []


def _time(value: object) -> float:
    return float(value) if isinstance(value, int | float) and 0 < value < 1e11 else 0.0


def _subject(claims: Mapping[str, Any]) -> str:
    """Microsoft's ``oid`` outlives an application that is registered anew; ``sub`` does not."""
    tenant, person = _text(claims, "tid"), _text(claims, "oid")
    subject = f"{tenant}/{person}" if tenant and person else _text(claims, "sub")
    if not subject or len(subject) > LONGEST_SUBJECT:
        raise NotLetIn(Reason.UNTRUE)
    return subject


def _refuse_other_tenants(claims: Mapping[str, Any], issuer: str, domains: Sequence[str]) -> None:
    tenant = _text(claims, "tid")
    of_issuer = [part for part in urlsplit(issuer).path.split("/") if part.count("-") == 4]
    if tenant and of_issuer and tenant not in of_issuer:
        raise NotLetIn(Reason.OTHER_TENANT)
    # Google's one issuer serves everybody; ``hd`` says of which organisation somebody is.
    if (issuer == GOOGLE or "hd" in claims) and _text(claims, "hd").lower() not in domains:
        raise NotLetIn(Reason.OTHER_TENANT)


def _refuse_guests(claims: Mapping[str, Any], issuer: str) -> None:
    names = ("preferred_username", "upn", "unique_name", "email")
    elsewhere = _text(claims, "tid") and _text(claims, "idp") not in ("", issuer)
    if (
        any(_GUEST in _text(claims, name).lower() for name in names)
        or claims.get("acct") in (1, "1")  # 0 is a member of the tenant
        or elsewhere
    ):
        raise NotLetIn(Reason.GUEST)


def _vouched(claims: Mapping[str, Any], domains: Sequence[str]) -> set[str]:
    """Addresses of the institute's own domains that the provider knows to be this person's."""
    found = set()
    if claims.get("email_verified") is True or claims.get("xms_edov") in _YES:
        found.add(_text(claims, "email").lower())
    if _text(claims, "tid"):  # Microsoft alone: elsewhere people choose such a name themselves
        found.add(_text(claims, "preferred_username").lower())
    return {address for address in found if address.rpartition("@")[2] in domains}


def whose(linked: Standing | None, found: Sequence[Standing]) -> Decision:
    """Whose account somebody who signs in may use.

    ``linked`` is connected with them already; ``found`` have an address that is vouched for.
    Raises NotLetIn.
    """
    if linked is not None:
        if linked.ended:
            raise NotLetIn(Reason.ENDED)
        return Decision(linked.account_id)
    if len(found) != 1:
        raise NotLetIn(Reason.UNKNOWN)
    (one,) = found
    for holds, reason in (
        (one.ended, Reason.ENDED),
        (one.staff, Reason.STAFF),
        (one.connected, Reason.OTHER_IDENTITY),
        (one.in_use, Reason.PASSWORD_FIRST),
    ):
        if holds:
            raise NotLetIn(reason)
    return Decision(one.account_id, link=True)


def connecting(linked: Standing | None, mine: Standing) -> Decision:
    """Connect somebody with the account that they have just shown to be theirs. Raises NotLetIn."""
    if linked is not None and linked.account_id != mine.account_id:
        raise NotLetIn(Reason.TAKEN)
    if mine.ended:
        raise NotLetIn(Reason.ENDED)
    if linked is None and mine.connected:
        raise NotLetIn(Reason.OTHER_IDENTITY)
    return Decision(mine.account_id, link=linked is None)


def roles_for(given: frozenset[str], named: frozenset[str]) -> frozenset[str]:
    """The roles that count where the provider names them too: never one that was not given here.

    Raises NotLetIn for staff of whom none is left.
    """
    if given and not given & named:
        raise NotLetIn(Reason.NO_ROLE)
    return given & named
