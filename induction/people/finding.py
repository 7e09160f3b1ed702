"""Who may be meant by what was typed, from the index of words: see ``searching.words_of``."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, CompoundSelect, Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from induction.people.models import Account, AccountChanged, AccountWord
from induction.searching import begin_plainly, beginnings, matching, patterns

Text = str | BindParameter[str]
# Where a word stands, as columns are called: in the account, or in a record of a certificate.
STANDS_IN = {"full_name": 1, "learner_ref": 2, "email": 4, "employer": 8, "name": 16}
_CHANGED = select(AccountChanged.account_id)


def may_be_meant(
    ranges: Sequence[tuple[Text, Text]], *columns: InstrumentedAttribute[Any]
) -> CompoundSelect[Any] | Select[Any]:
    """The accounts with words in these columns that begin so, and those that changed just now."""
    if not ranges:
        return select(Account.id)
    there = AccountWord.of.bitwise_and(sum(STANDS_IN[one.key] for one in columns)) != 0
    found, *others = (
        select(AccountWord.account_id).where(
            AccountWord.word >= first, AccountWord.word < beyond, there
        )
        for first, beyond in ranges
    )
    return found.where(*(AccountWord.account_id.in_(one) for one in others)).union(_CHANGED)


def meant(
    ranges: Sequence[tuple[Text, Text]],
    wanted: Sequence[Text],
    *columns: InstrumentedAttribute[Any],
    plainly: bool,
    of: InstrumentedAttribute[int] = Account.id,
) -> ColumnElement[bool]:
    """Whether each word that was typed is in these columns of an account.

    Where they ``begin_plainly`` the index knows, and no name is read but of who changed just now.
    """
    fits = matching(wanted, *columns)
    if plainly:
        fits = or_(of.not_in(_CHANGED), fits)
    return and_(of.in_(may_be_meant(ranges, *columns)), fits)


def found_by(
    typed: str,
    *columns: InstrumentedAttribute[Any],
    of: InstrumentedAttribute[int] = Account.id,
) -> ColumnElement[bool]:
    """The same of what is in hand; ``of`` is the account’s id.

    Of somebody’s records, who may have several, each is looked at.
    """
    plainly = begin_plainly(typed) and all(one.key != "name" for one in columns)
    ranges, wanted = beginnings(typed), patterns(typed)
    return meant(ranges, wanted, *columns, plainly=plainly, of=of)
