"""A real OpenID Connect provider beside the application, and somebody who goes there and back."""

import http.client
import http.cookies
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from werkzeug.test import TestResponse

from tests.support.abilities import cannot_run
from tests.support.client import Visitor
from tests.support.sockets import free_port

PEERS = Path(__file__).resolve().parents[1] / "peers"
STARTS_WITHIN = 60.0  # seconds; a busy machine is slow
SECRET = "a secret for tests alone"
ANSWER = "/sign-in/provider/answer"


@dataclass
class OpenIdProvider:
    """npm's ``oidc-provider`` in a process of its own, on a port of 127.0.0.1."""

    url: str
    process: subprocess.Popen[bytes]
    people: dict[str, dict[str, Any]] = field(default_factory=dict)

    def tell(self, **people: dict[str, Any]) -> None:
        """Who has an account there, by the name that they sign in with, and what it says of them.

        ``email_verified`` is true where nothing else is said. Its tokens are true from now on.
        """
        self.people = {
            name: {"name": name.title(), "email_verified": True, **claims}
            for name, claims in people.items()
        }
        self.lie()

    def lie(self, **wrong: Any) -> None:
        """How the next ID tokens are to be wrong: ``claims``, ``alg``, ``key``."""
        self._send({"people": self.people, "wrong": wrong or None})

    def _send(self, told: dict[str, Any]) -> None:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        connection.request("PUT", "/told", json.dumps(told))
        assert connection.getresponse().status == 200
        connection.close()

    def environ(self, **more: str) -> dict[str, str]:
        """The settings of an installation that uses it."""
        return {
            "INDUCTION_OIDC_ISSUER": self.url,
            "INDUCTION_OIDC_CLIENT_ID": "induction",
            "INDUCTION_OIDC_CLIENT_SECRET": SECRET,
            "INDUCTION_OIDC_DOMAINS": "college.example",
            "INDUCTION_OIDC_NAME": "Microsoft",
            **more,
        }

    def stop(self) -> None:
        """End it; whoever asks finds nobody."""
        self.process.terminate()
        self.process.wait(30)


@contextmanager
def provider_for(application: str, log: Path) -> Iterator[OpenIdProvider]:
    """Start one that sends people back to the application at this address."""
    node = shutil.which("node")
    if node is None or not (PEERS / "node_modules" / "oidc-provider").is_dir():
        cannot_run("no OpenID provider: it needs Node.js 20 or later, and `make test` installs it")
    port = free_port()
    with log.open("ab") as file:
        process = subprocess.Popen(
            [node, "provider.mjs", str(port), application],
            cwd=PEERS,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
    provider = OpenIdProvider(f"http://127.0.0.1:{port}", process)
    try:
        _wait_for(provider, log)
        yield provider
    finally:
        provider.stop()


def _wait_for(provider: OpenIdProvider, log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and provider.process.poll() is None:
        try:
            provider.tell()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"the provider did not start:\n{log.read_text(errors='replace')}")


class Traveller:
    """Somebody's browser at the provider: it keeps cookies, and is signed in there or not."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self._cookies: dict[str, str] = {}

    def go(self, address: str, login: str) -> str:
        """From this address of the provider to the answer for us: its path and query."""
        for _ in range(10):
            if ANSWER in address:
                parts = urlsplit(address)
                return f"{parts.path}?{parts.query}"
            address = self._open(address, login)
        raise AssertionError(f"the provider leads in circles: {address}")

    def _open(self, address: str, login: str) -> str:
        """Where this page leads; a form is filled in."""
        status, target, body = self._ask("GET", address)
        if status == 200 and b"<form" in body:
            status, target, body = self._ask("POST", address, urlencode({"login": login}))
        assert target, f"{address}: {status}: {body[:300]!r}"
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(address))
        return origin + target if target.startswith("/") else target

    def _ask(self, method: str, address: str, body: str | None = None) -> tuple[int, str, bytes]:
        parts = urlsplit(address)
        connection = http.client.HTTPConnection(parts.netloc, timeout=60)
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, f"{parts.path}?{parts.query}", body, headers)
        answer = connection.getresponse()
        for line in answer.headers.get_all("Set-Cookie", []):
            for name, one in http.cookies.SimpleCookie(line).items():
                self._cookies[name] = one.value
        content = answer.read()
        connection.close()
        return answer.status, answer.headers.get("Location") or "", content

    def come(self, login: str, start: str = "/sign-in/provider") -> TestResponse:
        """All the way: from this page of ours to the provider and back, signing in there so."""
        there = self.visitor.get(start)
        assert there.status_code == 303, there.status
        return self.visitor.get(self.go(there.location, login))
