"""The test client: a visitor without scripts, who looks closely at every page."""

from collections.abc import Mapping
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.inspection import faults
from tests.support.page import Form, Page


class Visitor(FlaskClient):
    """A Flask test client that inspects every HTML page it gets, and can fill in forms."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        if response.mimetype == "text/html" and response.status_code not in {301, 302, 303, 308}:
            found = faults(Page(response.get_data(as_text=True)))
            assert not found, f"{response.request.path}: " + "; ".join(found)
        return response

    def read(self, path: str, status: int = 200) -> Page:
        """The page at this address; follows redirects, as a browser does."""
        response = self.get(path, follow_redirects=True)
        assert response.status_code == status, f"{path}: {response.status}"
        return Page(response.get_data(as_text=True))

    def send(
        self, form: Form, values: Mapping[str, str | list[str]] | None = None, *, at: str = ""
    ) -> TestResponse:
        """Send a form as it stands on its page, with these fields filled in; not followed."""
        data = form.filled(**(values or {}))
        target = form.action or at
        if form.method == "get":
            return self.get(target, query_string=data)
        return self.post(target, data=data)

    def sign_in(self, email: str, password: str) -> TestResponse:
        """Through the front door."""
        form = self.read("/sign-in").form("password")
        response = self.send(form, {"email": email, "password": password}, at="/sign-in")
        assert response.status_code == 303, "the sign-in was refused"
        return response
