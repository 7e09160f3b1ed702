"""t11, t26: many requests in one moment, on a real server of two processes, on both databases."""

import http.client
import secrets
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

import pytest
from flask import Flask

from induction import create_app
from induction.certificates import delivery
from induction.certificates.queries import by_number
from induction.config import Settings
from induction.database import utc_now
from induction.extensions import db
from induction.people.models import Account
from tests.conftest import _close, _prepared
from tests.support import postgres
from tests.support.cast import PASSWORD, Cast
from tests.support.learner import Learner
from tests.support.places import TINY
from tests.support.record import rows
from tests.support.server import Server

AT_ONCE = 10
T = TypeVar("T")


@dataclass
class House:
    """A server, and an application on the same database through which to look into it."""

    server: Server
    app: Flask
    cast: Cast

    def request(
        self, learner: Learner, method: str, path: str, body: dict[str, list[str]] | None = None
    ) -> tuple[int, str, bytes]:
        """Ask the server with this learner's cookie: status, where it leads, body."""
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


@pytest.fixture(scope="module", params=["sqlite", pytest.param("pg", marks=pytest.mark.postgres)])
def house(
    request: pytest.FixtureRequest,
    migrated_instance: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house") / "instance"
    shutil.copytree(migrated_instance, folder)
    environ = {
        "INDUCTION_INSTANCE": str(folder),
        "INDUCTION_CONTENT": str(TINY),
        "INDUCTION_POLICY": "visitor-safety",
    }
    with ExitStack() as at_end:
        if request.param == "pg":
            address = request.getfixturevalue("postgres_server")
            template = request.getfixturevalue("migrated_postgres")
            environ["DATABASE_URL"] = at_end.enter_context(postgres.database(address, template))
        app = _prepared(create_app(Settings.from_environment(environ)))
        at_end.callback(_close, app)
        server = Server(environ, folder.parent / "server.log")
        at_end.callback(server.stop)
        yield House(server.wait_until_ready(), app, Cast(app))


def at_once(many: list[Callable[[], T]]) -> list[T]:
    """Do all of this in the same moment."""
    ready = Barrier(len(many))

    def one(what: Callable[[], T]) -> T:
        ready.wait()
        return what()

    with ThreadPoolExecutor(len(many)) as threads:
        return list(threads.map(one, many))


def send(house: House, me: Learner) -> tuple[int, str, bytes]:
    """Answer the question that is on this learner's page."""
    return house.request(me, "POST", me.path, me.form.filled(option=me.choice()))


def of(house: House, account: Account, what: str) -> int:
    """How many answers, declarations or certificates this person has, or acts on record."""
    sql = {
        "answers": "SELECT count(*) FROM answer w JOIN attempt a ON a.id = w.attempt_id"
        " JOIN enrolment e ON e.id = a.enrolment_id WHERE e.account_id = :id",
        "declarations": "SELECT count(*) FROM declaration d JOIN enrolment e"
        " ON e.id = d.enrolment_id WHERE e.account_id = :id",
        "certificates": "SELECT count(*) FROM certificate WHERE account_id = :id",
        "files": "SELECT count(*) FROM certificate_file f JOIN certificate c"
        " ON c.id = f.certificate_id WHERE c.account_id = :id",
    }[what]
    found: int = rows(house.app, sql, id=account.id)[0][0]
    return found


def acts(house: House, account: Account, action: str) -> int:
    """How often this person did it, by the record."""
    sql = "SELECT count(*) FROM audit_entry WHERE actor = :actor AND action = :action"
    found: int = rows(house.app, sql, actor=account.actor, action=action)[0][0]
    return found


def test_t26_ten_learners_may_be_the_first_at_once(house: House) -> None:
    people = [house.cast.learner(f"Learner {n}", email=f"first{n}@b.example") for n in range(10)]
    learners = [house.cast.taking(person) for person in people]
    for learner in learners:
        learner.to_question()
    answers = at_once([partial(send, house, learner) for learner in learners])
    assert [status for status, _, _ in answers] == [303] * 10
    assert [of(house, person, "answers") for person in people] == [1] * 10
    assert rows(house.app, "SELECT count(*) FROM content_version") == [(1,)]


def test_t11_ten_submits_at_once_are_one_answer(house: House) -> None:
    account = house.cast.learner(email="ten@b.example")
    learner = house.cast.taking(account)
    learner.to_question()
    options = learner.form.options["option"]
    forms = [learner.form.filled(option=options[n % len(options)]) for n in range(AT_ONCE)]
    answers = at_once(
        [partial(house.request, learner, "POST", learner.path, form) for form in forms]
    )
    assert {status for status, _, _ in answers} == {303}
    assert of(house, account, "answers") == 1
    assert acts(house, account, "journey:answered") == 1


def test_t11_two_devices_at_once_give_one_answer(house: House) -> None:
    account = house.cast.learner(email="two@b.example")
    devices = [house.cast.taking(account), house.cast.taking(account)]
    for device in devices:
        device.to_question()
    answers = at_once([partial(send, house, device) for device in devices])
    assert [status for status, _, _ in answers] == [303, 303]
    assert of(house, account, "answers") == 1


def test_t11_signing_ten_times_at_once_gives_one_certificate(house: House) -> None:
    account = house.cast.learner(email="signs@b.example")
    house.cast.advance(account)
    learner = house.cast.taking(account)
    learner.to_declaration()
    form = learner.form.filled(full_name=learner.name, accept="y")
    sign = partial(house.request, learner, "POST", learner.path, form)
    answers = at_once([sign] * AT_ONCE)
    assert {status for status, _, _ in answers} == {303}
    assert len({leads_to.split("?")[0] for _, leads_to, _ in answers}) == 1
    counted = [of(house, account, what) for what in ("declarations", "certificates")]
    counted += [acts(house, account, act) for act in ("journey:declared", "certificates:issued")]
    assert counted == [1, 1, 1, 1]


def test_t11_whoever_downloads_first_at_once_gets_the_same_file(house: House) -> None:
    account = house.cast.learner(email="loads@b.example")
    number = house.cast.graduate(account)
    learner = house.cast.taking(account)
    load = partial(house.request, learner, "GET", f"/certificates/{number}.pdf")
    answers = at_once([load] * 4)
    assert [status for status, _, _ in answers] == [200] * 4
    assert len({body for _, _, body in answers}) == 1
    assert of(house, account, "files") == 1
    assert acts(house, account, "certificates:rendered") == 1
    assert acts(house, account, "certificates:downloaded") == 4


def test_t11_signing_in_many_times_at_once_works_each_time(house: House) -> None:
    account = house.cast.account(email="often@b.example")
    visitor = house.cast.visitor()
    form = visitor.read("/sign-in").form("password")
    values = form.filled(email=account.email, password=PASSWORD)
    someone = Learner(visitor, house.cast.policy, account.full_name)
    enter = partial(house.request, someone, "POST", "/sign-in", values)
    assert [status for status, _, _ in at_once([enter] * AT_ONCE)] == [303] * AT_ONCE


class SlowSigner:
    """Signs for all of several threads in the same moment, for each with other bytes."""

    def __init__(self, threads: int) -> None:
        self.together = Barrier(threads)

    def sign(self, _pdf: bytes) -> bytes:
        self.together.wait()
        return secrets.token_bytes(40)


def test_t11_files_made_at_once_are_stored_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = house.cast.learner(email="makes@b.example")
    number = house.cast.graduate(account)
    signer = SlowSigner(5)
    monkeypatch.setattr(delivery, "render", lambda _record: b"")
    monkeypatch.setattr(delivery, "signer", lambda: signer)

    def make() -> bytes:
        with house.app.app_context():
            held = by_number(db.session(), number)
            assert held is not None
            return delivery.make_file(held, actor=account.actor, now=utc_now())

    assert len(set(at_once([make] * 5))) == 1
    assert of(house, account, "files") == 1


def test_t26_after_all_this_the_chain_of_acts_holds(house: House) -> None:
    found = house.app.test_cli_runner().invoke(args=["audit", "verify"])
    assert found.exit_code == 0, found.output
