"""Static files under names that carry their digest: cached for ever, compressed once at start."""

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, abort, g, request
from flask.typing import ResponseReturnValue

from induction.config import PROJECT_ROOT
from induction.institute import colour, institute
from induction.people.access import ANYONE, allow

SHEET = "site.css"
# What a style sheet holds for its authors alone: comments, and blanks beside its signs.
REMARKS, BLANKS = re.compile(rb"/\*.*?\*/", re.DOTALL), re.compile(rb"\s*([{};,])\s*")
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
            relative = path.relative_to(root).as_posix()
            plain = path.read_bytes()
            if path.suffix == ".css":
                plain = BLANKS.sub(rb"\1", REMARKS.sub(b"", plain))
            found[relative] = _asset(relative, plain)
    return found


def _asset(relative: str, plain: bytes) -> Asset:
    digest = hashlib.sha256(plain).hexdigest()[:12]
    stem, _, suffix = relative.rpartition(".")
    mime = mimetypes.guess_type(relative)[0] or "application/octet-stream"
    return Asset(f"{stem}.{digest}.{suffix}", mime, plain, gzip.compress(plain, 9, mtime=0))


def init_app(app: Flask) -> None:
    """Read the static files once, and serve them from memory."""
    assets = _read(PROJECT_ROOT / "static")
    served = {a.name: a for a in assets.values()}
    sheets: dict[str, Asset] = {"": assets[SHEET]}

    def sheet(accent: str) -> Asset:
        """The style sheet with the institute's colour at its end."""
        if accent not in sheets:
            theme = colour.theme(accent).encode()
            sheets[accent] = made = _asset(SHEET, assets[SHEET].plain + theme)
            served[made.name] = made
        return sheets[accent]

    def asset(path: str) -> str:
        """The address of a static file; KeyError for one that is not there."""
        if path == SHEET and not g.get("database_gone"):
            return f"/static/{sheet(institute().accent).name}"
        return f"/static/{assets[path].name}"

    @allow(ANYONE)
    def static_file(name: str) -> ResponseReturnValue:
        if name not in served:
            sheet(institute().accent)  # another process may have put its address on a page
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
    app.extensions["asset"] = app.jinja_env.globals["asset"] = asset
