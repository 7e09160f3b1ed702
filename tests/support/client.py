"""The test client: a visitor without scripts, who looks closely at every page."""

from collections.abc import Mapping
from typing import Any

from flask import session as cookie
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder, TestResponse

from induction.audit.act import acting
from induction.database import utc_now
from induction.people import sessions
from induction.people.models import Account
from tests.support.inspection import faults
from tests.support.page import Form, Page, read
from tests.support.queries import Watch

# What looking at a page may leave behind: entries in the record of acts, a certificate's file made
# on first need, a try counted against whoever tries numbers in bulk, a session that goes on, and
# that a directory was heard of.
COMING_BACK = "/sign-in/provider/answer"  # the end of a sign-in at a provider, which is a GET
LOOKING_LEAVES = {
    "audit_entry", "audit_personal", "audit_head", "certificate_file", "sign_in",
    "counted_try", "refused_tally", "directory_connection",
}  # fmt: skip


class Visitor(FlaskClient):
    """A Flask test client that inspects every HTML page it gets, and can fill in forms."""

    inspecting = True  # tests that open a page a thousand times look at it elsewhere
    _token = ("", "")  # what the session's tokens are made from, and the one on its pages

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        watch: Watch = self.application.extensions["watch"]
        builder = next((a for a in args if isinstance(a, EnvironBuilder)), None)
        with watch:
            response = super().open(*args, **kwargs)
            looks = (builder.method if builder else kwargs.get("method", "GET")) == "GET"
            if looks and response.request.path != COMING_BACK:
                left = watch.written - LOOKING_LEAVES
                assert not left, f"looking at {response.request.path} wrote to {left}"
        if not self.inspecting:
            return response
        if response.mimetype == "text/html" and response.status_code not in {301, 302, 303, 308}:
            found = faults(read(response.get_data(as_text=True)))
            assert not found, f"{response.request.path}: " + "; ".join(found)
        return response

    def read(self, path: str, status: int = 200) -> Page:
        """The page at this address; follows redirects, as a browser does."""
        response = self.get(path, follow_redirects=True)
        assert response.status_code == status, f"{path}: {response.status}"
        return read(response.get_data(as_text=True))

    def read_on(self, path: str) -> list[Page]:
        """The page at this address, and every later page of its list."""
        pages = [self.read(path)]
        while later := pages[-1].links.get("Later page"):
            pages.append(self.read(later))
        return pages

    def send(
        self, form: Form, values: Mapping[str, str | list[str]] | None = None, *, at: str = ""
    ) -> TestResponse:
        """Send a form as it stands on its page, with these fields filled in; not followed."""
        data = form.filled(**(values or {}))
        target = form.action or at
        if form.method == "get":
            return self.get(target, query_string=data)
        return self.post(target, data=data)

    def token(self) -> str:
        """The token that this session's forms carry; read once for as long as it is the same.

        What the next page is to say is said on the page that it is read from.
        """
        begun, waiting = self._held()
        if not begun or waiting or self._token[0] != begun:
            inputs = self.read("/account").all("input")
            found = next(i["value"] for i in inputs if i["name"] == "csrf_token")
            self._token = self._held()[0], found
        return self._token[1]

    def _held(self) -> tuple[str, bool]:
        """What the session's tokens are made from, and whether something waits to be said."""
        held = self.get_cookie("induction")
        opened = SecureCookieSessionInterface().get_signing_serializer(self.application)
        said: dict[str, Any] = opened.loads(held.value) if held and opened else {}
        return said.get("csrf_token", ""), "_flashes" in said

    def let_in(self, account: Account) -> None:
        """A session as the sign-in page begins it; proving a password costs much by design."""
        with self.application.test_request_context():
            with acting(account, utc_now()) as act:
                token = sessions.begin(act, account, None)
            sessions.remember(account, token)
            begun = dict(cookie)
        with self.session_transaction() as mine:
            mine.update(begun)

    def sign_in(self, email: str, password: str) -> TestResponse:
        """Through the front door."""
        form = self.read("/sign-in").form("password")
        response = self.send(form, {"email": email, "password": password}, at="/sign-in")
        assert response.status_code == 303, "the sign-in was refused"
        return response
