"""pgbouncer in transaction mode, between the application and PostgreSQL, that can be away."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.postgres import unprivileged_user
from tests.support.sockets import free_port

PLACES = "/usr/sbin:/usr/local/bin:/opt/homebrew/bin"
CONNECTIONS = 2  # for everybody


class NoPoolerError(Exception):
    """There is no pgbouncer here."""


class Pooler:
    """A process of pgbouncer on a port of its own."""

    def __init__(self, folder: Path, behind: str) -> None:
        program = shutil.which("pgbouncer", path=PLACES)
        if program is None:
            raise NoPoolerError("no pgbouncer: `make test` installs it")
        self._user, self.port = unprivileged_user(), free_port()
        settings = folder / "pooler.ini"
        settings.write_text(
            f"""
[databases]
* = {behind}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self.port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {CONNECTIONS}
log_connections = 0
log_disconnections = 0
log_pooler_errors = 0
"""
        )
        if self._user:  # it refuses to run as root
            shutil.chown(folder, self._user)
        self._command = [program, str(settings)]
        self._process: subprocess.Popen[str] | None = None
        self.up()

    def up(self) -> None:
        """Let connections in."""
        process = subprocess.Popen(
            self._command, user=self._user, stderr=subprocess.PIPE, text=True
        )
        assert process.stderr
        said = list(takewhile(lambda line: "process up" not in line, process.stderr))
        assert process.poll() is None, said
        self._process = process

    def down(self) -> None:
        """Every connection is cut and none is let in, as where the primary has gone."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        if self._process.stderr:
            self._process.stderr.close()
        self._process = None


@contextmanager
def pooled(url: str) -> Iterator[tuple[Pooler, str]]:
    """A pooler before the server of this database, and the database's address behind it."""
    where, name = url.split("://", 1)[1].rsplit("/", 1)
    who, _, address = where.rpartition("@")
    host, _, port = address.partition(":")
    user = who.partition(":")[0] or "postgres"
    with TemporaryDirectory(prefix="induction-pooler-") as folder:
        pooler = Pooler(Path(folder), f"host={host} port={port or 5432} user={user}")
        try:
            yield pooler, f"postgresql+psycopg://{who}@127.0.0.1:{pooler.port}/{name}"
        finally:
            pooler.down()
