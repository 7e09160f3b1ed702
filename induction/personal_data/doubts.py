"""What may name people who are to be erased, or be a word or somebody else’s: to be decided."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from induction.audit.models import AuditPersonal
from induction.database import table
from induction.people.models import Account
from induction.personal_data.mentions import by_table, naming_rows, row_key
from induction.personal_data.naming import Excerpt, Naming
from induction.reports import readers
from induction.reports.models import BreachNote, BreachReport

# What a person has of these goes whole.
_GO = frozenset(["audit_personal", "letter_by_hand", "outbox_mail", "saved_view", "tutor_note"])


@dataclass(slots=True)
class Doubt:
    """What may name the people, and the rows that say it in these words, by ``row_key``."""

    where: str  # the first table
    excerpts: tuple[Excerpt, ...]
    rows: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The rows, as a form carries them."""
        return " ".join(self.rows)

    @property
    def as_a_name(self) -> bool:
        """Whether it is written as names are: a word in small letters is less likely one."""
        return any(one.found != one.found.lower() for one in self.excerpts)


def doubts(
    session: Session,
    naming: Naming,
    accounts: Collection[Account],
    closed: Collection[str] = (),
) -> list[Doubt]:
    """What is to be decided before these people are erased: the likelier first, equal ones once.

    Of rows that are ``closed`` to whoever decides nothing is told but the name that stands there.
    """
    going, found = _going(session, accounts), dict[tuple[object, ...], Doubt]()
    for one, wide in by_table().items():
        for key, texts in naming_rows(session, one, wide, naming):
            if (row := row_key(one, key)) in going:
                continue
            said = [line for text in texts.values() for line in _lines(one, text)]
            if excerpts := tuple(part for line in said for part in naming.unsure_in(line)):
                shown: tuple[object, ...] = excerpts
                if row in closed:
                    excerpts = tuple(Excerpt("", part.found, "") for part in excerpts)
                    shown = (row,)
                doubt = found.setdefault(shown, Doubt(one.name, excerpts))
                doubt.rows.append(row)
    return sorted(found.values(), key=lambda doubt: not doubt.as_a_name)


def closed_to(session: Session, viewer: Account) -> set[str]:
    """The rows of reports that this person does not read, and of what was done about them."""
    theirs = readers.read_by(viewer, readers.readers(session))
    reports, notes = table(BreachReport), table(BreachNote)
    unread = set(session.scalars(select(BreachReport.id).where(~theirs)))
    about = session.execute(select(BreachNote.id, BreachNote.report_id)).all()
    return {row_key(reports, (one,)) for one in unread} | {
        row_key(notes, (note.id,)) for note in about if note.report_id in unread
    }


def _going(session: Session, accounts: Collection[Account]) -> set[str]:
    """The rows of theirs that go whole in any case."""
    theirs = [account.id for account in accounts]
    going = {row_key(table(Account), (one,)) for one in theirs}
    for one in by_table():
        if one.name in _GO:
            keys = select(*one.primary_key.columns).where(one.c.account_id.in_(theirs))
            going |= {row_key(one, tuple(key)) for key in session.execute(keys)}
    return going


def _lines(one: Table, text: str) -> Iterable[str]:
    """A text; of what stands beside the chain, each value."""
    if one.name != AuditPersonal.__tablename__:
        return [text]
    return [value for value in json.loads(text).values() if isinstance(value, str)]
