"""The administrator's page of directories that may write here."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, StringField
from wtforms.validators import Length

from induction.audit.act import acting
from induction.database import utc_now
from induction.directory import connections
from induction.extensions import db
from induction.form_fields import PageForm, Said, SureForm
from induction.people.access import allow, asks_again, person
from induction.people.models import Role

pages = Blueprint("directory", __name__, url_prefix="/admin/directory")


class ConnectionForm(PageForm):
    """A directory that is to write here."""

    name = StringField(
        "What is it?",
        validators=[
            Said("Say what it is, for whoever reads this later."),
            Length(max=80, message="Say it in 80 characters at most."),
        ],
    )
    invites = BooleanField("Mail an invitation to whoever is new")


@pages.route("", methods=["GET", "POST"])
@allow(Role.ADMIN)
@asks_again
def overview() -> ResponseReturnValue:
    """Which directories write here; a new one gets a token, which is shown this once."""
    form, token = ConnectionForm(), ""
    refused = form.is_submitted() and not form.validate()
    if form.is_submitted() and not refused:
        with acting(person(), utc_now()) as act:
            token = connections.open_one(act, form.name.data.strip(), invites=form.invites.data)
    page = render_template(
        "directory/opened.html" if token else "directory/overview.html",
        form=form,
        token=token,
        connections=connections.all_of_them(db.session()),
        address=f"{current_app.extensions['settings'].base_url}/scim/v2",
    )
    return page, 422 if refused else 200


@pages.post("/<public_id>/close")
@allow(Role.ADMIN)
@asks_again
def close(public_id: str) -> ResponseReturnValue:
    """End a connection: from this moment its token opens nothing."""
    if not SureForm().validate_on_submit():
        abort(400)
    with acting(person(), utc_now()) as act:
        if connections.close(act, public_id):
            flash("That connection is ended. Who and what it brought stays.")
    return redirect(url_for("directory.overview"), 303)
