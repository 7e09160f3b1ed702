"""Making and restoring a backup: one ZIP with every table, and what the instance folder keeps.

The tables are read in one transaction, so the copy is of one moment, however busy the server is.
"""

import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from flask_migrate import upgrade
from sqlalchemy import Connection, Engine, Table, func, select, text
from sqlalchemy.orm import Session

from induction.backup import tables
from induction.backup.sealing import sealed_for
from induction.backup.values import as_json, from_json
from induction.extensions import db
from induction.personal_data import erasures
from induction.refusals import InvalidInput
from induction.schema import newest, present, revisions

FORMAT = "learner-induction/backup/1"
KEPT_FOLDERS = ("keys", "checkpoints", "uploads", erasures.FOLDER)
KEPT_FILES = ("secret_key",)
BATCH = 500
# Nothing of these is copied or put back: what waits for a day, what lets somebody in, and what
# each start writes anew from the folder of keys. A session that was ended, and a link that was
# used, would otherwise work again. Nor what is kept of people, which follows from the rest:
# while that is put back, the database notes everybody as changed.
PASSING = {
    "import_draft", "list_look", "list_page", "sign_in", "one_time_link", "passkey_challenge",
    "counted_try", "newcomer",
    "shared_key", "shared_certificate", "account_changed", "account_word", "counted_as",
    "counted_on", "standing",
}  # fmt: skip


class NotABackup(InvalidInput):
    """The file cannot be restored here. The message says why."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What is in a backup: rows of each table, and how many files."""

    revision: str
    rows: dict[str, int]
    files: int


def row_count(engine: Engine) -> int:
    """How many rows a backup of this database would have."""
    with engine.connect() as connection:
        counts = (
            connection.scalar(select(func.count()).select_from(t))
            for t in tables.present(connection)
        )
        return sum(count or 0 for count in counts)


def make(
    engine: Engine,
    instance: Path,
    target: Path,
    *,
    now: datetime,
    tick: Callable[[int], None],
    to: str = "",
) -> Summary:
    """Write a backup to ``target``; the file appears only when it is whole.

    Nobody else can read it, at no moment. With ``to``, an age recipient, it is encrypted as it is
    written. Raises NotSealed where that is none.
    """
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600, exist_ok=False)
    with ExitStack() as at_end:
        file = at_end.enter_context(partial.open("wb"))
        made = _pour(
            engine,
            instance,
            at_end.enter_context(sealed_for(to, file)) if to else file,
            now=now,
            tick=tick,
        )
    partial.replace(target)
    return made


def _pour(
    engine: Engine,
    instance: Path,
    into: IO[bytes],
    *,
    now: datetime,
    tick: Callable[[int], None],
) -> Summary:
    """Every table and file, of one moment, as a ZIP."""
    rows: dict[str, int] = {}
    snapshot = engine
    if engine.dialect.name == "postgresql":  # SQLite sees one moment in any transaction
        snapshot = engine.execution_options(isolation_level="REPEATABLE READ")
    with (
        snapshot.connect() as connection,
        zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as pack,
    ):
        revision = connection.scalar(text(f"SELECT version_num FROM {tables.VERSION_TABLE}"))  # noqa: S608
        for table in tables.present(connection):
            with pack.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as file:
                rows[table.name] = 0
                for line in _lines(connection, table):
                    file.write(line)
                    rows[table.name] += 1
                    tick(1)
        files = [path for path in _kept(instance) if path.is_file()]
        for path in files:
            pack.write(path, f"instance/{path.relative_to(instance).as_posix()}")
        about = {"format": FORMAT, "revision": revision, "made_at": now.isoformat(), "rows": rows}
        pack.writestr("backup.json", json.dumps(about, indent=1))
    return Summary(str(revision), rows, len(files))


def _kept(instance: Path) -> Iterator[Path]:
    for folder in KEPT_FOLDERS:
        yield from sorted((instance / folder).rglob("*"))
    yield from (instance / name for name in KEPT_FILES)


def _lines(connection: Connection, table: Table) -> Iterator[bytes]:
    if table.name in PASSING:
        return
    result = connection.execution_options(yield_per=BATCH).execute(select(table))
    for row in result:
        values = [as_json(value) for value in row]
        yield json.dumps(values, ensure_ascii=False).encode() + b"\n"


def is_empty(session: Session) -> bool:
    """Whether nobody has an account here yet."""
    if present(session) is None:
        return True
    return not session.scalar(text("SELECT count(*) FROM account"))


def read_about(pack: zipfile.ZipFile) -> dict[str, Any]:
    """What the backup says of itself. Raises NotABackup."""
    try:
        about: dict[str, Any] = json.loads(pack.read("backup.json"))
    except (KeyError, ValueError) as error:
        raise NotABackup("this is not a backup of Learner Induction") from error
    if about.get("format") != FORMAT:
        raise NotABackup(f"this backup has another format: {about.get('format')}")
    if about.get("revision") not in revisions():
        raise NotABackup("this backup was made by a newer release; install that release first")
    return about


def restore(
    engine: Engine, instance: Path, pack: zipfile.ZipFile, tick: Callable[[int], None]
) -> Summary:
    """Put a backup back. The database must be empty or absent: see ``set_aside``.

    The schema is first made as it was, then filled in one transaction, then brought up to date.
    """
    about = read_about(pack)
    upgrade(revision=about["revision"])
    with engine.begin() as connection:
        here = tables.present(connection)
        unknown = set(about["rows"]) - {t.name for t in here}
        if unknown:
            raise NotABackup(f"this backup has tables that are not known here: {sorted(unknown)}")
        for table in reversed(here):
            connection.execute(table.delete())  # the few rows that a new database begins with
        for table in here:
            if table.name not in PASSING:
                _fill(connection, table, pack, tick)
    files = _put_files_back(instance, pack)
    if about["revision"] != newest():
        upgrade()
    return Summary(about["revision"], about["rows"], files)


def _fill(
    connection: Connection, table: Table, pack: zipfile.ZipFile, tick: Callable[[int], None]
) -> None:
    naive = connection.dialect.name == "sqlite"
    columns = list(table.columns)
    name = f"tables/{table.name}.jsonl"
    if name not in pack.namelist():
        raise NotABackup(f"the table {table.name} is missing in this backup")
    with pack.open(name) as file:
        batch: list[dict[str, Any]] = []
        for line in file:
            values = json.loads(line)
            if not isinstance(values, list) or len(values) != len(columns):
                raise NotABackup(f"the table {table.name} has other columns in this backup")
            batch.append(
                {
                    c.name: from_json(v, c.type, naive=naive)
                    for c, v in zip(columns, values, strict=True)
                }
            )
            if len(batch) == BATCH:
                connection.execute(table.insert(), batch)
                tick(len(batch))
                batch = []
        if batch:
            connection.execute(table.insert(), batch)
            tick(len(batch))
    if connection.dialect.name == "postgresql":
        _move_sequence(connection, table)


def _move_sequence(connection: Connection, table: Table) -> None:
    """Let the next row's id come after those that were restored."""
    for column in table.primary_key.columns:
        sequence = connection.scalar(
            select(func.pg_get_serial_sequence(f'"{table.name}"', column.name))
        )
        if sequence:
            top = connection.scalar(select(func.max(column)))
            connection.execute(select(func.setval(sequence, top or 1, top is not None)))


def _put_files_back(instance: Path, pack: zipfile.ZipFile) -> int:
    """The instance's files, each in its own folder and nowhere else."""
    count = 0
    for item in pack.infolist():
        if not item.filename.startswith("instance/") or item.is_dir():
            continue
        path = (instance / item.filename.removeprefix("instance/")).resolve()
        inside = path.relative_to(instance.resolve()).parts if _is_inside(path, instance) else ()
        if not inside or inside[0] not in (*KEPT_FOLDERS, *KEPT_FILES):
            raise NotABackup(f"this backup has a file that does not belong: {item.filename}")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with pack.open(item) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)
        path.chmod(0o600)
        count += 1
    return count


def _is_inside(path: Path, folder: Path) -> bool:
    return path.is_relative_to(folder.resolve())


ASIDE = "before_restore"  # the schema, or the ending of the file, that holds what was there


def set_aside(engine: Engine) -> None:
    """Move what is in a database out of the way, so that a backup can be put in its place."""
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(text(f"ALTER SCHEMA public RENAME TO {ASIDE}"))
            connection.execute(text("CREATE SCHEMA public"))
        return
    _move_files(engine, "", f".{ASIDE}")


def bring_back(engine: Engine) -> None:
    """Undo ``set_aside``: what was there is there again."""
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text(f"ALTER SCHEMA {ASIDE} RENAME TO public"))
        return
    _move_files(engine, f".{ASIDE}", "")


def forget_aside(engine: Engine) -> None:
    """The backup is in place: what was set aside goes."""
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {ASIDE} CASCADE"))
        return
    for path in _files(engine, f".{ASIDE}"):
        path.unlink(missing_ok=True)


def _files(engine: Engine, ending: str) -> list[Path]:
    path = Path(engine.url.database or "")
    return [path.with_name(path.name + ending + suffix) for suffix in ("", "-wal", "-shm")]


def _move_files(engine: Engine, ending: str, to: str) -> None:
    """The file and its journal; whatever stands at the other name goes."""
    db.session.remove()
    engine.dispose()
    for source, target in zip(_files(engine, ending), _files(engine, to), strict=True):
        target.unlink(missing_ok=True)
        if source.exists():
            source.replace(target)
