"""People whom a proxy of the institute's own has signed in, as SAML does: one header says who.

For institutes whose provider speaks SAML alone. Apache with mod_auth_mellon or Shibboleth stands in
front, lets nobody to the one address where providers answer whom it has not signed in, and says in
a header who that is. The header counts at that address alone, for a browser that was sent there
from here, and only where the request comes straight from that proxy.
"""

from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import NoReturn

from flask import Request, current_app

from induction.config import Settings
from induction.sign_on.flows import Flow
from induction.sign_on.provider import SignOnProvider
from induction.sign_on.rules import Arrival, NotLetIn, Reason, named_by_proxy


class HeaderProvider(SignOnProvider):
    """The proxy in front, in the place of a provider."""

    def address(self, flow: Flow, *, now: datetime) -> str:  # noqa: ARG002  as its parent has it
        """Where the proxy asks who somebody is, before it lets them through."""
        return f"{self.answers_at}?state={flow.state}"

    def arrival(self, answer: Request, flow: Flow, now: datetime) -> Arrival:  # noqa: ARG002
        """Who has come, as the proxy says. Raises NotLetIn."""
        # Whoever sent the request itself, before the addresses that proxies add were believed.
        sender = answer.environ.get("werkzeug.proxy_fix.orig", {}).get("REMOTE_ADDR", "")
        if not self._is_ours(sender):
            self._refuse(f"{sender or 'nobody'} is no proxy that may say who signs in")
        said = answer.headers.getlist(self._settings.header)
        if len(said) != 1:
            self._refuse(f"the proxy sent {len(said)} headers {self._settings.header}")
        arrival = named_by_proxy(said[0], self.domains)
        if arrival is None:
            self._refuse(f"what the proxy sent in {self._settings.header} is nobody's name")
        return arrival

    def _is_ours(self, sender: str) -> bool:
        try:
            return any(ip_address(sender) in ip_network(one) for one in self._settings.proxies)
        except ValueError:
            return False

    def _refuse(self, why: str) -> NoReturn:
        current_app.logger.warning("provider: %s", why)
        raise NotLetIn(Reason.UNTRUE)

    def sign_out_address(self, back: str, *, now: datetime) -> str:  # noqa: ARG002
        """How to sign out over there is the proxy's to know."""
        return ""


def provider_from(settings: Settings) -> SignOnProvider | None:
    """Who tells us who somebody is; None where people sign in here alone."""
    told = settings.sign_on
    if told is None:
        return None
    kind = HeaderProvider if told.header else SignOnProvider
    return kind(told, settings.base_url)
