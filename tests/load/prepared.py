"""An institute to send people through: made once where it is kept, and copied for each run."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

from induction import create_app
from induction.config import Settings
from induction.curriculum.model import Policy
from induction.extensions import db
from induction.policy.store import content
from induction.schema import newest
from tests.bench.institute import build
from tests.support import postgres

WHOLE = "whole"  # a file beside what is kept, written last


@dataclass(frozen=True)
class Prepared:
    """Where it is, what is taught, and who is to come."""

    settings: dict[str, str]
    policy: Policy
    emails: tuple[str, ...]


@contextmanager
def prepared(
    kind: str, folder: Path, *, learners: int, coming: int, keep: Path | None
) -> Iterator[Prepared]:
    """A fresh copy in this folder, and on PostgreSQL in a database of its own.

    Where the original is to be kept in a folder, it is made only where it is not there for these
    numbers and this schema.
    """
    original = (keep or folder) / f"{kind}-{learners}-{coming}-{newest()}"
    with ExitStack() as at_end:
        url = ""
        if kind == "sqlite":
            if not (original / WHOLE).exists():
                _make(original, learners, coming)
        else:
            server = at_end.enter_context(postgres.server())
            name = f"induction_load_{learners}_{coming}_{newest()}"
            if not ((original / WHOLE).exists() and _is_there(server, name)):
                _drop(server, name)
                _create(server, name)
                where = server.split("://", 1)[1].rpartition("/")[0]
                _make(original, learners, coming, f"postgresql+psycopg://{where}/{name}")
            if keep is None:
                at_end.callback(_drop, server, name)
            url = at_end.enter_context(postgres.database(server, template=name))
        here = folder / "instance"
        shutil.copytree(original, here)
        settings = {"INDUCTION_INSTANCE": str(here), "DATABASE_URL": url}
        app = create_app(Settings.from_environment(settings))
        with app.app_context():
            policy = content().policy
            db.engine.dispose()
        emails = tuple(f"answering{number}@bench.example" for number in range(coming))
        yield Prepared(settings, policy, emails)


def _make(original: Path, learners: int, coming: int, database: str = "") -> None:
    shutil.rmtree(original, ignore_errors=True)
    build(original, learners, answering=coming, database=database)
    (original / WHOLE).touch()


def _is_there(server: str, name: str) -> bool:
    with psycopg.connect(server) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
        return found.fetchone() is not None


def _drop(server: str, name: str) -> None:
    _change(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _create(server: str, name: str) -> None:
    empty = "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
    _change(server, f"CREATE DATABASE {{}} {empty}", name)


def _change(server: str, words: LiteralString, name: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL(words).format(sql.Identifier(name)))
