"""Settings, read once from the environment and checked before anything starts."""

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from induction.environment import (
    BadSetting,
    count,
    existing_file,
    has_sound_port,
    with_secret_files,
)
from induction.mail_settings import MailOauth, mail_from, mail_oauth, mail_url
from induction.sign_on_settings import SignOnSettings, sign_on, sign_on_by_header

PROJECT_ROOT = Path(__file__).resolve().parent.parent


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
    tsa_url: str = ""  # an authority that stamps checkpoints (RFC 3161); "": none does
    sentry_dsn: str = ""  # where faults of ours are told to; "": in the log alone
    backup: str = ""  # nightly ones go to a folder's path or s3://bucket/prefix; "": none is made

    @property
    def over_https(self) -> bool:
        """Cookies are marked secure and HSTS is sent where the public address is https."""
        return self.base_url.startswith("https://")

    @property
    def sender(self) -> str:
        """Who mail comes from: an address, with a name where the environment gives one."""
        return self.mail_from or f"no-reply@{urlsplit(self.base_url).hostname}"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read and check the settings; raises BadSetting with one line that names the variable."""
        env = with_secret_files(os.environ if environ is None else environ)
        _refuse_no_web_workers(env)
        instance = _instance_folder(env)
        return cls(
            instance=instance,
            database_url=_database_url(env, instance),
            secret_key=_secret_key(env, instance),
            base_url=_base_url(env),
            mail_url=mail_url(env),
            mail_from=mail_from(env),
            mail_oauth=mail_oauth(env),
            content_root=_content_root(env),
            policy=env.get("INDUCTION_POLICY") or "social-media",
            proxies=count(env, "INDUCTION_PROXIES"),
            signing_p12=existing_file(env, "INDUCTION_SIGNING_P12"),
            signing_p12_password=env.get("INDUCTION_SIGNING_P12_PASSWORD", ""),
            backup_recipient=env.get("INDUCTION_BACKUP_RECIPIENT", ""),
            key_passphrase=env.get("INDUCTION_KEY_PASSPHRASE", ""),
            sign_on=sign_on_by_header(env) or sign_on(env),
            metrics_token=_metrics_token(env),
            backup=_backup(env),
            sentry_dsn=_sentry_dsn(env),
            tsa_url=_tsa_url(env),
        )


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
    usable = parts.scheme in ("http", "https") and parts.hostname and has_sound_port(parts)
    if not usable or parts.query or parts.fragment:
        raise BadSetting("INDUCTION_BASE_URL: must look like https://induction.example.ac.uk")
    return url


def _tsa_url(env: Mapping[str, str]) -> str:
    url = env.get("INDUCTION_TSA_URL", "")
    parts = urlsplit(url)
    if url and not (parts.scheme in ("http", "https") and parts.hostname):
        raise BadSetting("INDUCTION_TSA_URL: must look like https://freetsa.example/tsr")
    return url


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


def _sentry_dsn(env: Mapping[str, str]) -> str:
    dsn = env.get("SENTRY_DSN", "")
    parts = urlsplit(dsn)
    usable = (
        parts.scheme in ("http", "https") and parts.username and parts.path.strip("/").isdigit()
    )
    if dsn and not (usable and parts.hostname and has_sound_port(parts)):
        raise BadSetting("SENTRY_DSN: must look like https://key@sentry.example/1")
    if dsn and find_spec("sentry_sdk") is None:
        raise BadSetting("SENTRY_DSN: needs sentry-sdk; run: .venv/bin/pip install sentry-sdk")
    return dsn


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
