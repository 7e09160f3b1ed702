"""The headers that keep a browser on our side (OWASP Secure Headers, ASVS 5.0 V3)."""

from flask import Flask, Response

from induction.config import Settings

CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "media-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
ALWAYS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "X-Robots-Tag": "noindex, nofollow",  # a certificate's page names somebody
    "Cache-Control": "no-store",  # static files say their own
}


def init_app(app: Flask) -> None:
    """Put the headers on every response."""
    settings: Settings = app.extensions["settings"]

    @app.after_request
    def add(response: Response) -> Response:
        said = {name.lower() for name, _ in response.headers}  # what is stricter says its own
        response.headers.extend((n, v) for n, v in ALWAYS.items() if n.lower() not in said)
        if settings.over_https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response
