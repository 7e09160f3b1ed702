"""Somebody's phone with an app that shows codes."""

import pyotp

from induction.database import utc_now
from tests.support.client import Visitor
from tests.support.page import Page


class Phone:
    """Reads the key that a page shows, and then shows codes."""

    def __init__(self, visitor: Visitor, at: str = "/account/second-step/app") -> None:
        page = visitor.read(at)
        (shown,) = [e for e in page.all("code") if e["class"] == "key"]
        self._app = pyotp.TOTP(shown.text.replace(" ", ""))
        self.form = page.form("secret")
        self._now = utc_now().timestamp()

    def code(self, later: int = 0) -> str:
        """The code of when the app was added, or of so many half minutes later: each counts once.

        Whether half a minute ends meanwhile makes no difference: the next one's is taken, too.
        """
        return self._app.at(self._now + 30 * later)

    def guess(self) -> str:
        """A code that it does not show these minutes."""
        shown = {self.code(later) for later in range(-5, 6)}
        return next(code for n in range(len(shown) + 1) if (code := f"{n:06}") not in shown)


def set_up(visitor: Visitor) -> tuple[Phone, list[str]]:
    """Add an app; the codes on paper that came with it."""
    phone = Phone(visitor)
    answer = visitor.send(phone.form, {"code": phone.code()}, at="/account/second-step/app")
    assert answer.status_code in {200, 303}, "codes come with the first factor alone"
    page = Page(answer.get_data(as_text=True))
    return phone, [element.text for element in page.all("code")]
