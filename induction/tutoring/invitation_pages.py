"""Invitations that wait for their time: what waits, and calling it back."""

from datetime import UTC, datetime

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from induction.audit.act import acting
from induction.database import utc_now
from induction.extensions import db
from induction.form_fields import SureForm
from induction.people import invitations
from induction.people.access import allow, person
from induction.people.lookups import OVERSEERS
from induction.reminders import schedule, sending

pages = Blueprint("invitations", __name__, url_prefix="/tutor/invitations")

_STAMP = "%Y%m%dT%H%M"


@pages.get("")
@allow(*OVERSEERS)
def waiting() -> ResponseReturnValue:
    """The invitations that are to go at a time to come, by that time."""
    session = db.session()
    rhythm = sending.rhythm(session)
    return render_template(
        "tutoring/invitations.html",
        planned=[
            {
                "at": schedule.after_quiet(rhythm, row.at),
                "later": schedule.is_quiet(rhythm, row.at),
                "people": row.people,
                "href": url_for(".call_back", stamp=row.at.astimezone(UTC).strftime(_STAMP)),
            }
            for row in invitations.planned(session, person())
        ],
    )


@pages.post("/<stamp>/call-back")
@allow(*OVERSEERS)
def call_back(stamp: str) -> ResponseReturnValue:
    """Take back those of one time, as far as they have not gone."""
    if not SureForm().validate_on_submit():
        abort(400)
    try:
        at = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        abort(404)
    with acting(person(), utc_now()) as act:
        done = invitations.call_back(act, person(), at)
    flash(
        f"{done} {'invitation' if done == 1 else 'invitations'} called back: nothing is sent."
        if done
        else "They have gone already, or were called back. Nothing was changed."
    )
    return redirect(url_for(".waiting"), 303)
