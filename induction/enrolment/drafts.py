"""Lists that wait between their dry run and the import: the rows as far as we use them, for a day.

A file from an office has columns that are nobody's business here. It is read where it arrives and
never kept: what waits are the cells of the columns that we know.
"""

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import IO, Any

from sqlalchemy import delete, exists, insert, select
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.database import new_public_id
from induction.enrolment.import_columns import read_people
from induction.enrolment.models import ImportDraft
from induction.enrolment.naming_columns import Lookup
from induction.people.models import Account
from induction.spreadsheets.reading import Line, Sheet

KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PeopleFile:
    """A list as it was read: its rows, the name and the SHA-256 of the file that it came in."""

    sheet: Sheet
    sha256: str
    name: str = ""


def read_file(file: IO[bytes], named: Lookup, name: str = "") -> PeopleFile:
    """Read a list of people, however large the file is around them. Raises NotASheet.

    ``named``: what is known of headings that somebody has explained.
    """
    sheet = read_people(file, named)
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(1 << 16):
        digest.update(chunk)
    return PeopleFile(sheet, digest.hexdigest(), name)


def keep(act: Act, file: PeopleFile, hidden: int) -> str:
    """Let a list wait for whoever sent it; returns its public id.

    That it was looked at is on record, and how many of its rows met people whom they may not see.
    """
    public_id = new_public_id()
    values = {
        "public_id": public_id,
        "account_id": act.account_id,
        "name": file.name[:120],
        "sha256": file.sha256,
        "rows": _as_json(file.sheet),
        "at": act.now,
    }
    act.session.execute(insert(ImportDraft).values(values))
    counted: dict[str, Any] = {
        "rows": len(file.sheet.lines),
        "hidden": hidden,
        "sha256": file.sha256,
    }
    act.record(Action.IMPORT_LOOKED_AT, f"import:{act.now:%Y%m%dT%H%M%S}", **counted)
    return public_id


def waiting(
    session: Session, public_id: str, owner: Account, *, now: datetime
) -> PeopleFile | None:
    """The list that this person sent within the last day, or None."""
    query = select(ImportDraft.rows, ImportDraft.sha256, ImportDraft.name).where(
        ImportDraft.public_id == public_id,
        ImportDraft.account_id == owner.id,
        ImportDraft.at > now - KEPT_FOR,
    )
    found = session.execute(query).first()
    return PeopleFile(_sheet(found.rows), found.sha256, found.name) if found else None


def any_outdated(session: Session, *, now: datetime) -> bool:
    """Whether some list has waited for its day."""
    return bool(session.scalar(select(exists().where(ImportDraft.at <= now - KEPT_FOR))))


def forget_outdated(session: Session, *, now: datetime) -> None:
    """Delete the lists that have waited for their day."""
    session.execute(delete(ImportDraft).where(ImportDraft.at <= now - KEPT_FOR))


def leave_out(session: Session, is_meant: Callable[[str], bool]) -> None:
    """Take the rows that name somebody out of every list that waits."""
    for draft in session.scalars(select(ImportDraft)):
        lines = draft.rows["lines"]
        kept = [line for line in lines if not any(map(is_meant, line["values"].values()))]
        if len(kept) < len(lines):
            draft.rows = {**draft.rows, "lines": kept}


def _as_json(sheet: Sheet) -> dict[str, Any]:
    return {"lines": [asdict(line) for line in sheet.lines], "ignored": list(sheet.ignored)}


def _sheet(rows: dict[str, Any]) -> Sheet:
    return Sheet(tuple(Line(**line) for line in rows["lines"]), {}, tuple(rows["ignored"]))
