"""What we take from a browser at all: refused here, before any page or table meets it."""

from flask import Flask, abort, request
from werkzeug.routing import IntegerConverter

LARGEST_REQUEST = 6 * 1024 * 1024  # bytes
MOST_TYPED = 256 * 1024  # bytes of it that are no file
MOST_PARTS = 100


class WholeNumber(IntegerConverter):
    """A number in an address that a database can hold; a larger one is an unknown address."""

    regex = r"\d{1,9}"


def _refuse_nul() -> None:
    """No text of a person has the character NUL in it, and PostgreSQL cannot keep it."""
    fields = (*request.args.items(multi=True), *request.form.items(multi=True))
    if "\0" in request.path or any("\0" in name + value for name, value in fields):
        abort(400)


def init_app(app: Flask) -> None:
    """Look at every request before its view does."""
    app.before_request(_refuse_nul)
