"""A form with typed words that arrives after its session has ended: shown again, to be sent again.

Nothing of it is stored: the words stand on the page that answers it, and go when that is closed.
"""

from urllib.parse import urlsplit

from flask import render_template, request

TYPED = "typed"  # the fields that hold typed words; see the macro ``field``
_OURS = ("csrf_token", TYPED)


def has_words() -> bool:
    """Whether what was sent comes from a page of ours and holds words that somebody typed.

    A page of somebody else's shall not put words into a form of ours.
    """
    ours = urlsplit(request.referrer or "").netloc == request.host
    return request.method == "POST" and ours and any(map(request.form.get, _typed()))


def page(*, signed_in: bool) -> tuple[str, int]:
    """The page that says why it was not sent, and sends it again."""
    typed = _typed()
    fields = [pair for pair in request.form.items(multi=True) if pair[0] not in _OURS]
    page = render_template(
        "errors/unsent.html",
        action=request.full_path.rstrip("?"),
        words=[(name, value) for name, value in fields if name in typed and value],
        carried=[(name, value) for name, value in fields if name not in typed or not value],
        files=[name for name, file in request.files.items() if file.filename],
        signed_in=signed_in,
    )
    return page, 400


def _typed() -> list[str]:
    return request.form.getlist(TYPED)
