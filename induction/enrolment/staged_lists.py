"""Staged lists: they wait between their dry run and the import, as rows that we use, for a day.

A file from an office has columns that are nobody's business here. It is read where it arrives and
never kept: what waits are the cells of the columns that we know.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import IO, Any

from sqlalchemy import ColumnElement, delete, exists, insert, select
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.database import AnyRow, new_public_id
from induction.enrolment import looks
from induction.enrolment.import_columns import read_people
from induction.enrolment.models import StagedList
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
    mended: int = 0  # rows that were corrected since it was sent


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
    act.session.execute(insert(StagedList).values(values))
    note_looked_at(act, file, hidden)
    return public_id


def note_looked_at(act: Act, file: PeopleFile, hidden: int) -> None:
    """Put on record that a list was looked at."""
    counted: dict[str, Any] = {
        "rows": len(file.sheet.lines),
        "hidden": hidden,
        "sha256": file.sha256,
    }
    act.record(Action.IMPORT_LOOKED_AT, f"import:{act.now:%Y%m%dT%H%M%S}", **counted)


def waiting(
    session: Session, public_id: str, owner: Account, *, now: datetime
) -> PeopleFile | None:
    """The list that this person sent, or went ahead with, within the last day, or None."""
    query = select(StagedList.rows, StagedList.sha256, StagedList.name)
    found = session.execute(query.where(*_theirs(public_id, owner, now))).first()
    return file_of(found) if found else None


def head(session: Session, public_id: str, owner: Account, *, now: datetime) -> AnyRow | None:
    """The id, digest, name and last asking of the same list, without its rows."""
    query = select(StagedList.id, StagedList.sha256, StagedList.name, StagedList.asked_at)
    return session.execute(query.where(*_theirs(public_id, owner, now))).first()


def _theirs(public_id: str, owner: Account, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        StagedList.public_id == public_id,
        StagedList.account_id == owner.id,
        StagedList.undoes.is_(None),
        ~_outdated(now),
    )


def file_of(staged: StagedList | AnyRow) -> PeopleFile:
    """The list as it waits."""
    mended = len(staged.rows.get("mended", ()))
    return PeopleFile(_sheet(staged.rows), staged.sha256, staged.name, mended)


def mend(act: Act, public_id: str, cells: Mapping[int, Mapping[str, str]]) -> int:
    """Correct cells of a list that waits, by row and column; how many rows are different then.

    A row that its file calls nobody to take stays so.
    """
    staged = act.session.scalars(
        select(StagedList).where(StagedList.public_id == public_id).with_for_update()
    ).one()
    lines, mended = [*staged.rows["lines"]], set[int]()
    for at, line in enumerate(lines):
        typed = {**line["values"], **cells.get(line["number"], {})}
        if not line["fault"] and any(typed[n] != line["values"].get(n, "") for n in typed):
            lines[at] = {**line, "values": typed, "surplus": False}
            mended.add(line["number"])
    if mended:
        every = sorted(mended | {*staged.rows.get("mended", ())})
        staged.rows = {**staged.rows, "lines": lines, "mended": every}
        looks.forget(act.session, staged.id)
    return len(mended)


def any_outdated(session: Session, *, now: datetime) -> bool:
    """Whether some list has waited for its day."""
    return bool(session.scalar(select(exists().where(_outdated(now)))))


def forget_outdated(session: Session, *, now: datetime) -> None:
    """Delete the lists that have waited for their day."""
    session.execute(delete(StagedList).where(_outdated(now)))


def _outdated(now: datetime) -> ColumnElement[bool]:
    """Of a list: its day is over; one that the worker has is never dropped half done."""
    lately = StagedList.asked_at.is_not(None) & (StagedList.asked_at > now - KEPT_FOR)
    the_worker_has_it = StagedList.asked_at.is_not(None) & (StagedList.told == "")
    return (StagedList.at <= now - KEPT_FOR) & ~lately & ~the_worker_has_it


def leave_out(session: Session, is_meant: Callable[[str], bool]) -> None:
    """Take the rows that name somebody out of every list that waits.

    What was kept of looking at lists goes as a whole: it may name whoever is in none of them.
    """
    looks.want_all_again(session)
    for staged in session.scalars(select(StagedList).with_for_update()):
        asked = staged.asked or {}
        if is_meant(asked.get("reason", "")):
            staged.asked = {**asked, "reason": "–"}
        lines = staged.rows.get("lines", [])
        kept = [line for line in lines if not any(map(is_meant, line["values"].values()))]
        if len(kept) < len(lines):
            staged.rows = {**staged.rows, "lines": kept}


def _as_json(sheet: Sheet) -> dict[str, Any]:
    lines = [asdict(line) for line in sheet.lines]
    return {"lines": lines, "ignored": list(sheet.ignored), "remarks": list(sheet.remarks)}


def _sheet(rows: dict[str, Any]) -> Sheet:
    lines = tuple(Line(**line) for line in rows["lines"])
    return Sheet(lines, {}, tuple(rows["ignored"]), tuple(rows.get("remarks", ())))
