"""How pages look: an account's own choice, or this browser's where nobody is signed in."""

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode

from induction.people.cookies import keep_cookie, kept_cookie
from induction.people.models import Account

# Each setting with what can be chosen, and how that is called; the first is what nobody chose.
CHOICES: Mapping[str, Mapping[str, str]] = {
    "text_size": {"normal": "Normal", "large": "Large", "larger": "Larger"},
    "spacing": {"normal": "Normal", "wide": "Wide"},
    "font": {"normal": "Normal", "easy": "Easy to read"},
    "scheme": {"system": "Same as my device", "light": "Light", "dark": "Dark", "cream": "Cream"},
    "motion": {"system": "Same as my device", "off": "None"},
}
_DEFAULTS = {name: next(iter(values)) for name, values in CHOICES.items()}
COMFORT = "comfort"  # the cookie
A_YEAR = timedelta(days=365)


def comfort_of(account: Account | None) -> dict[str, str]:
    """Every setting, for this account or for the browser that asks. Reads no database."""
    return _DEFAULTS | (account.comfort if account else _of_browser())


def _of_browser() -> dict[str, str]:
    sent = parse_qsl(kept_cookie(COMFORT) or "")
    return {name: value for name, value in sent if value in CHOICES.get(name, ())}


def keep_in_browser(chosen: Mapping[str, str]) -> None:
    """Remember a choice in a cookie of its own: it says nothing about who chose it."""
    keep_cookie(COMFORT, urlencode(chosen), A_YEAR)
