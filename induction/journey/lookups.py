"""The learner's own journey and its steps, as the journey's pages find them."""

from flask import abort, flash, redirect
from flask.typing import ResponseReturnValue
from flask_login import current_user

from induction.extensions import db
from induction.journey import presentation as show
from induction.journey import rules
from induction.journey.queries import Journey, load
from induction.policy.store import content

NOT_OPEN_YET = "That part is not open yet. This is your next step. Everything so far is saved."


def journey_or_404() -> Journey:
    """The journey of whoever is signed in."""
    found = load(db.session(), content(), current_user.id)
    if found is None:
        abort(404)
    return found


def step_or_404(journey: Journey, slug: str) -> rules.Step:
    """The step of this name on the journey."""
    return journey.standing.step(slug) or abort(404)


def to_next(journey: Journey, message: str = NOT_OPEN_YET) -> ResponseReturnValue:
    """Lead to the next open step, and say why."""
    flash(message)
    return redirect(show.next_step(journey).href, 303)
