"""Which column is which, where headings do not say it: told once, and known for those headings.

Kept are the digest of the headings and places among them, never a word of a file: one without
headings would otherwise leave its first person here.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.enrolment.models import NamedColumns

Places = Mapping[str, int]  # our columns → which heading it is, in the order of headings
Lookup = Callable[[str], Places | None]


def in_order(heads: Sequence[str]) -> list[int]:
    """Where each heading stands, ordered by what it says: programs change the order of columns."""
    return sorted(range(len(heads)), key=lambda at: _plain(heads[at]))


def headings_key(heads: Sequence[str]) -> str:
    """A set of headings, whatever their order, letter case and spacing."""
    said = "\n".join(_plain(heads[at]) for at in in_order(heads))
    return hashlib.sha256(said.encode()).hexdigest()


def _plain(heading: str) -> str:
    return " ".join(heading.split()).casefold()


def in_file(heads: Sequence[str], places: Places) -> dict[str, tuple[int, ...]]:
    """The places as columns of a file with these headings."""
    order = in_order(heads)
    return {name: (order[at],) for name, at in places.items() if at < len(order)}


def remembered(session: Session) -> Lookup:
    """What was said of a set of headings, if anything was."""

    def look_up(key: str) -> Places | None:
        found: Places | None = session.scalar(
            select(NamedColumns.places).where(NamedColumns.headings == key)
        )
        return found

    return look_up


def remember(act: Act, key: str, places: Places) -> None:
    """Keep what is said of a set of headings, in place of what was said before."""
    said = {"places": dict(places), "at": act.now}
    dialect = postgresql if act.session.get_bind().dialect.name == "postgresql" else sqlite
    row = dialect.insert(NamedColumns).values(headings=key, **said)
    act.session.execute(row.on_conflict_do_update(index_elements=["headings"], set_=said))
    act.record(
        Action.IMPORT_COLUMNS_NAMED, f"import-columns:{key[:16]}", headings=key, places=dict(places)
    )
