"""Making accounts, one or many, and changing what they say."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.institute.models import Institute
from induction.names import NotAName, clean_name, is_part, sort_name
from induction.people.models import Account, AccountRole, Role, has_role
from induction.refusals import InvalidInput, NotNow

_PLAIN = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")  # before the @, as most are
_LONGEST_LOCAL = 64  # characters (RFC 5321, 4.5.3.1.1): no limit is near then
_AROUND = re.compile(r"\A(?:[^<>@]*<)?\s*(?:mailto:)?\s*([^<>\s]*)\s*>?\Z", re.IGNORECASE)


LONGEST_AUDIT = 366  # days


class LastAdministrator(NotNow):
    """The act would leave nobody who can undo it."""


class NotAnAccount(InvalidInput):
    """The account cannot be made as asked. The message says why."""


@lru_cache(maxsize=1024)
def _domain(text: str) -> str:
    """What stands behind the @ in the form that we compare; "" where it is none.

    Lists have thousands of addresses, and a few of these.
    """
    try:
        checked = validate_email(f"a@{text}", check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return ""
    return checked.domain.lower()


def clean_email(text: str) -> str:
    """The address in the form that we compare: trimmed, lower case. Raises NotAnAccount.

    What mail programs copy around an address, as in "Ann Lee <ann@x.example>", is taken off.
    """
    text = _AROUND.sub(r"\1", text.strip())
    if not text.strip():
        raise NotAnAccount("The email address is missing.")
    local, _, domain = text.strip().rpartition("@")
    if len(text) < _LONGEST_LOCAL and _PLAIN.fullmatch(local) and (known := _domain(domain)):
        return f"{local}@{known}".lower()
    try:
        checked = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise NotAnAccount(f"“{text.strip()}” is not an email address: {error}") from error
    return checked.normalized.lower()


def create(act: Act, role: Role, email: str, name: str, *, how: str, demo: bool = False) -> Account:
    """A new account without a password. Raises NotAnAccount."""
    address = clean_email(email)
    try:
        full_name = clean_name(name)
    except NotAName as error:
        raise NotAnAccount(str(error)) from error
    if act.session.scalar(select(Account.id).where(Account.email == address)):
        raise NotAnAccount(f"There is already an account for {address}.")
    values = {"email": address, "full_name": full_name, "demo": demo}
    with Batch(act) as entries:
        (account,) = add(entries, role, [values], how=how)
    return account


def add(
    entries: Batch, role: Role, people: Sequence[Mapping[str, object]], *, how: str
) -> list[Account]:
    """New accounts without a password, each from the values of its columns, in the same order.

    In the caller's transaction. The values have been checked: their addresses are new.
    """
    act = entries.act
    rows = [{**filed(values), "created_at": act.now} for values in people]
    insertion = insert(Account).returning(Account, sort_by_parameter_order=True)
    accounts = list(act.session.scalars(insertion, rows)) if rows else []
    for account in accounts:
        if role is not Role.LEARNER:
            account.given = [AccountRole(role=role.value)]
        entries.record(
            Action.ACCOUNT_CREATED,
            account.actor,
            role=role.value,
            how=how,
            personal={"email": account.email or "", "name": account.full_name},
            account_id=account.id,
        )
    return accounts


def filed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same columns, with what lists sort the person by. A family name is part of the name."""
    full, family = values["full_name"], values.get("family_name")
    family = family if family and is_part(family, full) else None
    return {**values, "family_name": family, "sort_name": sort_name(full, family)}


def new_facts(account: Account, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that change where these facts do; a family name that is none any more goes."""
    if not {"full_name", "family_name"} & facts.keys():
        return dict(facts)
    names = {"full_name": account.full_name, "family_name": account.family_name}
    return filed({**names, **facts})


def refuse_last_day(day: date, today: date) -> None:
    """Raise NotAnAccount for a day that is over, or further off than an audit lasts."""
    if not 0 <= (day - today).days <= LONGEST_AUDIT:
        raise NotAnAccount("The last day is today or later, and at most a year from now.")


def rename(act: Act, account: Account, name: str) -> None:
    """Give somebody another name; the earlier one is on record."""
    before = account.full_name
    if before == name:
        return
    for column, value in new_facts(account, {"full_name": name}).items():
        setattr(account, column, value)
    act.record(
        Action.ACCOUNT_CHANGED,
        account.actor,
        fields=["full_name"],
        personal={"full_name": before},
        account_id=account.id,
    )


def keep_an_administrator(session: Session, account: Account) -> None:
    """Raise LastAdministrator where nobody else could look after accounts.

    One at a time: two who end each other’s accounts at once would each find the other still there.
    """
    session.execute(select(Institute.id).with_for_update())
    others = session.scalar(
        select(func.count())
        .select_from(Account)
        .where(
            has_role(Role.ADMIN),
            Account.deactivated_at.is_(None),
            Account.id != account.id,
        )
    )
    if Role.ADMIN in account.roles and not others:
        raise LastAdministrator(
            "This is the only administrator. Make somebody else one first, so that the "
            "institute is not locked out."
        )


def name_of(session: Session, actor: str) -> str:
    """Who is meant by an actor; as it stands in the entry where that is no account of ours."""
    query = select(Account.full_name).where(Account.public_id == actor.removeprefix("account:"))
    return session.scalar(query) or actor
