"""Where a word is still found after it was let go of: tables, the files below them, a backup."""

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from induction.extensions import db
from tests.support.record import rows

MOST_WIPES = 5


def traces(
    app: Flask, *words: str, backup: Path, again: Callable[[Session], None] | None = None
) -> list[str]:
    """Each place that has one of these words, in whatever letter case.

    A backup is made for it. PostgreSQL's write-ahead log is not looked at: it is kept until it is
    used again, as docs/security.md says. Its pages keep what somebody may still see, and on a
    server that others use they may for a while: ``again`` is the wipe that is then made once more.
    """
    wanted = [word.casefold().encode() for word in words]
    made = app.test_cli_runner().invoke(args=["backup", str(backup)])
    assert made.exit_code == 0, made.output
    found = _with(wanted, [*_tables(app), *_files(app), *_inside(backup)])
    for _ in range(MOST_WIPES):
        if not again or not all(place.startswith("page ") for place in found):
            break
        with app.app_context():
            again(db.session())
        found = _with(wanted, _files(app))
    return found


def _with(wanted: list[bytes], places: Iterable[tuple[str, bytes]]) -> list[str]:
    return sorted({name for name, data in places if any(word in data for word in wanted)})


def _tables(app: Flask) -> Iterator[tuple[str, bytes]]:
    for table in db.metadata.sorted_tables:
        held = rows(app, f'SELECT * FROM "{table.name}"')
        yield f"table {table.name}", _plain(repr(held).encode())


def _files(app: Flask) -> Iterator[tuple[str, bytes]]:
    folders = {"file": app.extensions["settings"].instance}
    with app.app_context():
        if db.engine.dialect.name == "postgresql":
            folders["page"] = _pages()
        db.engine.dispose()
    for kind, folder in folders.items():
        for path in filter(Path.is_file, folder.rglob("*")):
            yield f"{kind} {path.relative_to(folder)}", _plain(path.read_bytes())


def _pages() -> Path:
    """The folder in which PostgreSQL keeps this database, with everything written out."""
    where = (
        "SELECT current_setting('data_directory') || '/base/' || oid"
        " FROM pg_database WHERE datname = current_database()"
    )
    with db.engine.connect() as connection:
        connection.execute(text("CHECKPOINT"))
        return Path(connection.execute(text(where)).scalar_one())


def _inside(backup: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(backup) as pack:
        for name in pack.namelist():
            yield f"backup {name}", _plain(pack.read(name))


def _plain(data: bytes) -> bytes:
    """In one letter case where it is text, with letters that JSON writes as escapes written out."""
    try:
        whole = data.decode()
    except UnicodeDecodeError:
        return data.lower()
    letters = re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), whole)
    return letters.casefold().encode("utf-8", "replace")
