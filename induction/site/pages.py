"""The public pages and the probes."""

from flask import Blueprint, jsonify, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import text

from induction.extensions import db
from induction.people.access import ANYONE, HOMES, allow, home_of
from induction.schema import is_current

pages = Blueprint("site", __name__)


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
