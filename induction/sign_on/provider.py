"""Talking to the provider: where it is, its keys, and what it says of somebody who comes from it.

OpenID Connect Core 1.0 with the code flow and a proof key (RFC 7636). What it says counts only
where it is signed by a key of its own, is for us, is new, and answers what this browser asked.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from flask import Request, current_app
from joserfc import jwt
from joserfc.errors import ClaimError, JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from induction.sign_on import rules
from induction.sign_on.flows import Flow, Purpose
from induction.sign_on.rules import GOOGLE, Arrival, NotLetIn, Reason
from induction.sign_on_settings import SignOnSettings

ANSWER = "/sign-in/provider/answer"  # registered at the provider, so it never changes
PATIENCE = 5.0  # seconds; a visitor waits meanwhile
KEPT = timedelta(hours=1)  # what it says of itself
NEW_KEYS = timedelta(
    minutes=1
)  # a token with a key that we do not know asks for them no more often
LEEWAY = 120  # seconds that its clock may differ
LARGEST = 1_000_000  # bytes of an answer
ALGORITHMS = ("RS256", "PS256", "ES256", "RS384", "RS512", "PS384", "PS512", "ES384", "ES512")
_REASONS = {
    "iss": Reason.ISSUER,
    "aud": Reason.AUDIENCE,
    "azp": Reason.AUDIENCE,
    "nonce": Reason.NONCE,
    "exp": Reason.EXPIRED,
    "iat": Reason.EXPIRED,
    "nbf": Reason.EXPIRED,
}


class ProviderAway(Exception):
    """It cannot be reached, or does not answer as a provider does. The message says how."""


class SignOnProvider:
    """The provider of this installation. What it says of itself is kept for an hour."""

    def __init__(self, settings: SignOnSettings, base_url: str) -> None:
        self._settings, self._base_url = settings, base_url
        self._said: tuple[datetime, Mapping[str, Any]] | None = None
        self._keys: tuple[datetime, KeySet] | None = None
        self.name, self.issuer = settings.name, settings.issuer
        self.domains, self.names_roles = settings.domains, settings.names_roles

    @property
    def answers_at(self) -> str:
        """The address of ours that has to be registered there."""
        return self._base_url + ANSWER

    def said(self, *, now: datetime) -> Mapping[str, Any]:
        """What it says of itself (OpenID Connect Discovery 1.0). Raises ProviderAway."""
        if self._said and now - self._said[0] < KEPT:
            return self._said[1]
        found = _fetched(self.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if found.get("issuer") != self.issuer:
            raise ProviderAway(f"it calls itself {found.get('issuer')}, not {self.issuer}")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not self._is_safe(found.get(name)):
                raise ProviderAway(f"its {name} is no safe address")
        self._said = now, found
        return found

    def _is_safe(self, address: object) -> bool:
        """Over TLS, wherever the issuer is."""
        if not isinstance(address, str):
            return False
        return urlsplit(address).scheme in {"https", urlsplit(self.issuer).scheme}

    def _client(self) -> OAuth2Session:
        return OAuth2Session(
            self._settings.client_id,
            self._settings.client_secret,
            scope="openid profile email",
            redirect_uri=self.answers_at,
            code_challenge_method="S256",
        )

    def address(self, flow: Flow, *, now: datetime) -> str:
        """Where to send a browser that goes this way. Raises ProviderAway."""
        asked: dict[str, Any] = {"nonce": flow.nonce, "response_mode": "query"}
        if flow.purpose == Purpose.AGAIN:
            asked |= {"prompt": "login", "max_age": 0}
        if self.issuer == GOOGLE:  # knows no other prompt; people have an account of their own too
            own = self.domains[0] if len(self.domains) == 1 else "*"
            asked |= {"prompt": "select_account", "hd": own}
        address, _ = self._client().create_authorization_url(
            self.said(now=now)["authorization_endpoint"],
            state=flow.state,
            code_verifier=flow.verifier,
            **asked,
        )
        return str(address)

    def arrival(self, answer: Request, flow: Flow, now: datetime) -> Arrival:
        """Who has come back from it. Raises ProviderAway and NotLetIn."""
        given = answer.args
        if given.get("iss", self.issuer) != self.issuer:  # RFC 9207
            raise NotLetIn(Reason.ISSUER)
        if "error" in given:
            raise NotLetIn(Reason.SAID_NO)
        if not given.get("code"):
            raise NotLetIn(Reason.UNTRUE)
        claims = self._claims(given["code"], flow, now=now)
        return rules.arrival(claims, self.issuer, self.domains)

    def _claims(self, code: str, flow: Flow, *, now: datetime) -> Mapping[str, Any]:
        """What it says of whoever came with this code. Raises ProviderAway and NotLetIn."""
        try:
            given = self._client().fetch_token(
                self.said(now=now)["token_endpoint"],
                code=code,
                code_verifier=flow.verifier,
                timeout=PATIENCE,
                allow_redirects=False,
            )
        except (requests.RequestException, AuthlibBaseError, ValueError) as error:
            said = str(getattr(error, "error", "") or type(error).__name__)
            current_app.logger.warning("provider: no token: %s", said)
            if said in {"invalid_grant", "invalid_request"}:  # the code was used, or is too old
                raise NotLetIn(Reason.EXPIRED) from error
            raise ProviderAway("it gave no token") from error
        return self._read(given.get("id_token"), flow.nonce, now)

    def _read(self, id_token: object, nonce: str, now: datetime) -> Mapping[str, Any]:
        if not isinstance(id_token, str):
            raise NotLetIn(Reason.UNTRUE)
        try:
            claims = self._signed(id_token, now)
            self._registry(nonce, now).validate(claims)
        except ClaimError as error:
            raise NotLetIn(_REASONS.get(error.claim, Reason.UNTRUE)) from error
        except (JoseError, ValueError) as error:
            raise NotLetIn(Reason.UNTRUE) from error
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != self._settings.client_id:
            raise NotLetIn(Reason.AUDIENCE)
        return claims

    def _registry(self, nonce: str, now: datetime) -> JWTClaimsRegistry:
        return JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=LEEWAY,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self._settings.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )

    def _signed(self, id_token: str, now: datetime) -> dict[str, Any]:
        """The claims, if a key of the provider's has signed them; it may have changed its keys."""
        try:
            return jwt.decode(id_token, self._key_set(now), algorithms=[*ALGORITHMS]).claims
        except (JoseError, ValueError):
            if self._keys is None or now - self._keys[0] < NEW_KEYS:
                raise
            self._keys = None
            return jwt.decode(id_token, self._key_set(now), algorithms=[*ALGORITHMS]).claims

    def _key_set(self, now: datetime) -> KeySet:
        if self._keys is None or now - self._keys[0] >= KEPT:
            found = _fetched(self.said(now=now)["jwks_uri"])
            try:
                self._keys = now, KeySet.import_key_set(found)  # type: ignore[arg-type]
            except (JoseError, ValueError, KeyError) as error:
                raise ProviderAway("its keys cannot be read") from error
        return self._keys[1]

    def sign_out_address(self, back: str, *, now: datetime) -> str:
        """Where somebody signs out there and comes back to this page; "" where it has none."""
        found = self.said(now=now).get("end_session_endpoint")
        if not found or not self._is_safe(found):
            return ""
        asked = {
            "client_id": self._settings.client_id,
            "post_logout_redirect_uri": self._base_url + back,
        }
        return f"{found}{'&' if '?' in found else '?'}{urlencode(asked)}"


def _fetched(address: str) -> Mapping[str, Any]:
    """A JSON object from the provider. Raises ProviderAway."""
    try:
        with requests.get(
            address, timeout=PATIENCE, allow_redirects=False, stream=True
        ) as response:
            if response.status_code != 200:
                raise ProviderAway(f"{address} answers {response.status_code}")
            content = response.raw.read(LARGEST + 1, decode_content=True)
            found = json.loads(content[: LARGEST + 1])
    except (requests.RequestException, OSError, ValueError) as error:
        raise ProviderAway(f"{address} cannot be read: {type(error).__name__}") from error
    if not isinstance(found, dict):
        raise ProviderAway(f"{address} is no JSON object")
    return found
