"""A PostgreSQL server for the tests: one of our own, or the one on this machine.

Ours need not outlive the tests and waits for no disk: a database is made there ten times as fast,
and in memory ten times as fast again.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from tests.support.sockets import free_port

NEAR = (
    "postgresql://postgres@127.0.0.1:5432/test",
    "postgresql://postgres@127.0.0.1:5432/postgres",
)
PLACES = (  # a folder, and where below it each version keeps its programs
    ("/usr/lib/postgresql", "*/bin"),
    ("/opt/homebrew/opt", "postgresql@*/bin"),
    ("/usr/local/opt", "postgresql@*/bin"),
)
STARTS_WITHIN = 30.0  # seconds
AT_EASE = (
    "-F",
    "-c",
    "synchronous_commit=off",
    "-c",
    "full_page_writes=off",
)  # nothing outlives it


class NoPostgresError(Exception):
    """There is no server and none can be started."""


@contextmanager
def server(inside: Path | None = None) -> Iterator[str]:
    """The address of a server on which databases may be made, for psycopg.

    One of our own keeps them inside this folder, or where temporary files are.
    """
    programs = _programs()
    if programs is not None:
        with _own_server(programs, inside) as address:
            yield address
        return
    yield near()


def near() -> str:
    """The address of the one on this machine, which is there before and after."""
    for address in NEAR:
        if _may_create(address):
            return address
    raise NoPostgresError("no PostgreSQL is installed: `make test` installs it")


@contextmanager
def database(server_address: str, template: str = "") -> Iterator[str]:
    """A fresh database, empty or a copy of another; yields its address for SQLAlchemy."""
    name = f"induction_test_{os.urandom(6).hex()}"  # unlike any other of any run
    made_from = sql.SQL("TEMPLATE {}").format(sql.Identifier(template or "template0"))
    empty = sql.SQL("" if template else "ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
    create = sql.SQL("CREATE DATABASE {} {} {}").format(sql.Identifier(name), made_from, empty)
    drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(server_address, autocommit=True) as connection:
        connection.execute(create)
        try:
            where = server_address.rsplit("/", 1)[0].split("://", 1)[1]
            yield f"postgresql+psycopg://{where}/{name}"
        finally:
            connection.execute(drop)


def make_anew(server_address: str, name: str, template: str) -> None:
    """Let the database of this name be a fresh copy of another."""
    drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
        sql.Identifier(name), sql.Identifier(template)
    )
    with psycopg.connect(server_address, autocommit=True) as connection:
        connection.execute(drop)
        connection.execute(create)


def end_every_session(address: str) -> None:
    """Of this database, as an administrator does, or a failover."""
    with psycopg.connect(address.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def _may_create(address: str) -> bool:
    rights = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
    with (
        contextlib.suppress(psycopg.Error),
        psycopg.connect(address, connect_timeout=3) as connection,
    ):
        row = connection.execute(rights).fetchone()
        return bool(row and row[0])
    return False


@contextmanager
def _own_server(programs: Path, inside: Path | None) -> Iterator[str]:
    """A server in a temporary folder, ended with the block. PostgreSQL refuses to run as root."""
    user = unprivileged_user()
    group = pwd.getpwnam(user).pw_gid if user else None
    folder = Path(tempfile.mkdtemp(prefix="induction-postgres-", dir=inside))
    data, port = folder / "data", free_port()
    initdb: list[str | Path] = [programs / "initdb", "-D", data]
    initdb += ["-A", "trust", "-U", "postgres", "-E", "UTF8", "-N"]
    # Linux ends it even where the tests are killed and cannot.
    with_us = ["setpriv", "--pdeathsig", "INT", "--"] if shutil.which("setpriv") else []
    serve: list[str | Path] = [*with_us, programs / "postgres", "-D", data]
    serve += ["-k", folder, "-h", "127.0.0.1", "-p", str(port), *AT_EASE]
    process: subprocess.Popen[bytes] | None = None
    try:
        if user:
            shutil.chown(folder, user)
        subprocess.run(
            initdb, cwd=folder, user=user, group=group, check=True, stdout=subprocess.DEVNULL
        )
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                serve, cwd=folder, user=user, group=group, stdout=log, stderr=log
            )
        address = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        _wait_for(address, process, folder / "log")
        yield address
    finally:
        if process is not None:
            process.send_signal(signal.SIGINT)  # whoever is still connected is cut off
            process.wait(STARTS_WITHIN)
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path | None:
    """The folder with ``initdb`` and ``postgres`` of the newest PostgreSQL here, if any is."""
    found = [folder for top, below in PLACES for folder in Path(top).glob(below)]
    if found:
        return max(found, key=lambda folder: int(folder.parent.name.rpartition("@")[2]))
    on_path = shutil.which("postgres")
    return Path(on_path).parent if on_path else None


def unprivileged_user() -> str | None:
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(address, connect_timeout=2).close()
            return
        time.sleep(0.1)
    raise NoPostgresError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")
