"""A mail server on loopback that can be down, refuse, and show what came."""

import contextlib
import re
from base64 import b64decode
from collections.abc import Callable
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from html import unescape
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests.support.sockets import free_port


class Received(EmailMessage):
    """A mail as somebody reads it whose program shows no HTML."""

    def get_content(self, *args: Any, **kwargs: Any) -> Any:
        """Its words: of the two parts, which say the same, the text."""
        text = self.get_body(("plain",)) if self.is_multipart() else None
        return text.get_content() if text else super().get_content(*args, **kwargs)


def received(data: bytes) -> Received:
    """A mail that was sent: its two parts say the same, whatever it is."""
    message = BytesParser(Received, policy=default).parsebytes(data)
    assert isinstance(message, Received)
    html = message.get_body(("html",))
    if html is not None:
        assert shown(html.get_content()) == words(message.get_content())
    return message


def words(text: str) -> list[str]:
    """What a text says, without the marks of its lists."""
    return re.sub(r"(?m)^- ", "", text).split()


def shown(html: str) -> list[str]:
    """What an HTML part says beside the name above it and what stands on its button."""
    html = re.sub(
        r"<head>.*</head>|<p class=\"(?:from|button)\">.*?</p>", "", html, flags=re.DOTALL
    )
    html = re.sub(r"<[^>]+>", " ", re.sub(r"</?a\b[^>]*>", "", html))
    return unescape(html).split()


class _Controller(Controller):
    """Lets connections close before the loop ends, so that no socket is left open."""

    def cancel_tasks(self, stop_loop: bool = True) -> None:
        super().cancel_tasks(stop_loop=False)
        if stop_loop:
            self.loop.call_later(0.05, self.loop.stop)


class MailServer:
    """Starts up; ``messages`` holds what was accepted, in order."""

    def __init__(self) -> None:
        self.port = free_port()
        self.messages: list[Received] = []
        self.refuse_with = ""  # an SMTP answer such as "451 try later"; empty: accept
        self.refused: dict[str, str] = {}  # address → the answer to it
        self.goodbye = "221 Bye"  # what it says to QUIT
        # Called with "RCPT" and, once it has the letter and before it says so, with "DATA".
        self.at_step: Callable[[str], None] = lambda _: None
        self.hangs_up = False  # once it has the letter, without a word
        self.token = ""  # the access token that signs in; empty: none does
        self._controller: Controller | None = None
        self.up()

    @property
    def url(self) -> str:
        """For INDUCTION_MAIL_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    def up(self) -> None:
        """Listen."""
        if self._controller is None:
            self._controller = _Controller(
                self, hostname="127.0.0.1", port=self.port, auth_require_tls=False
            )
            self._controller.start()

    def down(self) -> None:
        """Refuse connections, as a server that is not there."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    @contextlib.contextmanager
    def being_down(self) -> Any:
        """Down inside the block, up again after it."""
        self.down()
        try:
            yield
        finally:
            self.up()

    async def auth_XOAUTH2(self, server: Any, args: list[str]) -> AuthResult:  # noqa: N802 - aiosmtpd's name
        """Called by aiosmtpd: takes ``token`` alone, and says why not as Microsoft does."""
        said = b64decode(args[1]).decode()
        if self.token and f"auth=Bearer {self.token}\1" in said:
            return AuthResult(success=True)
        await server.challenge_auth(b'{"status":"401"}')
        return AuthResult(
            success=False, handled=False, message="535 5.7.3 Authentication unsuccessful"
        )

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """Called by aiosmtpd with each address."""
        self.at_step("RCPT")
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_QUIT(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Called by aiosmtpd at the end of a connection."""
        return self.goodbye

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Called by aiosmtpd with each message."""
        if self.refuse_with:
            return self.refuse_with
        self.messages.append(received(envelope.content))
        self.at_step("DATA")
        if self.hangs_up:
            server.transport.close()
        return "250 accepted"
