"""Static files under names that carry their digest: cached for ever, compressed once at start."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, abort, request
from flask.typing import ResponseReturnValue

from induction.config import PROJECT_ROOT
from induction.people.access import ANYONE, allow

KINDS = {".css", ".js", ".svg", ".png", ".ico", ".webmanifest"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served."""

    name: str  # site.3f9c01ab22de.css
    mime: str
    plain: bytes
    gzipped: bytes


def _read(root: Path) -> dict[str, Asset]:
    found = {}
    for path in sorted(root.rglob("*")):
        if path.suffix in KINDS:
            plain = path.read_bytes()
            digest = hashlib.sha256(plain).hexdigest()[:12]
            relative = path.relative_to(root).as_posix()
            name = f"{relative.removesuffix(path.suffix)}.{digest}{path.suffix}"
            mime = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            found[relative] = Asset(name, mime, plain, gzip.compress(plain, 9, mtime=0))
    return found


def init_app(app: Flask) -> None:
    """Read the static files once, and serve them from memory."""
    assets = _read(PROJECT_ROOT / "static")
    served = {a.name: a for a in assets.values()}
    addresses = {path: f"/static/{a.name}" for path, a in assets.items()}

    def asset(path: str) -> str:
        """The address of a static file; KeyError for one that is not there."""
        return addresses[path]

    @allow(ANYONE)
    def static_file(name: str) -> ResponseReturnValue:
        found = served.get(name) or abort(404)
        shrinks = len(found.gzipped) < len(found.plain)
        if shrinks and request.accept_encodings["gzip"] > 0:
            response = Response(found.gzipped, mimetype=found.mime)
            response.headers["Content-Encoding"] = "gzip"
        else:
            response = Response(found.plain, mimetype=found.mime)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["Vary"] = "Accept-Encoding"
        return response

    app.add_url_rule("/static/<path:name>", "static", static_file)
    app.jinja_env.globals["asset"] = asset
