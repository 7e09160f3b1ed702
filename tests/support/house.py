"""A real server that teaches the small policy, and an application that looks into its database."""

import http.client
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from flask import Flask

from induction import create_app
from induction.config import Settings
from induction.extensions import db
from induction.people.models import Account
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.learner import Learner
from tests.support.places import TINY
from tests.support.queries import Watch
from tests.support.record import rows
from tests.support.server import Server

Answer = tuple[int, str, bytes]  # status, where it leads, body
COUNTED = {
    "answers": "answer w JOIN attempt a ON a.id = w.attempt_id"
    " JOIN enrolment e ON e.id = a.enrolment_id WHERE e.account_id = :id",
    "declarations": "declaration d JOIN enrolment e ON e.id = d.enrolment_id"
    " WHERE e.account_id = :id",
    "renewals": "allowance a JOIN enrolment e ON e.id = a.enrolment_id"
    " WHERE e.account_id = :id AND a.kind = 'renewal'",
    "certificates": "certificate WHERE account_id = :id",
    "current": "current_certificate WHERE account_id = :id",
    "records": "certificate_record r JOIN certificate c ON c.id = r.certificate_id"
    " WHERE c.account_id = :id",
    "files": "certificate_file f JOIN certificate c ON c.id = f.certificate_id"
    " WHERE c.account_id = :id",
    "complete": "progress p JOIN enrolment e ON e.id = p.enrolment_id"
    " WHERE e.account_id = :id AND p.state = 'complete'",
}


@dataclass
class House:
    """The server, the application beside it, and the people."""

    server: Server
    app: Flask
    cast: Cast

    def request(
        self, learner: Learner, method: str, path: str, body: dict[str, list[str]] | None = None
    ) -> Answer:
        """Ask the server with this learner's cookie."""
        cookie = learner.visitor.get_cookie("induction")
        assert cookie is not None
        connection = http.client.HTTPConnection(urlsplit(self.server.url).netloc, timeout=60)
        headers = {
            "Cookie": f"induction={cookie.value}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        try:
            connection.request(method, path, urlencode(body or {}, doseq=True), headers)
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Location", ""), answer.read()
        finally:
            connection.close()

    def count(self, account: Account, what: str) -> int:
        """How many of these this person has."""
        found: int = rows(self.app, f"SELECT count(*) FROM {COUNTED[what]}", id=account.id)[0][0]
        return found

    def acts(self, account: Account, action: str) -> int:
        """How often this person did it, by the record of acts."""
        sql = "SELECT count(*) FROM audit_entry WHERE actor = :actor AND action = :action"
        found: int = rows(self.app, sql, actor=account.actor, action=action)[0][0]
        return found

    def workers(self) -> list[int]:
        """The process ids of the server's workers."""
        return self.server.workers()


@contextmanager
def house(folder: Path, migrated: Path, *options: str, database: str = "") -> Iterator[House]:
    """Start a server on a fresh copy of a migrated instance, or on this database."""
    shutil.copytree(migrated, folder)
    environ = {
        "INDUCTION_INSTANCE": str(folder),
        "INDUCTION_CONTENT": str(TINY),
        "INDUCTION_POLICY": "visitor-safety",
        **({"DATABASE_URL": database} if database else {}),
    }
    with ExitStack() as at_end:
        app = create_app(Settings.from_environment(environ))
        app.config["TESTING"] = True
        app.test_client_class = Visitor
        with app.app_context():
            app.extensions["watch"] = Watch(db.engine)
            at_end.callback(db.engine.dispose)
        server = Server(environ, folder.parent / "server.log", options=options)
        at_end.callback(server.stop)
        yield House(server.wait_until_ready(), app, Cast(app))
