"""Settings, read once from the environment and checked before anything starts."""

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

PROJECT_ROOT = Path(__file__).resolve().parent.parent

# Each can be in a file whose path is in the variable of the same name with _FILE at its end, as
# Docker and Kubernetes give secrets to a container: no environment that can be listed shows it.
SECRETS = (
    "SECRET_KEY",
    "DATABASE_URL",
    "INDUCTION_MAIL_URL",
    "INDUCTION_MAIL_OAUTH_CLIENT_SECRET",
    "INDUCTION_MAIL_OAUTH_REFRESH_TOKEN",
    "INDUCTION_SIGNING_P12_PASSWORD",
    "INDUCTION_KEY_PASSPHRASE",
    "INDUCTION_METRICS_TOKEN",
    "INDUCTION_OIDC_CLIENT_SECRET",
)


class BadSetting(Exception):
    """A setting that cannot be used. The message names the variable."""


@dataclass(frozen=True, slots=True)
class MailOauth:
    """Where access tokens for the mail account come from (OAuth 2.0), in place of its password."""

    token_url: str
    client_id: str
    client_secret: str
    scope: str  # of client credentials, as Microsoft 365 has them
    refresh_token: str  # as Google has them; "": client credentials


@dataclass(frozen=True, slots=True)
class SignOnSettings:
    """Who else tells us who somebody is: one tenant of one OpenID Connect provider."""

    issuer: str  # exactly as the provider names itself
    client_id: str
    client_secret: str
    domains: tuple[str, ...]  # of addresses that are the institute's own; lower case
    name: str  # what people call it: "Microsoft"
    names_roles: bool = False  # staff have no role that the provider does not name too


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the installation decides. See docs/settings.md for each in words."""

    instance: Path  # database, keys, outbox, uploads
    database_url: str
    secret_key: str
    base_url: str  # printed on certificates and in mail; no slash at the end
    mail_url: str  # smtp://… or the empty string: .eml files in the instance's outbox folder
    content_root: Path  # holds content/ and quizzes/
    mail_from: str = ""  # the sender of mail; "": no-reply at the public host
    mail_oauth: MailOauth | None = None  # None: the password in mail_url, if any
    policy: str = "social-media"  # the pair of folders that learners are enrolled on
    proxies: int = 0  # trusted reverse proxies in front, for the visitor's address
    signing_p12: Path | None = None  # the provider's own PKCS#12 file; None: our own key
    signing_p12_password: str = ""
    backup_recipient: str = ""  # an age recipient that backups are encrypted to
    key_passphrase: str = ""  # encrypts our own key in the instance folder
    sign_on: SignOnSettings | None = None  # None: people sign in here alone
    metrics_token: str = ""  # whoever sends it may read /metrics; "": nobody may
    backup: str = ""  # nightly ones go to a folder's path or s3://bucket/prefix; "": none is made

    @property
    def over_https(self) -> bool:
        """Cookies are marked secure and HSTS is sent where the public address is https."""
        return self.base_url.startswith("https://")

    @property
    def sender(self) -> str:
        """Who mail comes from, as its header says it."""
        host = urlsplit(self.base_url).hostname
        return self.mail_from or f"Learner Induction <no-reply@{host}>"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read and check the settings; raises BadSetting with one line that names the variable."""
        env = _with_secret_files(os.environ if environ is None else environ)
        _refuse_no_web_workers(env)
        instance = _instance_folder(env)
        return cls(
            instance=instance,
            database_url=_database_url(env, instance),
            secret_key=_secret_key(env, instance),
            base_url=_base_url(env),
            mail_url=_mail_url(env),
            mail_from=_mail_from(env),
            mail_oauth=_mail_oauth(env),
            content_root=_content_root(env),
            policy=env.get("INDUCTION_POLICY") or "social-media",
            proxies=_count(env, "INDUCTION_PROXIES"),
            signing_p12=_existing_file(env, "INDUCTION_SIGNING_P12"),
            signing_p12_password=env.get("INDUCTION_SIGNING_P12_PASSWORD", ""),
            backup_recipient=env.get("INDUCTION_BACKUP_RECIPIENT", ""),
            key_passphrase=env.get("INDUCTION_KEY_PASSPHRASE", ""),
            sign_on=_sign_on(env),
            metrics_token=_metrics_token(env),
            backup=_backup(env),
        )


def _with_secret_files(env: Mapping[str, str]) -> Mapping[str, str]:
    """The same variables, those of SECRETS that are in files read; a line break at the end goes."""
    read = {}
    for name in SECRETS:
        path = env.get(f"{name}_FILE")
        if not path:
            continue
        if name in env:
            raise BadSetting(f"{name}_FILE: {name} is set too; keep one of them")
        try:
            read[name] = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            raise BadSetting(f"{name}_FILE: cannot read {path}: {why}") from error
    return {**env, **read}


def _refuse_no_web_workers(env: Mapping[str, str]) -> None:
    """Gunicorn reads it before us, and says nothing of the variable or ends in a traceback."""
    text = env.get("WEB_CONCURRENCY", "1")
    if not (text.isascii() and text.isdigit() and int(text)):
        raise BadSetting("WEB_CONCURRENCY: must be a whole number, 1 or more")


def _instance_folder(env: Mapping[str, str]) -> Path:
    folder = Path(env.get("INDUCTION_INSTANCE") or PROJECT_ROOT / "instance").resolve()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / f".writable-{secrets.token_hex(4)}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise BadSetting(
            f"INDUCTION_INSTANCE: cannot write in {folder}: {error.strerror}"
        ) from error
    return folder


def _database_url(env: Mapping[str, str], instance: Path) -> str:
    url = env.get("DATABASE_URL") or f"sqlite:///{instance / 'induction.sqlite'}"
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    try:
        name = make_url(url).drivername
    except ArgumentError as error:
        raise BadSetting("DATABASE_URL: not a database address") from error
    if name not in ("sqlite", "postgresql+psycopg"):
        raise BadSetting(
            f"DATABASE_URL: {name} is not supported; use sqlite:///… or postgresql+psycopg://…"
        )
    return url


def _secret_key(env: Mapping[str, str], instance: Path) -> str:
    given = env.get("SECRET_KEY")
    if given is not None:
        if len(given) < 16:
            raise BadSetting("SECRET_KEY: too short; use at least 16 random characters")
        return given
    path = instance / "secret_key"
    made = instance / f".secret_key-{secrets.token_hex(4)}"
    if not path.exists():
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(made)  # whole or not at all; of several that start, one makes it
        made.unlink()
    return path.read_text().strip()


def _base_url(env: Mapping[str, str]) -> str:
    url = env.get("INDUCTION_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
    parts = urlsplit(url)
    usable = parts.scheme in ("http", "https") and parts.hostname and _has_sound_port(parts)
    if not usable or parts.query or parts.fragment:
        raise BadSetting("INDUCTION_BASE_URL: must look like https://induction.example.ac.uk")
    return url


def _mail_url(env: Mapping[str, str]) -> str:
    url = env.get("INDUCTION_MAIL_URL", "")
    parts = urlsplit(url)
    usable = parts.scheme in ("smtp", "smtps") and parts.hostname and _has_sound_port(parts)
    if url and not usable:
        raise BadSetting("INDUCTION_MAIL_URL: must look like smtp://user:password@host:587")
    return url


def _mail_from(env: Mapping[str, str]) -> str:
    text = env.get("INDUCTION_MAIL_FROM", "").strip()
    name, address = parseaddr(text)
    if text and ("@" not in address or not text.isprintable()):
        raise BadSetting(
            "INDUCTION_MAIL_FROM: must look like Northbridge College <induction@college.example>"
        )
    return formataddr((name or "Learner Induction", address)) if text else ""


def _mail_oauth(env: Mapping[str, str]) -> MailOauth | None:
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


def _has_sound_port(parts: SplitResult) -> bool:
    try:
        return parts.port != 0  # none at all is the usual one
    except ValueError:
        return False


def _content_root(env: Mapping[str, str]) -> Path:
    root = Path(env.get("INDUCTION_CONTENT") or PROJECT_ROOT).resolve()
    for name in ("content", "quizzes"):
        if not (root / name).is_dir():
            raise BadSetting(f"INDUCTION_CONTENT: {root} has no folder {name}/")
    return root


def _metrics_token(env: Mapping[str, str]) -> str:
    token = env.get("INDUCTION_METRICS_TOKEN", "")
    if token and not (len(token) >= 16 and token.isascii() and token.isprintable()):
        raise BadSetting("INDUCTION_METRICS_TOKEN: use at least 16 letters, digits and signs")
    return token


def _backup(env: Mapping[str, str]) -> str:
    text = env.get("INDUCTION_BACKUP", "")
    if not text.startswith("s3:"):
        if text and not (Path(text).is_absolute() and Path(text).parent.is_dir()):
            raise BadSetting(f"INDUCTION_BACKUP: there is no folder to make {text} in")
        return text
    parts = urlsplit(text)
    if not text.startswith("s3://") or not parts.netloc or parts.query or parts.fragment:
        raise BadSetting("INDUCTION_BACKUP: must look like s3://bucket/prefix, or /a/folder")
    if find_spec("boto3") is None:
        raise BadSetting("INDUCTION_BACKUP: s3:// needs boto3; run: .venv/bin/pip install boto3")
    return text


def _existing_file(env: Mapping[str, str], name: str) -> Path | None:
    text = env.get(name, "")
    if text and not Path(text).is_file():
        raise BadSetting(f"{name}: no file at {text}")
    return Path(text) if text else None


def _count(env: Mapping[str, str], name: str) -> int:
    text = env.get(name) or "0"
    if not (text.isascii() and text.isdigit()):
        raise BadSetting(f"{name}: must be a whole number")
    return int(text)


_EVERYBODY = ("common", "organizations", "consumers")  # how Microsoft calls all tenants at once
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def _sign_on(env: Mapping[str, str]) -> SignOnSettings | None:
    name, roles = env.get("INDUCTION_OIDC_NAME", ""), env.get("INDUCTION_OIDC_ROLES", "")
    needed = {
        "ISSUER": env.get("INDUCTION_OIDC_ISSUER", "").strip(),
        "CLIENT_ID": env.get("INDUCTION_OIDC_CLIENT_ID", "").strip(),
        "CLIENT_SECRET": env.get("INDUCTION_OIDC_CLIENT_SECRET", "").strip(),
        "DOMAINS": env.get("INDUCTION_OIDC_DOMAINS", "").strip(),
    }
    if not any([name, roles, *needed.values()]):
        return None
    for variable, value in needed.items():
        if not value:
            raise BadSetting(
                f"INDUCTION_OIDC_{variable}: is missing; the others of INDUCTION_OIDC_… are set"
            )
    if roles not in ("", "no", "yes"):
        raise BadSetting("INDUCTION_OIDC_ROLES: must be yes or no")
    issuer, client_id, client_secret, domains = needed.values()
    return SignOnSettings(
        issuer=_issuer(issuer),
        client_id=client_id,
        client_secret=client_secret,
        domains=_domains(domains),
        name=name.strip() or _name_of(issuer),
        names_roles=roles == "yes",
    )


def _issuer(text: str) -> str:
    """One tenant, over TLS: whoever vouches for all the world vouches for nobody."""
    parts = urlsplit(text)
    if "{" in text or not set(_EVERYBODY).isdisjoint(parts.path.split("/")):
        raise BadSetting(f"INDUCTION_OIDC_ISSUER: name one tenant by its id, not {text}")
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not (safe and parts.hostname and _has_sound_port(parts)) or parts.query or parts.fragment:
        raise BadSetting(
            "INDUCTION_OIDC_ISSUER: must look like https://login.microsoftonline.com/TENANT-ID/v2.0"
        )
    return text


def _name_of(issuer: str) -> str:
    host = urlsplit(issuer).hostname or ""
    known = {"login.microsoftonline.com": "Microsoft", "accounts.google.com": "Google"}
    return known.get(host, host)


def _domains(text: str) -> tuple[str, ...]:
    domains = tuple(domain.lower() for domain in text.replace(",", " ").split())
    if not domains or any("@" in d or "." not in d.strip(".") for d in domains):
        raise BadSetting(
            "INDUCTION_OIDC_DOMAINS: must look like college.ac.uk, students.college.ac.uk"
        )
    return domains
