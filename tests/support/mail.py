"""A mail server on loopback that can be down, refuse, and show what came."""

import contextlib
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from tests.support.sockets import free_port


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
        self.messages: list[EmailMessage] = []
        self.refuse_with = ""  # an SMTP answer such as "451 try later"; empty: accept
        self._controller: Controller | None = None
        self.up()

    @property
    def url(self) -> str:
        """For INDUCTION_MAIL_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    def up(self) -> None:
        """Listen."""
        if self._controller is None:
            self._controller = _Controller(self, hostname="127.0.0.1", port=self.port)
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

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Called by aiosmtpd with each message."""
        if self.refuse_with:
            return self.refuse_with
        parsed = BytesParser(EmailMessage, policy=default).parsebytes(envelope.content)
        self.messages.append(parsed)
        return "250 accepted"
