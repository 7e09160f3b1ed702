"""On which device somebody signs in, as a browser says of itself. Pure."""

import re
from dataclasses import dataclass

# The first that a browser names counts: each calls itself by the names of those before it as well.
_BROWSERS = (
    ("Edge", r"Edg(e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/|Chromium/"),
    ("Safari", r"Safari/"),
)
_SYSTEMS = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("ChromeOS", r"CrOS"),
    ("Windows", r"Windows"),
    ("Mac", r"Macintosh|Mac OS"),
    ("Linux", r"Linux|X11"),
)


@dataclass(frozen=True, slots=True)
class Device:
    """What somebody signs in on."""

    name: str = ""  # for its owner to know it by: "Firefox on Windows"; "" where it says nothing
    own: bool = False  # theirs alone, as they say: the session may outlive the browser's window
    token: str = ""  # of its cookie, by which it is known again; "" for none


def named(user_agent: str) -> str:
    """A name for a device from what its browser says of itself (``User-Agent``)."""
    browser, system = _first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)
    return " on ".join(word for word in (browser, system) if word)


def _first(kinds: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for name, sign in kinds if re.search(sign, user_agent)), "")
