"""The files in ``deploy/``: systemd, nginx, containers, as far as one machine can try them."""

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from induction.environment import SECRETS
from tests.conftest import ServerMaker
from tests.support.abilities import cannot_run
from tests.support.server import PROJECT
from tests.support.sockets import free_port

DEPLOY = PROJECT / "deploy"
HOST = "induction.example.ac.uk"


def tool(name: str) -> str:
    """Where it is; system administrators' tools are not on everybody's path."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    return found or cannot_run(f"{name} is not installed: make test installs it on Debian")


# ---- systemd -------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", sorted(DEPLOY.glob("*.service")), ids=lambda unit: unit.stem)
def test_systemd_finds_nothing_wrong_with_a_unit(unit: Path, tmp_path: Path) -> None:
    systemd_analyze = tool("systemd-analyze")
    here = tmp_path / unit.name
    here.write_text(unit.read_text().replace("/srv/learner-induction", str(PROJECT)))
    looked = subprocess.run(
        [systemd_analyze, "verify", "--man=no", str(here)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (looked.returncode, looked.stderr) == (0, "")


# ---- nginx ---------------------------------------------------------------------------------------


class Nginx:
    """nginx with our file, on free ports, with a certificate of a day."""

    def __init__(self, folder: Path, upstream: int) -> None:
        self.port, self.upstream = free_port(), upstream
        self.log = folder / "learner-induction.log"
        self.certificate, key = folder / "induction.pem", folder / "induction.key"
        subprocess.run(
            [tool("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
             "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}",
             "-keyout", key, "-out", self.certificate],
            capture_output=True, check=True,
        )  # fmt: skip
        ours = (DEPLOY / "nginx.conf").read_text()
        for there, here in (
            ("listen 80;", f"listen 127.0.0.1:{free_port()};"),
            ("listen 443 ", f"listen 127.0.0.1:{self.port} "),
            ("/etc/ssl/", f"{folder}/"),
            ("/var/log/nginx/", f"{folder}/"),
            ("127.0.0.1:8000", f"127.0.0.1:{upstream}"),
        ):
            assert there in ours
            ours = ours.replace(there, here)
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        paths = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
        whole = folder / "nginx.conf"
        whole.write_text(
            f"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log stderr;\n"
            f"events {{}}\nhttp {{\naccess_log off;\n{paths}{ours}}}\n"
        )
        self.command = [tool("nginx"), "-e", "stderr", "-p", str(folder), "-c", str(whole)]

    def connect(self) -> ssl.SSLSocket:
        """A TLS connection that has checked the certificate."""
        trust = ssl.create_default_context(cafile=str(self.certificate))
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        return trust.wrap_socket(plain, server_hostname=HOST)

    def get(self, path: str) -> bytes:
        """The whole answer."""
        with self.connect() as connection:
            connection.sendall(
                f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode()
            )
            return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.fixture
def nginx(serve: ServerMaker, tmp_path: Path) -> Iterator[Nginx]:
    """nginx in front of one web worker: with two it is chance which of them is held up."""
    front = Nginx(tmp_path, serve("--workers=1").port)
    process = subprocess.Popen(front.command)
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                front.connect().close()
                break
            except ConnectionRefusedError:
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield front
    finally:
        process.terminate()
        process.wait(20)


def test_nginx_finds_nothing_wrong_with_its_file(tmp_path: Path) -> None:
    command = Nginx(tmp_path, 8000).command
    looked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert looked.returncode == 0, looked.stderr
    assert "[warn]" not in looked.stderr


def a_dozen_slow_bodies(connect: Callable[[], socket.socket]) -> ExitStack:
    """Twelve forms, more than the server has threads, whose bodies begin and do not go on."""
    slow = ExitStack()
    for _ in range(12):
        connection = slow.enter_context(connect())
        connection.sendall(
            f"POST /sign-in HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 5000\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n\r\nemail=a".encode()
        )
    return slow


def test_a_dozen_slow_bodies_stop_the_server_alone_and_not_behind_nginx(nginx: Nginx) -> None:
    with a_dozen_slow_bodies(nginx.connect):
        time.sleep(0.5)
        assert nginx.get("/readyz").startswith(b"HTTP/1.1 200 ")

    def server() -> socket.socket:
        return socket.create_connection(("127.0.0.1", nginx.upstream), timeout=2)

    with a_dozen_slow_bodies(server), server() as late:
        late.sendall(f"GET /readyz HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        with pytest.raises(TimeoutError):
            late.recv(1)


def test_t32_the_log_of_nginx_has_no_secret_no_query_and_nobody_who_reports(nginx: Nginx) -> None:
    paths = ("/link/TOKEN", "/revisit/TOKEN/kept", "/report?a=TOKEN", "/verify?search=TOKEN")
    answers = [nginx.get(path) for path in paths]
    for answer in answers:
        assert b"\r\nServer: nginx\r\n" in answer, "and not which one"
    told = nginx.log.read_text()
    lines = [json.loads(line) for line in told.splitlines()]
    assert "TOKEN" not in told
    assert [line["path"] for line in lines] == ["/link/-", "/revisit/-", "/verify"]
    assert f"X-Request-Id: {lines[-1]['request']}\r\n".encode() in answers[-1], "the same request"
    with socket.create_connection(("127.0.0.1", nginx.upstream), timeout=60) as connection:
        connection.sendall(f"GET /readyz HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        assert b"gunicorn" not in connection.recv(65536)


# ---- the container -------------------------------------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, each with its arguments in one line."""
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [(line.split()[0], line.split(None, 1)[1]) for line in lines if line.strip()]


def arguments(instruction: str) -> list[str]:
    return [rest for name, rest in instructions() if name == instruction]


def test_the_container_takes_its_packages_from_the_one_list() -> None:
    setup = (PROJECT / "scripts" / "setup.sh").read_text()
    run = " ".join(arguments("RUN"))
    assert "scripts/setup.sh run" in run
    assert not re.search(r"apt-get|apt |pip install", run)
    listed = re.search(r'^RUN_DEBIAN="([^"]+)"', setup, re.MULTILINE)
    assert listed
    assert not [package for package in listed[1].split() if package in run]


def test_the_container_is_no_root_and_has_one_volume_and_a_health_check() -> None:
    assert [int(user) > 0 for user in arguments("USER")] == [True]
    assert arguments("VOLUME") == ["/var/lib/learner-induction"]
    (check,) = arguments("HEALTHCHECK")
    assert "/readyz" in check
    (environment,) = arguments("ENV")
    assert "INDUCTION_INSTANCE=/var/lib/learner-induction" in environment


def test_what_is_copied_into_the_container_is_enough_and_nothing_is_written_beside_the_volume(
    tmp_path: Path,
) -> None:
    image, volume = tmp_path / "image", tmp_path / "volume"
    for *sources, target in (rest.split() for rest in arguments("COPY")):
        for source in sources:
            here = image / target / (source if target.endswith(("/", ".")) else "")
            here = here.parent / Path(source).name if target == "scripts/" else here
            if (PROJECT / source).is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(PROJECT / source, here, ignore=ignored)
            else:
                here.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(PROJECT / source, here)
    before = set(image.rglob("*"))
    environ = {
        "PATH": os.environ["PATH"],
        "INDUCTION_INSTANCE": str(volume),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(image),
    }
    for command in (
        ["flask", "--app", "app", "db", "upgrade"],
        ["flask", "--app", "app", "content", "check"],
    ):
        ended = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=image, env=environ, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr
    assert set(image.rglob("*")) == before


def test_compose_gives_secrets_as_files_that_the_settings_read() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    ours = compose["services"]["induction"]
    assert ours["read_only"]
    assert ours["volumes"] == ["data:/var/lib/learner-induction"]
    files = {name: path for name, path in ours["environment"].items() if name.endswith("_FILE")}
    assert set(files) <= {f"{name}_FILE" for name in SECRETS}
    assert set(files.values()) == {f"/run/secrets/{name}" for name in ours["secrets"]}
    for service in compose["services"].values():
        assert set(service.get("secrets", ())) <= set(compose["secrets"])
    assert (DEPLOY / ours["build"]["context"] / ours["build"]["dockerfile"]).is_file()
