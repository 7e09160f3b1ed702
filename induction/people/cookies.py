"""Cookies of ours beside the session's: each named after it, and kept from scripts."""

from datetime import timedelta

from flask import Response, after_this_request, current_app, request


def _named(what: str) -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-{what}"


def kept_cookie(what: str) -> str | None:
    """What this browser sends back, if it does."""
    return request.cookies.get(_named(what))


def keep_cookie(what: str, value: str, lifetime: timedelta) -> None:
    """Have this browser keep something, with the answer to this request."""
    name, secure = _named(what), bool(current_app.config["SESSION_COOKIE_SECURE"])

    @after_this_request
    def send(response: Response) -> Response:
        response.set_cookie(
            name, value, max_age=lifetime, secure=secure, httponly=True, samesite="Lax"
        )
        return response
