"""The waiting room, for tutors: who came by the provider and matches nobody."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from induction.audit.act import acting
from induction.database import utc_now
from induction.extensions import db
from induction.form_fields import PageForm, SureForm
from induction.paging import page_of
from induction.people import sessions
from induction.people.access import allow, person
from induction.people.lookups import OVERSEERS
from induction.sign_on import newcomers
from induction.sign_on.models import Newcomer
from induction.sign_on.newcomers import WAITING, NotThem

pages = Blueprint("newcomers", __name__, url_prefix="/tutor/newcomers")


class WhoForm(PageForm):
    """Which learner a newcomer is."""

    learner_ref = StringField(
        "Reference of the learner",
        validators=[InputRequired("Type the reference of one of your learners."), Length(max=40)],
    )


@pages.get("")
@allow(*OVERSEERS)
def waiting() -> ResponseReturnValue:
    """Everybody who waits, and which learners they may be."""
    session = db.session()
    query = select(
        Newcomer.public_id, Newcomer.name, Newcomer.address, Newcomer.first_seen_at
    ).where(WAITING)
    rows, pages = page_of(session, query.order_by(Newcomer.first_seen_at, Newcomer.id))
    return render_template(
        "sign_on/newcomers.html",
        newcomers=rows,
        likely=newcomers.likely(session, person(), rows) if rows else {},
        provider=sessions.provider(),
        pages=pages,
    )


@pages.route("/<public_id>", methods=["GET", "POST"])
@allow(*OVERSEERS)
def who(public_id: str) -> ResponseReturnValue:
    """Say which learner a newcomer is."""
    waiting = select(Newcomer).where(Newcomer.public_id == public_id, WAITING)
    newcomer = db.session.scalars(waiting).first() or abort(404)
    form = WhoForm()
    if form.validate_on_submit():
        try:
            with acting(person(), utc_now()) as act:
                learner = newcomers.match(act, public_id, person(), form.learner_ref.data)
        except NotThem as fault:
            form.learner_ref.errors = [str(fault)]
            if (
                db.session.scalars(waiting.execution_options(populate_existing=True)).first()
                is None
            ):
                flash("Somebody else has just said who they are. Nothing more was changed.")
                return redirect(url_for("newcomers.waiting"), 303)
        else:
            flash(f"{learner.full_name} can sign in now. Tell them to try again.")
            return redirect(url_for("newcomers.waiting"), 303)
    page = render_template("sign_on/newcomer.html", form=form, newcomer=newcomer, sure=SureForm())
    return page, 422 if form.is_submitted() else 200


@pages.post("/<public_id>/nobody")
@allow(*OVERSEERS)
def nobody(public_id: str) -> ResponseReturnValue:
    """A newcomer is nobody of ours."""
    if SureForm().validate_on_submit():
        with acting(person(), utc_now()) as act:
            newcomers.send_away(act, public_id)
        flash("They are no longer in the list.")
    return redirect(url_for("newcomers.waiting"), 303)
