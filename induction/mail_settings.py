"""The mail server: what the environment says of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import urlsplit

from induction.environment import BadSetting, has_sound_port


@dataclass(frozen=True, slots=True)
class MailOauth:
    """Where access tokens for the mail account come from (OAuth 2.0), in place of its password."""

    token_url: str
    client_id: str
    client_secret: str
    scope: str  # of client credentials, as Microsoft 365 has them
    refresh_token: str  # as Google has them; "": client credentials


def mail_url(env: Mapping[str, str]) -> str:
    """Its address; "" where mail is files. Raises BadSetting."""
    url = env.get("INDUCTION_MAIL_URL", "")
    parts = urlsplit(url)
    usable = parts.scheme in ("smtp", "smtps") and parts.hostname and has_sound_port(parts)
    if url and not usable:
        raise BadSetting("INDUCTION_MAIL_URL: must look like smtp://user:password@host:587")
    return url


def mail_from(env: Mapping[str, str]) -> str:
    """Who mail comes from; "" where it follows from the public address. Raises BadSetting."""
    text = env.get("INDUCTION_MAIL_FROM", "").strip()
    _, address = parseaddr(text)
    if text and ("@" not in address or not text.isprintable()):
        raise BadSetting(
            "INDUCTION_MAIL_FROM: must look like Northbridge College <induction@college.example>"
        )
    return text


def mail_oauth(env: Mapping[str, str]) -> MailOauth | None:
    """Where its access tokens come from; None where it has a password. Raises BadSetting."""
    url = env.get("INDUCTION_MAIL_OAUTH_TOKEN_URL", "")
    if not url:
        return None
    parts = urlsplit(url)
    here = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if not parts.hostname or (parts.scheme != "https" and not (here and parts.scheme == "http")):
        raise BadSetting("INDUCTION_MAIL_OAUTH_TOKEN_URL: must begin with https://")
    if not urlsplit(env.get("INDUCTION_MAIL_URL", "")).username:
        raise BadSetting("INDUCTION_MAIL_URL: must name the mailbox, as smtp://mailbox@host:587")
    return MailOauth(
        token_url=url,
        client_id=_needed(env, "INDUCTION_MAIL_OAUTH_CLIENT_ID"),
        client_secret=_needed(env, "INDUCTION_MAIL_OAUTH_CLIENT_SECRET"),
        scope=env.get("INDUCTION_MAIL_OAUTH_SCOPE") or "https://outlook.office365.com/.default",
        refresh_token=env.get("INDUCTION_MAIL_OAUTH_REFRESH_TOKEN", ""),
    )


def _needed(env: Mapping[str, str], name: str) -> str:
    if not env.get(name):
        raise BadSetting(f"{name}: is needed with INDUCTION_MAIL_OAUTH_TOKEN_URL")
    return env[name]
