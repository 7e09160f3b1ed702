"""A check of cohorts: somebody has to look after their learners."""

from sqlalchemy import select

from induction.health.finding import Finding, Installation, ok, warn
from induction.people.cohort_queries import UNTAUGHT
from induction.people.models import Cohort

MOST_NAMED = 5
MOST = 1000  # that are counted


def tutors(at: Installation) -> Finding:
    """Of a cohort without a tutor nobody is told who is stuck, asks for help or is overdue."""
    untaught = select(Cohort.name).where(UNTAUGHT).order_by(Cohort.sort_name, Cohort.id)
    names = at.session.scalars(untaught.limit(MOST)).all()
    if not names:
        return ok("Each cohort with learners has a tutor who can sign in")
    more = len(names) - MOST_NAMED
    told = "; ".join(names[:MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")
    return warn(
        f"Learners have no tutor who can sign in, in cohorts: {told}",
        "/tutor",
        "open each cohort, and name a tutor in “Change the cohort”",
    )
