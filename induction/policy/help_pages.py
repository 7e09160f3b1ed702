"""Help for afterwards, as the authors wrote it: open to anybody, signed in or not."""

from flask import Blueprint, abort, render_template

from induction.extensions import db
from induction.people.access import ANYONE, allow
from induction.policy.store import content

pages = Blueprint("help", __name__, url_prefix="/help")


@pages.get("")
@allow(ANYONE)
def contents() -> str:
    """Every help page, and whom to tell."""
    return render_template("help/contents.html", help=content().look(db.session()).policy.help)


@pages.get("/<slug>")
@allow(ANYONE)
def page(slug: str) -> str:
    """One help page of the content in force; 404 where that has none of this name."""
    found = content().look(db.session()).policy.help_page(slug)
    if found is None:
        abort(404)
    return render_template("help/page.html", page=found)
