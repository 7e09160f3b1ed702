"""The mail server: reached, made sure of, signed in to; and what it refuses, in plain words."""

import ipaddress
import json
import smtplib
import socket
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

from induction.config import Settings
from induction.mail_settings import MailOauth

PATIENCE = 20.0  # seconds, at each step
TAKING = 120.0  # seconds, at each step of taking a letter: some look into it first
_SPARE = timedelta(minutes=2)  # a token is not used when it ends in less than this

# What may fail on the way to the server, or there.
MailError = (OSError, smtplib.SMTPException)


class NotEncrypted(OSError):
    """A password would have gone where others can read it."""


class NoToken(OSError):
    """The sign-in service gave no access token. The message has its own words."""


class _Announcing(smtplib.SMTP):
    """Says when a letter is about to be handed over, before the server has any of it."""

    about_to_hand_over: Callable[[], None] = staticmethod(lambda: None)

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Called by ``send_message`` once the addresses are accepted."""
        self.about_to_hand_over()
        if self.sock is not None:
            self.sock.settimeout(TAKING)
        return super().data(msg)


class _AnnouncingTls(_Announcing, smtplib.SMTP_SSL):
    """The same, encrypted from the start."""


@contextmanager
def connected(
    settings: Settings, *, now: datetime, timeout: float = PATIENCE
) -> Iterator[_Announcing]:
    """The mail server of ``INDUCTION_MAIL_URL``, signed in to where a user is named.

    What is sent is encrypted where the server can, and a password or token never leaves without.
    Raises one of ``MailError``.
    """
    parts = urlsplit(settings.mail_url)
    context, host = ssl.create_default_context(), parts.hostname or ""
    encrypted = parts.scheme == "smtps"
    if encrypted:
        server: _Announcing = _AnnouncingTls(
            host, parts.port or 465, timeout=timeout, context=context
        )
    else:
        server = _Announcing(host, parts.port or 25, timeout=timeout)
    with server:
        server.ehlo()
        if not encrypted and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
            encrypted = True
        if parts.username:
            if not encrypted and not _is_here(host):
                raise NotEncrypted(f"{host} offers no encryption (STARTTLS)")
            _sign_in(server, unquote(parts.username), unquote(parts.password or ""), settings, now)
        yield server


def _is_here(host: str) -> bool:
    """Whether it is this machine: nobody listens in between."""
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def _sign_in(
    server: smtplib.SMTP, user: str, password: str, settings: Settings, now: datetime
) -> None:
    if settings.mail_oauth is None:
        server.login(user, password)
        return
    token = _tokens.of(settings.mail_oauth, now)

    def answer(challenge: bytes | None = None) -> str:
        # A challenge says why the token was refused, and wants an empty answer.
        return "" if challenge else f"user={user}\1auth=Bearer {token}\1\1"

    try:
        server.auth("XOAUTH2", answer)
    except smtplib.SMTPException:
        _tokens.forget(settings.mail_oauth)
        raise


class _Tokens:
    """Access tokens (OAuth 2.0, RFC 6749), each kept until shortly before its end."""

    def __init__(self) -> None:
        self._held: dict[MailOauth, tuple[str, datetime]] = {}

    def of(self, client: MailOauth, now: datetime) -> str:
        """The token for this client. Raises NoToken."""
        token, end = self._held.get(client, ("", now))
        if end - _SPARE <= now:
            token, seconds = _fetch(client)
            self._held[client] = token, now + timedelta(seconds=seconds)
        return token

    def forget(self, client: MailOauth) -> None:
        """Ask anew next time: the server did not take it."""
        self._held.pop(client, None)


_tokens = _Tokens()


def _fetch(client: MailOauth) -> tuple[str, int]:
    asked = {"client_id": client.client_id, "client_secret": client.client_secret}
    if client.refresh_token:
        asked |= {"grant_type": "refresh_token", "refresh_token": client.refresh_token}
    else:
        asked |= {"grant_type": "client_credentials", "scope": client.scope}
    body = urllib.parse.urlencode(asked).encode()
    try:
        # Only https, or this machine (see config).
        with urllib.request.urlopen(client.token_url, body, timeout=PATIENCE) as answer:  # noqa: S310
            said = json.load(answer)
        return str(said["access_token"]), int(said.get("expires_in", 0))
    except urllib.error.HTTPError as error:
        with error:
            raise NoToken(_reason(error.read(10_000)) or f"answer {error.code}") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NoToken(str(error) or type(error).__name__) from error


def _reason(body: bytes) -> str:
    """What the service says, without what was sent to it."""
    try:
        said = json.loads(body)
        return f"{said['error']}: {str(said.get('error_description', '')).splitlines()[0]}"
    except (ValueError, KeyError, TypeError, IndexError):
        return ""


def answered(error: BaseException) -> bool:
    """Whether the server itself said no; else nobody knows what became of the letter."""
    return _answer(error)[0] >= 400


def is_final(error: BaseException) -> bool:
    """Whether the letter is refused for good, whoever puts the settings right: its address is.

    By the reply codes of RFC 5321 and the enhanced ones of RFC 3463: 5xx is for good, but 5.7 and
    530 to 535 are about who we are, which an administrator can mend.
    """
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return True  # an address that this server cannot write to (RFC 6531)
    if not isinstance(error, (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)):
        return False
    code, words = _answer(error)
    return 500 <= code < 600 and code not in range(530, 536) and not _about_us(words)


def _about_us(words: str) -> bool:
    return " 5.7." in f" {words}" or "SendAsDenied" in words


def _answer(error: BaseException) -> tuple[int, str]:
    """The server's code and words; 0 where it said nothing."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, answer = next(iter(error.recipients.values()))
        return code, answer.decode("utf-8", "replace")
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return error.smtp_code, said if isinstance(said, str) else said.decode("utf-8", "replace")
    return 0, ""


def in_words(error: BaseException) -> str:
    """What happened and what to do, for an administrator; then the server's own words."""
    code, words = _answer(error)
    if not code:
        return _on_the_way(error)
    said = f"It said: {code} {' '.join(words.split())}"[:200]
    return f"{_refused(error, words)} {said}"


def _on_the_way(error: BaseException) -> str:
    """What failed before the server said anything about a letter."""
    match error:
        case NotEncrypted():
            return f"The mail server {error}, so the password was not sent. Use a port with TLS."
        case NoToken():
            return f"The sign-in service for mail gave no access token: {error}"
        case ssl.SSLError():
            return f"The mail server’s certificate is not accepted: {error.reason or error}"
        case socket.gaierror():
            return "There is no mail server of this name: INDUCTION_MAIL_URL."
        case smtplib.SMTPNotSupportedError():
            return f"The mail server cannot do this: {error}"
    return f"The mail server does not answer: {str(error) or type(error).__name__}"


def _refused(error: BaseException, words: str) -> str:
    """What the server's answer means."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        if "5.7.30" in words or "5.7.139" in words:
            return "The mail server takes no passwords any more: set up sign-in by OAuth."
        return "The mail server refused the user name, password or token."
    if isinstance(error, smtplib.SMTPSenderRefused) or "SendAsDenied" in words:
        return "The mail server does not let us send from this address: INDUCTION_MAIL_FROM."
    if is_final(error):
        whom = "address" if isinstance(error, smtplib.SMTPRecipientsRefused) else "letter"
        return f"The {whom} was refused for good."
    return "The mail server did not take the letter."
