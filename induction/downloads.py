"""A file for download, sent while it is made."""

from collections.abc import Callable, Iterator

from flask import Response, current_app
from flask.ctx import AppContext


def sent(body: Callable[[], Iterator[bytes]], mime: str, name: str) -> Response:
    """A file for download, sent while it is made."""
    return Response(
        _in_its_own_context(current_app.app_context(), body),
        mimetype=mime,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _in_its_own_context(
    context: AppContext, body: Callable[[], Iterator[bytes]]
) -> Iterator[bytes]:
    """The request has ended by the time that this runs: it needs a session that ends with it."""
    with context:
        yield from body()
