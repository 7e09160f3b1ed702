"""Several machines on one PostgreSQL, each with a folder of its own."""

import contextlib
import hashlib
import io
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from induction.config import Settings
from induction.database import utc_now, writing
from induction.people.models import Role
from induction.reports.models import BreachPicture
from induction.signing import keys
from induction.signing.models import SharedCertificate
from induction.signing.pades import validate
from tests.conftest import AppMaker
from tests.integration.serving.test_deploy import tool
from tests.load.torture import Crowd, look, people, torture
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.places import TINY
from tests.support.record import rows
from tests.support.server import Server
from tests.support.sockets import free_port

pytestmark = pytest.mark.postgres
SECRET = "the same on all of them"
PASSPHRASE = {"INDUCTION_KEY_PASSPHRASE": "orchard lantern copper"}


class Machines:
    """Machines by name: their settings, and applications as they start there."""

    def __init__(self, folder: Path, database: str, make_app: AppMaker) -> None:
        self.folder, self.database, self.make_app = folder, database, make_app

    def environ(self, name: str, **more: str) -> dict[str, str]:
        return {
            "INDUCTION_INSTANCE": str(self.folder / name),
            "DATABASE_URL": self.database,
            "SECRET_KEY": SECRET,
            "INDUCTION_CONTENT": str(TINY),
            "INDUCTION_POLICY": "visitor-safety",
            **more,
        }

    def start(self, name: str, **more: str) -> Flask:
        return self.make_app(Settings.from_environment(self.environ(name, **more)))


@pytest.fixture
def machines(make_app: AppMaker, postgres_url: str, tmp_path: Path) -> Machines:
    return Machines(tmp_path, postgres_url, make_app)


def red() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(out, "PNG")
    return out.getvalue()


def at(app: Flask, cast: Cast, role: Role) -> Visitor:
    """Somebody new, signed in at this machine."""
    visitor = app.test_client()
    assert isinstance(visitor, Visitor)
    visitor.let_in(cast.account(role))
    return visitor


def report(visitor: Visitor) -> str:
    """Report a problem with a picture; the picture's address."""
    form = {"about": "rule", "what": "See it", "csrf_token": visitor.token()}
    files = {"pictures": (io.BytesIO(red()), "a.png")}
    assert visitor.post("/report", data={**form, **files}).status_code == 303
    sql = (
        "SELECT r.public_id, p.id FROM breach_report r JOIN breach_picture p ON p.report_id = r.id"
    )
    ((public_id, number),) = rows(visitor.application, sql)
    return f"/compliance/reports/{public_id}/pictures/{number}.png"


def fingerprint(app: Flask) -> str:
    return str(app.extensions["signer"].fingerprint)


def doctor(app: Flask) -> str:
    return app.test_cli_runner().invoke(args=["doctor"]).output


def test_what_is_sent_to_one_machine_is_read_on_the_other(machines: Machines) -> None:
    one, other = machines.start("one", **PASSPHRASE), machines.start("other", **PASSPHRASE)
    assert fingerprint(one) == fingerprint(other), "they sign with one key"
    cast = Cast(one)
    reads = at(other, cast, Role.COMPLIANCE)
    shown = reads.get(report(at(one, cast, Role.TUTOR)))
    assert Image.open(io.BytesIO(shown.data)).convert("RGB").getpixel((1, 1)) == (255, 0, 0)

    learner = cast.learner()
    pdf = cast.signed_in(learner).get(f"/certificates/{cast.graduate(learner)}.pdf").data
    assert validate(pdf, other.extensions["signer"].known()).valid
    assert "ok    Machines" in doctor(other)


def test_a_machine_with_a_key_of_its_own_does_not_start(machines: Machines) -> None:
    one = machines.start("one")
    with pytest.raises(keys.KeyFault, match=f"INDUCTION_SIGNING_P12.*{fingerprint(one)[:16]}"):
        machines.start("other")
    with pytest.raises(keys.KeyFault, match="give all machines the same"):
        machines.start("other", **PASSPHRASE)  # the first has not shared its key


def test_a_passphrase_that_does_not_open_the_shared_key_is_refused(machines: Machines) -> None:
    machines.start("one", **PASSPHRASE)
    with pytest.raises(keys.KeyFault, match="INDUCTION_KEY_PASSPHRASE: it does not open"):
        machines.start("other", INDUCTION_KEY_PASSPHRASE="something else entirely")


def test_after_a_new_key_the_others_take_it_at_their_next_start(machines: Machines) -> None:
    one = machines.start("one", **PASSPHRASE)
    before, old = fingerprint(machines.start("other", **PASSPHRASE)), fingerprint(one)
    said = one.test_cli_runner().invoke(args=["certificates", "rotate-key"])
    assert said.exit_code == 0, said.output
    assert "fail  Machines: This machine signs with another key" in doctor(one), "until it restarts"
    other = machines.start("other", **PASSPHRASE)
    assert before == old != fingerprint(other)
    known = {
        keys.fingerprint(c)
        for c in machines.start("third", **PASSPHRASE).extensions["signer"].known()
    }
    assert known == {old, fingerprint(other)}, "what the old key signed validates on a new machine"


def test_a_certificate_that_no_machine_vouches_for_is_not_believed(
    machines: Machines, tmp_path: Path
) -> None:
    one = machines.start("one", **PASSPHRASE)
    stranger = keys.open_keys(tmp_path / "stranger", lambda: "A stranger", utc_now())
    pem = stranger.certificate.public_bytes(keys._PEM).decode()
    with one.app_context(), writing() as session:
        genuine = session.scalars(select(SharedCertificate)).one()
        session.add(
            SharedCertificate(
                name="stranger.pem",
                vouched_by=fingerprint(one),
                pem=pem,
                signature=genuine.signature,
            )
        )
    known = machines.start("other", **PASSPHRASE).extensions["signer"].known()
    assert [keys.fingerprint(c) for c in known] == [fingerprint(one)]


def test_another_secret_key_is_named_by_the_doctor(machines: Machines) -> None:
    one = machines.start("one", **PASSPHRASE)
    assert "ok    Machines" in doctor(one)
    machines.start("other", SECRET_KEY="another one, at the other", **PASSPHRASE)
    assert "fail  Machines: This machine has another SECRET_KEY" in doctor(one)


def test_pictures_of_an_earlier_release_are_taken_in_by_the_machine_that_has_them(
    machines: Machines, tmp_path: Path
) -> None:
    one = machines.start("one", **PASSPHRASE)
    cast = Cast(one)
    reads = at(one, cast, Role.COMPLIANCE)
    picture = report(at(one, cast, Role.TUTOR))
    with one.app_context(), writing() as session:
        row = session.scalars(select(BreachPicture)).one()
        png, row.png = row.png, None  # as migrations leave what was kept as a file
        digest = row.sha256
    assert png
    uploads = tmp_path / "other" / "uploads"
    uploads.mkdir(parents=True)
    (uploads / f"{digest}.png").write_bytes(png)
    nobodys = uploads / f"{hashlib.sha256(b'x').hexdigest()}.png"
    nobodys.write_bytes(b"x")
    assert reads.get(picture).status_code == 404
    machines.start("other", **PASSPHRASE)
    assert reads.get(picture).data == png
    assert not list(uploads.iterdir()), "of an erased person nothing is left either"


@pytest.fixture
def balanced(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """nginx in front of the servers at these ports, each request to another; its address."""
    port, running = free_port(), []

    def start(*ports: int) -> str:
        servers = "".join(f"server 127.0.0.1:{upstream};" for upstream in ports)
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        paths = "".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in kinds)
        config = tmp_path / "nginx.conf"
        config.write_text(
            f"daemon off; master_process off; pid {tmp_path}/pid; error_log stderr; events {{}}"
            f" http {{ access_log off; {paths} upstream machines {{ {servers} }}"
            f" server {{ listen 127.0.0.1:{port};"
            " location / { proxy_pass http://machines; proxy_set_header Host $host; } } }"
        )
        command = [tool("nginx"), "-e", "stderr", "-p", str(tmp_path), "-c", str(config)]
        running.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
        until = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            assert time.monotonic() < until
            time.sleep(0.05)
        return f"http://127.0.0.1:{port}"

    yield start
    for process in running:
        process.terminate()
        process.wait(20)


AT_ONCE = 4  # learners


def test_one_machine_is_killed_under_load_and_nothing_is_lost(
    machines: Machines, tmp_path: Path, balanced: Callable[..., str]
) -> None:
    app = machines.start("one", **PASSPHRASE)
    emails = people(app, 200)
    servers = [
        Server(
            machines.environ(name, **PASSPHRASE), tmp_path / f"{name}.log", options=("--workers=1",)
        )
        for name in ("one", "other")
    ]
    try:
        for server in servers:
            server.wait_until_ready()

        def kill_one() -> None:
            servers[1].kill()
            time.sleep(1)  # the other serves alone
            servers[1].restart()

        front = balanced(*(server.port for server in servers))
        crowd = Crowd((front,), app.extensions["content"].policy, emails)
        result = torture(crowd, [kill_one], seconds=4, at_once=AT_ONCE)
    finally:
        for server in servers:
            server.stop()
    look(app, result)
    assert result.wrong == []
    assert result.certified > 0
    failed = [deed.status for deed in result.deeds if deed.status >= 500 or not deed.status]
    assert len(failed) <= AT_ONCE * result.faults.total(), "no more than were on their way"
