"""Making accounts."""

from datetime import datetime

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from induction.audit.actions import Action
from induction.audit.record import record
from induction.names import NotAName, clean_name
from induction.people.models import Account, Role
from induction.refusals import InvalidInput, NotNow


class LastAdministrator(NotNow):
    """The act would leave nobody who can undo it."""


class NotAnAccount(InvalidInput):
    """The account cannot be made as asked. The message says why."""


def clean_email(text: str) -> str:
    """The address in the form that we compare: trimmed, lower case. Raises NotAnAccount."""
    if not text.strip():
        raise NotAnAccount("The email address is missing.")
    try:
        checked = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise NotAnAccount(f"“{text.strip()}” is not an email address: {error}") from error
    return checked.normalized.lower()


def create(
    session: Session,
    email: str,
    name: str,
    role: Role,
    *,
    how: str,
    actor: str,
    now: datetime,
    learner_ref: str | None = None,
    audience: str = "learner",
    demo: bool = False,
) -> Account:
    """A new account without a password, in the caller's transaction. Raises NotAnAccount."""
    address = clean_email(email)
    try:
        full_name = clean_name(name)
    except NotAName as error:
        raise NotAnAccount(str(error)) from error
    if session.scalar(select(Account.id).where(Account.email == address)):
        raise NotAnAccount(f"There is already an account for {address}.")
    account = Account(
        email=address,
        full_name=full_name,
        role=role.value,
        learner_ref=learner_ref,
        audience=audience,
        demo=demo,
        created_at=now,
    )
    session.add(account)
    session.flush()
    record(
        session,
        Action.ACCOUNT_CREATED,
        account.actor,
        actor=actor,
        now=now,
        details={"role": role.value, "how": how},
        personal={"email": address, "name": full_name},
        account_id=account.id,
    )
    return account


def rename(session: Session, account: Account, name: str, *, actor: str, now: datetime) -> None:
    """Give somebody another name, in the caller's transaction; the earlier one is on record."""
    before = account.full_name
    if before == name:
        return
    account.full_name = name
    record(
        session,
        Action.ACCOUNT_CHANGED,
        account.actor,
        actor=actor,
        now=now,
        details={"fields": ["full_name"]},
        personal={"full_name": before},
        account_id=account.id,
    )


def keep_an_administrator(session: Session, account: Account) -> None:
    """Raise LastAdministrator where nobody else could look after accounts."""
    others = session.scalar(
        select(func.count())
        .select_from(Account)
        .where(
            Account.role == Role.ADMIN.value,
            Account.deactivated_at.is_(None),
            Account.id != account.id,
        )
    )
    if account.role == Role.ADMIN and not others:
        raise LastAdministrator(
            "This is the only administrator. Make somebody else one first, so that the "
            "institute is not locked out."
        )


def name_of(session: Session, actor: str) -> str:
    """Who is meant by an actor; as it stands in the entry where that is no account of ours."""
    query = select(Account.full_name).where(Account.public_id == actor.removeprefix("account:"))
    return session.scalar(query) or actor
