"""What we take from a browser at all: refused here, before any page or table meets it."""

from flask import Flask, abort, request
from werkzeug.exceptions import BadRequest
from werkzeug.routing import RequestRedirect

from induction.names import piled_up

LARGEST_REQUEST = 6 * 1024 * 1024  # bytes
MOST_TYPED = 256 * 1024  # bytes of it that are no file
MOST_PARTS = 100
MOST_MARKS = 30  # combining, in a row: no language has more (Unicode UAX #15, stream-safe text)


class PiledUp(BadRequest):
    """So many marks on one letter that nobody can have typed them."""


def _refuse_what_nobody_types() -> None:
    """No text of a person has the character NUL in it, and PostgreSQL cannot keep it.

    Nor has any so many marks on a letter that putting them in order would keep us busy: that takes
    the square of their number (normal forms are made of whatever is typed).
    """
    texts = [request.path]
    if request.query_string or request.mimetype:  # else there is nothing to be taken apart
        fields = (*request.args.items(multi=True), *request.form.items(multi=True))
        texts += [name + value for name, value in fields]
    if any("\0" in text for text in texts):
        abort(400)
    if any(piled_up(text, MOST_MARKS) for text in texts):
        raise PiledUp


def _mend_no_address() -> None:
    """An address with a slash too many is unknown, as any other.

    Werkzeug would redirect to one without it, at whatever host the request names.
    """
    if isinstance(request.routing_exception, RequestRedirect):
        abort(404)


def init_app(app: Flask) -> None:
    """Look at every request before its view does."""
    app.before_request(_mend_no_address)
    app.before_request(_refuse_what_nobody_types)
