"""What learners misunderstand, for a cohort and for all."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from induction.extensions import db
from induction.paging import page_in_hand
from induction.people.access import allow
from induction.people.lookups import OVERSEERS, cohort_or_404
from induction.policy.store import content
from induction.tutoring.question_analysis import FEWEST, analyse

pages = Blueprint("analysis", __name__, url_prefix="/tutor")

SHOWN = 5  # misconceptions, more than fit in a tutorial; the others are folded away


@pages.get("/misconceptions")
@allow(*OVERSEERS)
def of_all() -> ResponseReturnValue:
    """Everyone whom this viewer looks after."""
    return _page(None, None, None)


@pages.get("/cohorts/<public_id>/misconceptions")
@allow(*OVERSEERS)
def of_cohort(public_id: str) -> ResponseReturnValue:
    """One cohort."""
    cohort = cohort_or_404(db.session(), public_id)
    return _page(cohort.id, cohort.name, public_id)


def _page(cohort_id: int | None, name: str | None, public_id: str | None) -> str:
    found = analyse(db.session(), current_user, content().policy, cohort_id)
    shared = [belief for belief in found.beliefs if belief.count > 1]
    single = [belief for belief in found.beliefs if belief.count == 1]
    items, pages = page_in_hand(found.items, len(found.items))
    return render_template(
        "tutoring/misconceptions.html",
        cohort=name,
        cohort_id=public_id,
        found=found,
        items=items,
        pages=pages,
        beliefs=shared[:SHOWN],
        further=shared[SHOWN:],
        single=single,
        fewest=FEWEST,
    )
