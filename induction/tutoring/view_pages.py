"""The views of lists that somebody keeps: kept from a list, opened by one press, deleted."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from induction.database import writing
from induction.extensions import db
from induction.form_fields import SureForm
from induction.people.access import allow, person
from induction.people.lookups import OVERSEERS, cohort_or_404
from induction.progress import rows as lines
from induction.progress.selection import in_address, in_words, list_address
from induction.refusals import NotNow
from induction.tutoring import saved_views
from induction.tutoring.forms import ViewForm

pages = Blueprint("views", __name__, url_prefix="/tutor/views")


@pages.route("", methods=["GET", "POST"])
@allow(*OVERSEERS)
def mine() -> ResponseReturnValue:
    """Keep the list that the address names, and see which are kept."""
    session, wanted = db.session(), lines.asked()
    named = request.args.get("cohort", "")
    cohort = cohort_or_404(session, named) if named else None
    form: Any = ViewForm()
    if form.validate_on_submit():
        try:
            with writing() as one:
                saved_views.keep(one, person(), form.name.data, cohort, wanted)
        except NotNow as refused:
            form.form_errors.append(str(refused))
        else:
            flash(f"“{form.name.data}” is kept: one press opens it from any list.")
            return redirect(list_address(cohort, wanted), 303)
    page = render_template(
        "tutoring/views.html",
        form=form,
        of=cohort.name if cohort else "All your learners",
        narrowed=in_words(wanted),
        asked=bool(named or in_address(wanted)) or form.is_submitted(),
        back=list_address(cohort, wanted),
        views=saved_views.views_of(session, person()),
    )
    return page, 422 if form.is_submitted() else 200


@pages.post("/<public_id>/delete")
@allow(*OVERSEERS)
def forget(public_id: str) -> ResponseReturnValue:
    """Delete a view; the people in it are not touched."""
    if not SureForm().validate_on_submit():
        abort(400)
    with writing() as session:
        gone = saved_views.forget(session, person(), public_id)
    flash(
        "The view is deleted. The list and its people are as they were."
        if gone
        else "That view is not there any more. Nothing was changed."
    )
    return redirect(url_for(".mine"), 303)
