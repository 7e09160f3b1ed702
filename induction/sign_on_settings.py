"""Signing in with the institute’s own accounts: what the environment says of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from urllib.parse import urlsplit

from induction.environment import BadSetting, count, has_sound_port


@dataclass(frozen=True, slots=True)
class SignOnSettings:
    """Who else tells us who somebody is: one tenant of one OpenID Connect provider."""

    issuer: str  # exactly as the provider names itself
    client_id: str
    client_secret: str
    domains: tuple[str, ...]  # of addresses that are the institute's own; lower case
    name: str  # what people call it: "Microsoft"
    names_roles: bool = False  # staff have no role that the provider does not name too
    header: str = ""  # in which a proxy of ours says who has signed in; "": OpenID Connect
    proxies: tuple[str, ...] = ()  # addresses and networks that may send that header


_EVERYBODY = ("common", "organizations", "consumers")  # how Microsoft calls all tenants at once
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


_STANDARD = ("host", "cookie", "authorization", "forwarded", "x-forwarded-", "content-", "accept")


def sign_on_by_header(env: Mapping[str, str]) -> SignOnSettings | None:
    """A proxy that signs people in (SAML) and says who they are; see ``sign_on.trusted_header``."""
    name = env.get("INDUCTION_SIGN_ON_HEADER", "").strip()
    if not name:
        return None
    variable = "INDUCTION_SIGN_ON_HEADER"
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)+", name) or any(
        name.lower().startswith(one) for one in _STANDARD
    ):
        raise BadSetting(f"{variable}: must be a name of its own, such as X-Sign-On-User")
    if not count(env, "INDUCTION_PROXIES"):
        raise BadSetting(f"{variable}: needs INDUCTION_PROXIES; else anybody can send it")
    if env.get("INDUCTION_OIDC_ISSUER"):
        raise BadSetting(f"{variable}: INDUCTION_OIDC_ISSUER is set too; keep one of them")
    proxies = env.get("INDUCTION_SIGN_ON_PROXIES", "127.0.0.1 ::1").replace(",", " ").split()
    try:
        networks = tuple(str(ip_network(one)) for one in proxies)
    except ValueError as error:
        wrong = "INDUCTION_SIGN_ON_PROXIES: must look like 127.0.0.1, 10.0.0.0/29"
        raise BadSetting(wrong) from error
    return SignOnSettings(
        issuer="proxy",
        client_id="",
        client_secret="",
        domains=_domains(env.get("INDUCTION_SIGN_ON_DOMAINS", ""), "INDUCTION_SIGN_ON_DOMAINS"),
        name=env.get("INDUCTION_SIGN_ON_NAME", "").strip() or "your college account",
        header=name,
        proxies=networks,
    )


def sign_on(env: Mapping[str, str]) -> SignOnSettings | None:
    """One tenant of an OpenID Connect provider; None where none is set. Raises BadSetting."""
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
        domains=_domains(domains, "INDUCTION_OIDC_DOMAINS"),
        name=name.strip() or _name_of(issuer),
        names_roles=roles == "yes",
    )


def _issuer(text: str) -> str:
    """One tenant, over TLS: whoever vouches for all the world vouches for nobody."""
    parts = urlsplit(text)
    if "{" in text or not set(_EVERYBODY).isdisjoint(parts.path.split("/")):
        raise BadSetting(f"INDUCTION_OIDC_ISSUER: name one tenant by its id, not {text}")
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not (safe and parts.hostname and has_sound_port(parts)) or parts.query or parts.fragment:
        raise BadSetting(
            "INDUCTION_OIDC_ISSUER: must look like https://login.microsoftonline.com/TENANT-ID/v2.0"
        )
    return text


def _name_of(issuer: str) -> str:
    host = urlsplit(issuer).hostname or ""
    known = {"login.microsoftonline.com": "Microsoft", "accounts.google.com": "Google"}
    return known.get(host, host)


def _domains(text: str, variable: str) -> tuple[str, ...]:
    domains = tuple(domain.lower() for domain in text.replace(",", " ").split())
    if not domains or any("@" in d or "." not in d.strip(".") for d in domains):
        raise BadSetting(f"{variable}: must look like college.ac.uk, students.college.ac.uk")
    return domains
