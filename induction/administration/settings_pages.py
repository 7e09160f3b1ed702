"""The administrator's pages: the institute's settings, and one person's role and account."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from induction.administration import settings_changes
from induction.administration.settings_form import SettingsForm, own_words_form
from induction.audit.act import acting
from induction.curriculum.faults import CurriculumError
from induction.curriculum.own_words import ORGANISATION
from induction.database import utc_now
from induction.extensions import db
from induction.institute import institute
from induction.institute.models import Institute
from induction.people.access import ANYONE, allow, asks_again, person
from induction.people.models import Role
from induction.pictures import NotAPicture
from induction.policy.store import content

pages = Blueprint("settings", __name__)


@pages.route("/admin/settings", methods=["GET", "POST"])
@allow(Role.ADMIN)
@asks_again
def edit() -> ResponseReturnValue:
    """How the institute is named, reached and shown."""
    form = SettingsForm(obj=_stored())
    fits, logo = form.validate_on_submit(), _logo(form)
    if fits and logo is not None:
        values = {f.name: f.data for f in form if f.name not in ("csrf_token", "logo")}
        with acting(person(), utc_now()) as act:
            changed = settings_changes.change(act, values | logo)
        flash("Saved." if changed else "Nothing was different, so nothing was changed.")
        return redirect(url_for("settings.edit"), 303)
    page = render_template("administration/settings.html", form=form)
    return page, 422 if form.is_submitted() else 200


@pages.route("/admin/settings/words", methods=["GET", "POST"])
@allow(Role.ADMIN)
@asks_again
def words() -> ResponseReturnValue:
    """What the institute calls its own people and papers, in place of the words in the files."""
    try:
        names = {k: v for k, v in content().names.items() if k != ORGANISATION}
    except CurriculumError:
        names = {}  # the page says why
    held = _stored().called
    form = own_words_form(names)(data=held)
    if form.validate_on_submit():
        given = {name: form[name].data for name in names if form[name].data}
        # What no file names today may be named again tomorrow.
        given |= {name: said for name, said in held.items() if name not in names}
        with acting(person(), utc_now()) as act:
            changed = settings_changes.change(act, {"called": given})
        flash("Saved." if changed else "Nothing was different, so nothing was changed.")
        return redirect(url_for("settings.words"), 303)
    page = render_template(
        "administration/own_words.html",
        form=form, names=names, waits=content().look(db.session()).edition is not None,
    )  # fmt: skip
    return page, 422 if form.is_submitted() else 200


def _stored() -> Institute:
    return db.session.execute(select(Institute)).scalar_one()


def _logo(form: SettingsForm) -> dict[str, object] | None:
    """The values to store for it; None where it is no picture, which the form says then."""
    if request.form.get("remove_logo"):
        return {"logo": b"", "logo_sha256": ""}
    if not isinstance(form.logo.data, FileStorage):  # none was chosen: the stored one stays
        return {}
    try:
        return settings_changes.as_logo(form.logo.data.read())
    except NotAPicture as fault:
        form.logo.errors = [str(fault)]
        return None


@pages.get("/logo/<digest>.png")
@allow(ANYONE)
def logo(digest: str) -> ResponseReturnValue:
    """The institute's logo, under a name that changes with it."""
    if digest != institute().logo_sha256:
        abort(404)
    data = db.session.execute(select(Institute.logo)).scalar_one()
    return Response(
        data,
        mimetype="image/png",
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )
