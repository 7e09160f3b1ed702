"""Settings: read once, checked before anything starts, refused in one line that names the variable.

That the line is all that an operator sees is shown through the server, in ``test_server.py``.
"""

import re
from pathlib import Path

import pytest

from induction.config import PROJECT_ROOT, Settings
from induction.environment import SECRETS, BadSetting

PROVIDER = {
    "INDUCTION_OIDC_ISSUER": "https://provider.example/tenant",
    "INDUCTION_OIDC_CLIENT_ID": "induction",
    "INDUCTION_OIDC_DOMAINS": "College.example, students.college.example",
}
UNUSABLE_PROVIDER = [
    ("INDUCTION_OIDC_ISSUER", "https://login.microsoftonline.com/common/v2.0", "name one tenant"),
    ("INDUCTION_OIDC_ISSUER", "https://login.microsoftonline.com/{tenantid}/v2.0", "one tenant"),
    ("INDUCTION_OIDC_ISSUER", "http://provider.example", "must look like"),
    ("INDUCTION_OIDC_ISSUER", "https://provider.example/?a=b", "must look like"),
    ("INDUCTION_OIDC_ISSUER", "", "is missing"),
    ("INDUCTION_OIDC_CLIENT_ID", "", "is missing"),
    ("INDUCTION_OIDC_CLIENT_SECRET", "", "is missing"),
    ("INDUCTION_OIDC_DOMAINS", "", "is missing"),
    ("INDUCTION_OIDC_DOMAINS", "everybody", "must look like"),
    ("INDUCTION_OIDC_DOMAINS", "jo@college.example", "must look like"),
    ("INDUCTION_OIDC_ROLES", "maybe", "must be yes or no"),
]
UNUSABLE = [
    ("INDUCTION_INSTANCE", "/dev/null/instance", "cannot write in"),
    ("DATABASE_URL", "mysql://somewhere/else", "mysql is not supported"),
    ("DATABASE_URL", "postgresql+asyncpg://host/name", "is not supported"),
    ("DATABASE_URL", "induction.sqlite", "not a database address"),
    ("SECRET_KEY", "short", "too short"),
    ("SECRET_KEY", "", "too short"),
    ("INDUCTION_BASE_URL", "example.org", "must look like"),
    ("INDUCTION_BASE_URL", "ftp://example.org", "must look like"),
    ("INDUCTION_BASE_URL", "https://", "must look like"),
    ("INDUCTION_BASE_URL", "https://example.org:port", "must look like"),
    ("INDUCTION_BASE_URL", "https://example.org:0", "must look like"),
    ("INDUCTION_BASE_URL", "https://example.org?a=b", "must look like"),
    ("INDUCTION_BASE_URL", "https://example.org#part", "must look like"),
    ("INDUCTION_MAIL_URL", "http://mail.example", "must look like"),
    ("INDUCTION_MAIL_URL", "smtp://", "must look like"),
    ("INDUCTION_MAIL_URL", "smtp://mail.example:smtp", "must look like"),
    ("INDUCTION_PROXIES", "²", "a whole number"),
    ("INDUCTION_PROXIES", "-1", "a whole number"),
    ("INDUCTION_PROXIES", "one", "a whole number"),
    ("INDUCTION_CONTENT", "/nowhere", "has no folder content/"),
    ("INDUCTION_SIGNING_P12", "/nowhere.p12", "no file at"),
    *((f"{name}_FILE", "/nowhere", "cannot read /nowhere: No such file") for name in SECRETS),
    ("SECRET_KEY_FILE", "/bin/sh", "not UTF-8 text"),
    ("INDUCTION_TSA_URL", "tsa.example", "must look like"),
    ("SENTRY_DSN", "sentry.example", "must look like"),
    ("SENTRY_DSN", "https://sentry.example/1", "must look like"),
    ("WEB_CONCURRENCY", "0", "a whole number, 1 or more"),
    ("WEB_CONCURRENCY", "x", "a whole number, 1 or more"),
    ("WEB_CONCURRENCY", "-1", "a whole number, 1 or more"),
    ("WEB_CONCURRENCY", "", "a whole number, 1 or more"),
]


@pytest.mark.parametrize(("name", "value", "why"), UNUSABLE)
def test_a_bad_setting_is_refused_in_one_line_that_names_it(
    name: str, value: str, why: str, tmp_path: Path
) -> None:
    with pytest.raises(BadSetting) as refused:
        Settings.from_environment({"INDUCTION_INSTANCE": str(tmp_path / "i"), name: value})
    line = str(refused.value)
    assert line.startswith(f"{name}: ")
    assert why in line
    assert "\n" not in line


BY_HEADER = {
    "INDUCTION_SIGN_ON_HEADER": "X-Sign-On-User",
    "INDUCTION_SIGN_ON_DOMAINS": "college.example",
    "INDUCTION_PROXIES": "1",
}
UNUSABLE_HEADER = [
    ("INDUCTION_SIGN_ON_HEADER", "Remote_User", "a name of its own"),
    ("INDUCTION_SIGN_ON_HEADER", "X-Forwarded-User", "a name of its own"),
    ("INDUCTION_SIGN_ON_HEADER", "Authorization", "a name of its own"),
    ("INDUCTION_SIGN_ON_DOMAINS", "", "must look like"),
    ("INDUCTION_SIGN_ON_PROXIES", "everywhere", "must look like"),
    ("INDUCTION_SIGN_ON_PROXIES", "10.0.0.1/8", "must look like"),
]


@pytest.mark.parametrize(("name", "value", "why"), UNUSABLE_HEADER)
def test_a_header_that_says_who_signs_in_is_set_whole_or_stops_the_start(
    name: str, value: str, why: str, tmp_path: Path
) -> None:
    environ = {"INDUCTION_INSTANCE": str(tmp_path / "i"), **BY_HEADER, name: value}
    with pytest.raises(BadSetting, match=f"^{name}: .*{re.escape(why)}"):
        Settings.from_environment(environ)


@pytest.mark.parametrize("changed", [{"INDUCTION_PROXIES": "0"}, PROVIDER])
def test_a_header_that_anybody_could_send_stops_the_start(
    changed: dict[str, str], tmp_path: Path
) -> None:
    environ = {"INDUCTION_INSTANCE": str(tmp_path / "i"), **BY_HEADER, **changed}
    with pytest.raises(BadSetting, match=r"^INDUCTION_SIGN_ON_HEADER: "):
        Settings.from_environment(environ)


@pytest.mark.parametrize(("name", "value", "why"), UNUSABLE_PROVIDER)
def test_a_provider_that_is_half_set_or_serves_everybody_stops_the_start(
    name: str, value: str, why: str, tmp_path: Path
) -> None:
    secret = {"INDUCTION_OIDC_CLIENT_SECRET": "what the provider made up"}
    environ = {"INDUCTION_INSTANCE": str(tmp_path / "i"), **PROVIDER, **secret, name: value}
    with pytest.raises(BadSetting, match=f"^{name}: .*{re.escape(why)}"):
        Settings.from_environment(environ)


def test_a_provider_is_known_by_its_name(tmp_path: Path) -> None:
    secret = {"INDUCTION_OIDC_CLIENT_SECRET": "what the provider made up"}
    environ = {"INDUCTION_INSTANCE": str(tmp_path / "i"), **PROVIDER, **secret}
    for issuer, name in {
        "https://login.microsoftonline.com/0a1b/v2.0": "Microsoft",
        "https://accounts.google.com": "Google",
        "https://id.college.example": "id.college.example",
    }.items():
        found = Settings.from_environment({**environ, "INDUCTION_OIDC_ISSUER": issuer}).sign_on
        assert found is not None
        assert found.name == name
        assert found.domains == ("college.example", "students.college.example")


def test_content_without_quizzes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    environ = {"INDUCTION_INSTANCE": str(tmp_path / "i"), "INDUCTION_CONTENT": str(tmp_path)}
    with pytest.raises(BadSetting, match=r"^INDUCTION_CONTENT: .* has no folder quizzes/$"):
        Settings.from_environment(environ)


def test_what_is_not_set_has_its_default(tmp_path: Path) -> None:
    settings = Settings.from_environment({"INDUCTION_INSTANCE": str(tmp_path / "i")})
    assert settings.instance == tmp_path / "i"
    assert settings.database_url == f"sqlite:///{tmp_path}/i/induction.sqlite"
    assert settings.base_url == "http://127.0.0.1:8000"
    assert not settings.over_https
    assert settings.mail_url == ""
    assert settings.content_root == PROJECT_ROOT
    assert (settings.policy, settings.proxies) == ("social-media", 0)
    assert (settings.signing_p12, settings.signing_p12_password) == (None, "")


def test_what_is_set_counts(tmp_path: Path) -> None:
    p12 = tmp_path / "key.p12"
    p12.touch()
    settings = Settings.from_environment(
        {
            "INDUCTION_INSTANCE": str(tmp_path / "i"),
            "DATABASE_URL": "postgresql://user:word@host/name",
            "SECRET_KEY": "sixteen letters.",
            "INDUCTION_BASE_URL": "https://induction.example.ac.uk/",
            "INDUCTION_MAIL_URL": "smtps://mail.example:465",
            "INDUCTION_PROXIES": "2",
            "INDUCTION_SIGNING_P12": str(p12),
            "INDUCTION_SIGNING_P12_PASSWORD": "word",
            "WEB_CONCURRENCY": "4",
        }
    )
    assert settings.database_url == "postgresql+psycopg://user:word@host/name"
    assert settings.secret_key == "sixteen letters."
    assert settings.base_url == "https://induction.example.ac.uk"
    assert settings.over_https
    assert settings.mail_url == "smtps://mail.example:465"
    assert settings.proxies == 2
    assert (settings.signing_p12, settings.signing_p12_password) == (p12, "word")


def test_the_secret_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    environ = {"INDUCTION_INSTANCE": str(tmp_path / "i")}
    first, second = (Settings.from_environment(environ) for _ in range(2))
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 48
    assert {path.name for path in (tmp_path / "i").iterdir()} == {"secret_key"}, "and nothing else"
    assert (tmp_path / "i" / "secret_key").stat().st_mode & 0o077 == 0
    assert (tmp_path / "i").stat().st_mode & 0o077 == 0


def test_a_secret_in_a_file_counts_as_the_variable_does(tmp_path: Path) -> None:
    values = {
        "SECRET_KEY": "sixteen letters.",
        "DATABASE_URL": "postgresql://user:word@host/name",
        "INDUCTION_MAIL_URL": "smtp://user:word@mail.example:587",
        "INDUCTION_MAIL_OAUTH_CLIENT_SECRET": "a secret",
        "INDUCTION_MAIL_OAUTH_REFRESH_TOKEN": "a token",
        "INDUCTION_METRICS_TOKEN": "a token of its own, long enough",
        "INDUCTION_SIGNING_P12_PASSWORD": " spaces of its own ",
        "INDUCTION_KEY_PASSPHRASE": "a phrase with an Umlaut: ü",
        "INDUCTION_OIDC_CLIENT_SECRET": "what the provider made up",
        "SENTRY_DSN": "https://key@sentry.example/1",
    }
    assert set(values) == set(SECRETS)
    environ = {"INDUCTION_INSTANCE": str(tmp_path / "i"), **PROVIDER}
    files = dict(environ)
    for name, value in values.items():
        file = tmp_path / name
        file.write_text(f"{value}\n", encoding="utf-8")
        files[f"{name}_FILE"] = str(file)
    assert Settings.from_environment(files) == Settings.from_environment(environ | values)


def test_an_empty_secret_file_is_a_variable_that_is_not_set(tmp_path: Path) -> None:
    (tmp_path / "database_url").touch()
    environ = {
        "INDUCTION_INSTANCE": str(tmp_path / "i"),
        "DATABASE_URL_FILE": str(tmp_path / "database_url"),
    }
    assert Settings.from_environment(environ).database_url.startswith("sqlite:///")


def test_a_secret_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    environ = {
        "INDUCTION_INSTANCE": str(tmp_path / "i"),
        "SECRET_KEY": "sixteen letters.",
        "SECRET_KEY_FILE": "/nowhere",
    }
    with pytest.raises(BadSetting, match=r"^SECRET_KEY_FILE: SECRET_KEY is set too"):
        Settings.from_environment(environ)
