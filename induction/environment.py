"""Variables of the environment, one at a time: read, from a file where it is secret, or refused."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult

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
    "SENTRY_DSN",
)


class BadSetting(Exception):
    """A setting that cannot be used. The message names the variable."""


def with_secret_files(env: Mapping[str, str]) -> Mapping[str, str]:
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


def has_sound_port(parts: SplitResult) -> bool:
    """Whether an address has a port that there is, or none."""
    try:
        return parts.port != 0  # none at all is the usual one
    except ValueError:
        return False


def existing_file(env: Mapping[str, str], name: str) -> Path | None:
    """The file that a variable names; None where it is not set. Raises BadSetting."""
    text = env.get(name, "")
    if text and not Path(text).is_file():
        raise BadSetting(f"{name}: no file at {text}")
    return Path(text) if text else None


def count(env: Mapping[str, str], name: str) -> int:
    """The whole number of a variable; 0 where it is not set. Raises BadSetting."""
    text = env.get(name) or "0"
    if not (text.isascii() and text.isdigit()):
        raise BadSetting(f"{name}: must be a whole number")
    return int(text)
