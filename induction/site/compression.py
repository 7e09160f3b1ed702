"""Pages are compressed where whoever asks chooses nothing in them (docs/adr/0007)."""

import zlib

from flask import Flask, Response, request

LEAST = 1000  # bytes; smaller pages fit into one packet as they are
FASTEST, GZIP = 1, 31  # zlib's names for how hard to try and for the format


def _may_shrink(response: Response) -> bool:
    """Neither a search nor what a form sent is on this page, beside its token."""
    return (
        request.method == "GET"
        and not request.query_string
        and response.status_code == 200
        and response.mimetype == "text/html"
    )


def init_app(app: Flask) -> None:
    """Compress what may be compressed, for browsers that can read it."""

    @app.after_request
    def shrink(response: Response) -> Response:
        if not _may_shrink(response):
            return response
        response.vary.add("Accept-Encoding")
        page = response.get_data()
        if len(page) >= LEAST and request.accept_encodings["gzip"] > 0:
            response.set_data(zlib.compress(page, FASTEST, GZIP))
            response.content_encoding = "gzip"
        return response
