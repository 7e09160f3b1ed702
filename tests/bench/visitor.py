"""A measuring visitor: one connection for each request, as gunicorn's sync workers want it."""

import gzip
import socket
import time
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode, urljoin, urlsplit

from tests.support.page import Form, Page


@dataclass(frozen=True)
class Answer:
    """What came back, and what it took."""

    status: int
    headers: dict[str, list[str]]
    body: bytes  # unpacked
    size: int  # bytes on the wire, headers included
    seconds: float
    processor: float  # seconds that the server computed meanwhile; 0 where the system keeps it

    @property
    def page(self) -> Page:
        """The body as a page."""
        return Page(self.body.decode())

    @property
    def location(self) -> str:
        """Where a redirect leads."""
        return self.headers.get("location", [""])[0]


class Measured(Protocol):
    """A server, or several of which any answers."""

    @property
    def url(self) -> str:
        """Where it is."""

    @property
    def port(self) -> int:
        """Of 127.0.0.1."""

    def processor_time(self) -> float:
        """Seconds that it has computed so far."""


class Visitor:
    """Keeps cookies, as a browser does; follows nothing by itself."""

    def __init__(self, server: Measured) -> None:
        self.server = server
        self.cookies: dict[str, str] = {}

    @property
    def url(self) -> str:
        """Of the server."""
        return self.server.url

    def get(self, path: str) -> Answer:
        """Fetch a page."""
        return self._send("GET", path, b"")

    def post(self, path: str, form: dict[str, list[str]]) -> Answer:
        """Send a form."""
        return self._send("POST", path, urlencode(form, doseq=True).encode())

    def send(self, form: Form, at: str, **values: str | list[str]) -> Answer:
        """Send a form of a page, with these fields filled in."""
        return self.post(form.action or at, form.filled(**values))

    def follow(self, answer: Answer) -> tuple[str, Answer]:
        """Go where redirects lead; the last address and its answer."""
        path = ""
        while answer.status in {301, 302, 303, 308}:
            path = urlsplit(urljoin(self.url, answer.location)).path
            answer = self.get(path)
        return path, answer

    def sign_in(self, email: str, password: str) -> None:
        """Through the front door."""
        form = self.get("/sign-in").page.form("password")
        answer = self.send(form, "/sign-in", email=email, password=password)
        if answer.status != 303:
            raise RuntimeError(f"the sign-in of {email} was refused: {answer.status}")

    def _send(self, method: str, path: str, body: bytes) -> Answer:
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.server.port}",
            "Accept: text/html,*/*;q=0.8",
            "Accept-Encoding: gzip",
            "Connection: close",
        ]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{k}={v}" for k, v in self.cookies.items()))
        if method == "POST":
            lines += [
                "Content-Type: application/x-www-form-urlencoded",
                f"Content-Length: {len(body)}",
            ]
        request = ("\r\n".join(lines) + "\r\n\r\n").encode() + body
        before, begun = self.server.processor_time(), time.perf_counter()
        raw = self._exchange(request)
        seconds = time.perf_counter() - begun
        return self._read(raw, seconds, self.server.processor_time() - before)

    def _exchange(self, request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=120) as connection:
            connection.sendall(request)
            parts = []
            while part := connection.recv(1 << 18):
                parts.append(part)
        return b"".join(parts)

    def _read(self, raw: bytes, seconds: float, processor: float) -> Answer:
        head, _, body = raw.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers: dict[str, list[str]] = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers.setdefault(name.lower(), []).append(value.strip())
        for cookie in headers.get("set-cookie", []):
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        if len(body) < int(headers.get("content-length", ["0"])[0]):
            raise ValueError("the answer was cut short")
        if "chunked" in headers.get("transfer-encoding", []):
            body = _unchunked(body)
        if "gzip" in headers.get("content-encoding", []):
            body = gzip.decompress(body)
        return Answer(int(first.split()[1]), headers, body, len(raw), seconds, processor)


def _unchunked(body: bytes) -> bytes:
    parts, at = [], 0
    while (end := body.find(b"\r\n", at)) >= 0 and (size := int(body[at:end], 16)):
        parts.append(body[end + 2 : end + 2 + size])
        at = end + 2 + size + 2
    if end < 0:
        raise ValueError("the answer was cut short")
    return b"".join(parts)
