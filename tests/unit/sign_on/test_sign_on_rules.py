"""Whom the provider has sent and whose account that is, with everything that can be made up."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from induction.sign_on.rules import (
    GOOGLE,
    Arrival,
    Decision,
    NotLetIn,
    Reason,
    Standing,
    arrival,
    connecting,
    roles_for,
    whose,
)

TENANT = "0a1b2c3d-0000-4000-8000-000000000001"
MICROSOFT = f"https://login.microsoftonline.com/{TENANT}/v2.0"
OURS = ("college.example", "students.college.example")
ADDRESSES = [
    "amina@college.example",
    "Bo@Students.College.Example",
    "eve@elsewhere.example",
    "",
    "@",
]

anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=30), st.lists(st.text(max_size=5)),
    st.sampled_from(ADDRESSES),
)  # fmt: skip
claims_of_any_kind = st.dictionaries(
    st.sampled_from(
        [
            "sub", "tid", "oid", "hd", "idp", "acct", "roles", "xms_edov", "email",
            "email_verified", "name", "preferred_username", "upn",
        ]
    ),
    anything,
)  # fmt: skip
standings = st.builds(
    Standing,
    st.integers(1, 4),
    staff=st.booleans(),
    ended=st.booleans(),
    in_use=st.booleans(),
    connected=st.booleans(),
)


def arrived(claims: Mapping[str, Any], issuer: str = MICROSOFT) -> Arrival | Reason:
    try:
        return arrival(claims, issuer, OURS)
    except NotLetIn as refused:
        return refused.reason


@given(claims_of_any_kind, st.sampled_from([MICROSOFT, GOOGLE, "https://id.college.example"]))
def test_whatever_a_provider_says_only_what_it_vouches_for_counts(
    claims: dict[str, Any], issuer: str
) -> None:
    found = arrived(claims, issuer)
    if isinstance(found, Reason):
        return
    assert found.subject
    assert len(found.subject) <= 255
    for address in found.vouched:
        assert address == address.lower()
        assert address.rpartition("@")[2] in OURS
        said = {
            str(claims.get(name, "")).strip().lower() for name in ("email", "preferred_username")
        }
        assert address in said
    if not claims.get("tid") and claims.get("email_verified") is not True:
        assert not found.vouched or claims.get("xms_edov") in (True, 1, "1", "true")
    if issuer == GOOGLE:
        assert str(claims["hd"]).strip().lower() in OURS


@given(st.none() | standings, st.lists(standings, max_size=3))
def test_nobody_is_let_in_as_somebody_else(linked: Standing | None, found: list[Standing]) -> None:
    try:
        decision = whose(linked, found)
    except NotLetIn:
        return
    if linked is not None:  # the connection alone counts, whatever the address says
        assert decision == Decision(linked.account_id)
        assert not linked.ended
        return
    (one,) = found
    assert decision == Decision(one.account_id, link=True)
    assert one == Standing(one.account_id)  # nothing speaks against it


@given(st.none() | standings, standings)
def test_a_connection_never_moves_to_another_account(
    linked: Standing | None, mine: Standing
) -> None:
    try:
        decision = connecting(linked, mine)
    except NotLetIn:
        return
    assert decision.account_id == mine.account_id
    assert linked is None or linked.account_id == mine.account_id
    assert decision.link == (linked is None)
    if mine.connected:
        assert not decision.link


@given(st.frozensets(st.text(max_size=3)), st.frozensets(st.text(max_size=3)))
def test_the_provider_gives_no_role(given: frozenset[str], named: frozenset[str]) -> None:
    try:
        assert roles_for(given, named) <= given & named
    except NotLetIn:
        assert given
        assert not given & named


@pytest.mark.parametrize(
    ("claims", "issuer", "reason"),
    [
        (
            {"sub": "s", "tid": "9a1b2c3d-0000-4000-8000-000000000009"},
            MICROSOFT,
            Reason.OTHER_TENANT,
        ),
        ({"sub": "s", "email": "eve@gmail.example"}, GOOGLE, Reason.OTHER_TENANT),
        ({"sub": "s", "hd": "elsewhere.example"}, GOOGLE, Reason.OTHER_TENANT),
        ({"sub": "s", "upn": "eve_x.example#EXT#@c.onmicrosoft.example"}, MICROSOFT, Reason.GUEST),
        ({"sub": "s", "acct": 1}, MICROSOFT, Reason.GUEST),
        ({"sub": "s", "tid": TENANT, "idp": "live.com"}, MICROSOFT, Reason.GUEST),
        ({}, MICROSOFT, Reason.UNTRUE),
        ({"sub": ""}, MICROSOFT, Reason.UNTRUE),
        ({"sub": ["s"]}, MICROSOFT, Reason.UNTRUE),
    ],
)
def test_who_is_not_of_the_institute_is_refused(
    claims: dict[str, Any], issuer: str, reason: Reason
) -> None:
    assert arrived(claims, issuer) is reason


def test_a_person_at_microsoft_is_known_by_what_outlives_a_new_registration() -> None:
    one = arrived({"sub": "of this application", "tid": TENANT, "oid": "the-person"})
    other = arrived({"sub": "of the next one", "tid": TENANT, "oid": "the-person"})
    assert isinstance(one, Arrival)
    assert isinstance(other, Arrival)
    assert one.subject == other.subject == f"{TENANT}/the-person"
