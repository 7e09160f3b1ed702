"""What a directory asks for, as conditions on our tables: equal to, joined by ``and``."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from scim2_models import InvalidFilterException, ScimFilter
from scim2_models.path import CompareOperator, Comparison, FilterNode, LogicalExpr, LogicalOperator
from sqlalchemy import ColumnElement, and_, func, or_, select, union_all

from induction.database import AnySelect
from induction.directory.models import DirectoryGroup, DirectoryMember, DirectoryUser
from induction.people.models import Account

MOST_TERMS = 20  # joined by ``and`` in one filter
Meant = Callable[[str], ColumnElement[bool]]  # what it means that an attribute is this text

# People whom the directory may see: its own, and those who are here and whom it asks for by name.
USERS: AnySelect = (
    select(Account, DirectoryUser)
    .outerjoin(DirectoryUser, DirectoryUser.account_id == Account.id)
    .where(
        Account.erased_at.is_(None),
        or_(
            DirectoryUser.let_go.is_(False),
            and_(DirectoryUser.account_id.is_(None), Account.deactivated_at.is_(None)),
        ),
    )
)
ITS_OWN = DirectoryUser.account_id.is_not(None)


def _of_user_name(text: str) -> ColumnElement[bool]:
    """As the directory calls them; whom it has not sent, by their address.

    Both are looked up through their indexes first: a directory asks so for each of its people.
    """
    called = select(DirectoryUser.account_id).where(DirectoryUser.user_name == text.lower())
    written_to = select(Account.id).where(Account.email == text.lower())
    meant = or_(DirectoryUser.user_name == text.lower(), DirectoryUser.account_id.is_(None))
    return Account.id.in_(union_all(called, written_to)) & meant


def _of_external_id(text: str) -> ColumnElement[bool]:
    theirs = select(DirectoryUser.account_id).where(DirectoryUser.external_id == text)
    return Account.id.in_(theirs)


def _of_member(text: str) -> ColumnElement[bool]:
    theirs = select(DirectoryMember.group_id).join(
        Account, Account.id == DirectoryMember.account_id
    )
    return DirectoryGroup.id.in_(theirs.where(Account.public_id == text))


OF_USERS: dict[str, Meant] = {
    "username": _of_user_name,
    "externalid": _of_external_id,
    "id": lambda text: Account.public_id == text,
    "emails": lambda text: Account.email == text.lower(),
    "emails.value": lambda text: Account.email == text.lower(),
}
OF_GROUPS: dict[str, Meant] = {
    "displayname": lambda text: func.lower(DirectoryGroup.name) == func.lower(text),
    "externalid": lambda text: DirectoryGroup.external_id == text,
    "id": lambda text: DirectoryGroup.public_id == text,
    "members": _of_member,
    "members.value": _of_member,
}


def condition(asked: ScimFilter[Any], known: Mapping[str, Meant]) -> ColumnElement[bool]:
    """A filter as a condition. Raises InvalidFilterException for what is not known here."""
    terms = list(_terms(asked.ast))
    if len(terms) > MOST_TERMS:
        raise InvalidFilterException(detail=f"A filter has {MOST_TERMS} terms at most.")
    return and_(*(_of_term(term, known) for term in terms))


def _terms(node: FilterNode) -> Iterator[FilterNode]:
    """What is joined by ``and``."""
    if isinstance(node, LogicalExpr) and node.op == LogicalOperator.and_:
        for term in node.terms:
            yield from _terms(term)
    else:
        yield node


def _of_term(node: FilterNode, known: Mapping[str, Meant]) -> ColumnElement[bool]:
    match node:
        case Comparison(op=CompareOperator.eq, value=str(text), attr_path=path):
            parts = (path.attr, path.sub_attr)
            meant = known.get(".".join(part for part in parts if part).lower())
            if meant is not None and _can_be_kept(text):
                return meant(text)
    words = ", ".join(name for name in known if "." not in name)
    raise InvalidFilterException(detail=f"Ask for {words} with eq, joined by and.")


def _can_be_kept(text: str) -> bool:
    """Whether a database can be asked for it: not for NUL, nor for half of a character."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False
