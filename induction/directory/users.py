"""What a directory says of a person, carried out on their account here.

The directory ends accounts and opens again those that it ended; it deletes none. A learner's name,
address and audience follow it, by the rules and the writers of a list. An account of staff is only
ended and opened again: its name and its address, which is the way in, are changed here alone.
"""

from typing import Any

from scim2_models import InvalidValueException, Meta, UniquenessException
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.audit.models import AuditEntry
from induction.directory.models import DirectoryMember, DirectoryUser
from induction.directory.resources import SENT_USER, EnterpriseUser
from induction.enrolment.applying import carry_out
from induction.enrolment.import_plan import compare
from induction.enrolment.import_rows import ImportedPerson, ImportedSheet
from induction.names import family_name, same_name
from induction.people.accounts import clean_email
from induction.people.ending import deactivate, reactivate
from induction.people.invitations import invite
from induction.people.learner_fields import LEARNER_FIELDS
from induction.people.models import Account
from induction.policy.store import content
from induction.refusals import InvalidInput
from induction.uk_time import uk_day

REASON = "The institute’s directory"
LONGEST = 254  # characters of a user name
_OF_OURS = ("id", "meta", "active")  # what an answer has and the directory does not decide alone
_GUEST = "#ext#"  # in the names that Microsoft gives to guests of a tenant


def as_sent(account: Account, entry: DirectoryUser | None, base: str) -> Any:
    """A person as the directory is told of them. ``base`` is the address of our SCIM service."""
    user = SENT_USER.model_validate(entry.said if entry else _known(account))
    user.id = account.public_id
    user.active = account.deactivated_at is None
    user.meta = Meta(
        resource_type="User",
        created=entry.since if entry else account.created_at,
        last_modified=entry.changed_at if entry else account.created_at,
        location=f"{base}/Users/{account.public_id}",
    )
    return user


def _known(account: Account) -> dict[str, Any]:
    """Somebody of whom the directory has said nothing yet."""
    enterprise = str(EnterpriseUser.__schema__)
    return {
        "schemas": [str(SENT_USER.__schema__), enterprise],
        "userName": account.sign_in_name,
        "displayName": account.full_name,
        "emails": [{"value": account.email, "primary": True}] if account.email else [],
        enterprise: {"employeeNumber": account.learner_ref},
    }


def take(act: Act, user: Any, *, invites: bool) -> tuple[Account, DirectoryUser]:
    """Somebody new to us, or who is here already and the directory did not know it.

    Raises UniquenessException and InvalidValueException.
    """
    if _GUEST in user.user_name.lower():
        raise InvalidValueException(detail="This is a guest of another organisation.")
    known = _of_name(act.session, user.user_name)
    if known is not None and not known.let_go:
        raise UniquenessException(detail=f"{user.user_name} is here already.")
    account, how = _meant(act.session, user, known)
    if account is None:
        how = "new"
        (account,) = _carry_out(act, _person(user, None))
    entry = _entry(act, account, user)
    act.record(Action.DIRECTORY_CONNECTED, account.actor, how=how)
    _settle(act, account, entry, user)
    if invites and how == "new":
        invite(act, [account])
    return account, entry


def change(act: Act, account: Account, entry: DirectoryUser | None, user: Any) -> DirectoryUser:
    """What the directory says of somebody by now. Raises as ``take`` does."""
    other = _of_name(act.session, user.user_name)
    if other is not None and other.account_id != account.id:
        raise UniquenessException(detail=f"{user.user_name} is somebody else.")
    changed = _entry(act, account, user)
    if entry is None:
        act.record(Action.DIRECTORY_CONNECTED, account.actor, how="user-name")
    _settle(act, account, changed, user)
    return changed


def let_go(act: Act, account: Account, entry: DirectoryUser) -> None:
    """The directory has deleted them: the account ends, the record stays. Raises NotNow."""
    if account.deactivated_at is None:
        deactivate(act, account, REASON)
        entry.ended = True
    entry.let_go, entry.said, entry.changed_at = True, {}, act.now
    gone = DirectoryMember.account_id == account.id
    act.session.execute(delete(DirectoryMember).where(gone))
    act.record(Action.DIRECTORY_LET_GO, account.actor)


def _of_name(session: Session, user_name: str) -> DirectoryUser | None:
    if not 0 < len(user_name) <= LONGEST:
        raise InvalidValueException(detail=f"The userName has from 1 to {LONGEST} characters.")
    same = DirectoryUser.user_name == user_name.lower()
    return session.scalars(select(DirectoryUser).where(same)).first()


def _meant(session: Session, user: Any, known: DirectoryUser | None) -> tuple[Account | None, str]:
    """Whose account it is that is here already, and by what that is known."""
    if known is not None:
        if known.external_id and user.external_id and known.external_id != user.external_id:
            raise UniquenessException(
                detail="Somebody else had this user name. Give their account here another address "
                "first: what is theirs must not open for whoever has it now."
            )
        return session.get_one(Account, known.account_id), "again"
    number = user[EnterpriseUser].employee_number if user[EnterpriseUser] else None
    ways = (
        (Account.email == _address(user), "address"),
        (func.lower(Account.learner_ref) == (number or "").lower(), "reference"),
    )
    for way, how in ways:
        found = session.scalars(select(Account).where(way, Account.erased_at.is_(None))).first()
        if found is None:
            continue
        entry = session.get(DirectoryUser, found.id)
        if entry is not None and not entry.let_go:
            raise UniquenessException(detail=f"The same {how} belongs to {entry.user_name}.")
        if entry is None and found.deactivated_at is not None:
            raise UniquenessException(
                detail="This account has been ended here. An administrator can open it again."
            )
        return found, how
    return None, ""


def _entry(act: Act, account: Account, user: Any) -> DirectoryUser:
    """Keep what the directory says of them, of what we use."""
    said = user.model_dump(exclude_none=True)
    entry = act.session.get(DirectoryUser, account.id)
    if entry is None:
        entry = DirectoryUser(account_id=account.id, since=act.now, ended=False)
        act.session.add(entry)
    entry.said = {name: value for name, value in said.items() if name not in _OF_OURS}
    entry.user_name = user.user_name.lower()
    entry.external_id = user.external_id
    entry.let_go = False
    entry.changed_at = act.now
    act.session.flush()
    return entry


def _settle(act: Act, account: Account, entry: DirectoryUser, user: Any) -> None:
    """Make the account what the directory says: open or ended, and whose it is."""
    wanted = user.active is not False
    by_it = entry.ended and account.deactivated_at is not None and _ended_last(act.session, account)
    if wanted and by_it:
        reactivate(act, account, REASON)
        entry.ended = False
    elif not wanted and account.deactivated_at is None:
        deactivate(act, account, REASON)
        entry.ended = True
    act.session.flush()
    act.session.refresh(account)
    if account.deactivated_at is None and not account.roles:
        _carry_out(act, _person(user, account))
        act.session.refresh(account)


def _ended_last(session: Session, account: Account) -> bool:
    """Whether the last end of this account was a directory's.

    Somebody here may have opened it again since, and then ended it: that is theirs to take back.
    """
    ends = AuditEntry.subject == account.actor, AuditEntry.action == Action.DEACTIVATED.value
    last = select(AuditEntry.actor).where(*ends).order_by(AuditEntry.seq.desc()).limit(1)
    return (session.scalar(last) or "").startswith("directory:")


def _carry_out(act: Act, person: ImportedPerson) -> list[Account]:
    """Have the rules and the writers of a list do it, for one person."""
    here, today = content(), uk_day(act.now)
    roll = compare(act.session, here.policy, ImportedSheet((person,)), None, today)
    if roll.refused:
        raise UniquenessException(detail=" ".join(roll.refused[0].reasons))
    return carry_out(act, here, roll, how="directory")


def _person(user: Any, account: Account | None) -> ImportedPerson:
    """What a list would say of them. Raises InvalidValueException."""
    said = {
        "learner_ref": (account.learner_ref if account else None) or _reference(user),
        "full_name": _name(user),
        "family_name": _family_name(user),
        "email": _address(user) or (account and account.email) or "",
        "audience": _audience(user),
    }
    audiences = content().policy.audiences
    try:
        facts = {
            field.name: field.read(said.get(field.name, "").strip(), audiences)
            for field in LEARNER_FIELDS
        }
    except InvalidInput as fault:
        raise InvalidValueException(detail=str(fault)) from fault
    return ImportedPerson(1, facts)


def _reference(user: Any) -> str:
    """As a list from Microsoft Entra has it: the number, or what stands before the @."""
    number = user[EnterpriseUser].employee_number if user[EnterpriseUser] else None
    return str(number or user.user_name.partition("@")[0])


def _name(user: Any) -> str:
    """Both parts of the name, where both are told; a display name may say more than a name."""
    name = user.name
    if name and name.given_name and name.family_name:
        return f"{name.given_name} {name.family_name}"
    return user.display_name or ""


def _family_name(user: Any) -> str:
    """Where it is another than the last word of the name, as for a list in two columns."""
    told = (user.name.family_name if user.name else None) or ""
    return "" if same_name(told, family_name(_name(user))) else told


def _address(user: Any) -> str:
    """The address to write to, as we compare it: the first one, that of work, any; "" for none."""
    given = [email for email in user.emails or [] if email.value]
    best = sorted(given, key=lambda email: (not email.primary, email.type != "work"))
    try:
        return clean_email(best[0].value) if best else ""
    except InvalidInput as fault:
        raise InvalidValueException(detail=str(fault)) from fault


def _audience(user: Any) -> str:
    """What they learn as, where the user type is one of the policy's audiences."""
    said = (user.user_type or "").strip().casefold()
    return said if said in content().policy.audiences else ""
