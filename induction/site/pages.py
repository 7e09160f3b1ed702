"""The public pages and the probes."""

from flask import Blueprint, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import text

from induction.extensions import db
from induction.institute import institute
from induction.people.access import ANYONE, HOMES, allow, home_of
from induction.schema import is_current

pages = Blueprint("site", __name__)

PAPER, ACCENT = "#f6f4ee", "#0d5c5a"  # as in the style sheet


@pages.get("/")
@allow(ANYONE)
def home() -> ResponseReturnValue:
    """What this is; those who are signed in go on to their own page."""
    if current_user.is_authenticated:
        return redirect(home_of(current_user), 303)
    return render_template("home.html")


@pages.get("/accessibility")
@allow(ANYONE)
def accessibility() -> ResponseReturnValue:
    """The accessibility statement."""
    return render_template("accessibility.html")


@pages.get("/privacy")
@allow(ANYONE)
def privacy() -> ResponseReturnValue:
    """What we keep about people, and why."""
    return render_template("privacy.html")


@pages.get("/style")
@allow(*HOMES)
def style() -> ResponseReturnValue:
    """Every component in every state, for those who write or change pages."""
    return render_template("style.html")


@pages.get("/manifest.webmanifest")
@allow(ANYONE)
def manifest() -> ResponseReturnValue:
    """What a phone needs to keep this site among its programs, under the institute's name."""
    asset, here = current_app.extensions["asset"], institute()
    answer = jsonify(
        name=f"{here.name}: induction",
        short_name="Induction",
        start_url="/",
        display="minimal-ui",
        background_color=PAPER,
        theme_color=here.accent or ACCENT,
        icons=[
            {
                "src": asset(f"img/icon-{size}.png"),
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": "any maskable",
            }
            for size in (192, 512)
        ],
    )
    answer.mimetype = "application/manifest+json"
    return answer


@pages.get("/offline")
@allow(ANYONE)
def offline() -> ResponseReturnValue:
    """What a phone shows in place of a page that it cannot fetch; the worker keeps it there."""
    return render_template("errors/offline.html")


@pages.get("/worker.js")
@allow(ANYONE)
def worker() -> ResponseReturnValue:
    """The service worker of the learner's pages: only what is the same for everybody is in it."""
    asset, here = current_app.extensions["asset"], institute()
    files = [asset(name) for name in ("site.css", "site.js", "img/icon.svg", "img/trouble.svg")]
    if here.logo_sha256:
        files.append(f"/logo/{here.logo_sha256}.png")
    shell = [url_for("site.offline"), *files]
    edition = " ".join((here.name, here.contact or "", *files))  # what the page says, besides
    answer = current_app.make_response(
        render_template("worker.js", shell=shell, edition=edition),
    )
    answer.mimetype = "text/javascript"
    answer.headers["Cache-Control"] = "max-age=86400"  # an old one is whole, too
    return answer


@pages.get("/favicon.ico")
@pages.get("/apple-touch-icon.png")
@allow(ANYONE)
def icon() -> ResponseReturnValue:
    """What browsers look for here, whatever a page says."""
    return redirect(current_app.extensions["asset"](f"img{request.path}"))


@pages.get("/healthz")
@allow(ANYONE)
def healthz() -> ResponseReturnValue:
    """The process is up."""
    return jsonify(status="up")


@pages.get("/readyz")
@allow(ANYONE)
def readyz() -> ResponseReturnValue:
    """The database can be reached and its schema is this release's."""
    db.session.execute(text("SELECT 1"))
    if not is_current(db.session()):
        return jsonify(status="the database needs: flask db upgrade"), 503
    return jsonify(status="ready")
