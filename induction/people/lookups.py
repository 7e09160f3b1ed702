"""Who a tutor may look at: for everybody else there is none such."""

from datetime import datetime

from flask import abort
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.audit.act import acting
from induction.audit.actions import Action
from induction.people import cohort_queries
from induction.people.access import may_see
from induction.people.models import Account, Cohort, Role

OVERSEERS = (Role.TUTOR, Role.HEAD, Role.COMPLIANCE, Role.ADMIN)


def cohort_or_404(session: Session, public_id: str) -> Cohort:
    """A cohort of the viewer's."""
    return cohort_queries.cohort(session, current_user, public_id) or abort(404)


def seen_account(
    session: Session, viewer: Account, public_id: str, *, now: datetime
) -> Account | None:
    """A learner’s account; None where there is none such for this viewer.

    Looking for a learner of somebody else's cohort is audited.
    """
    account = session.scalars(select(Account).where(Account.public_id == public_id)).first()
    if account is None:
        return None
    if may_see(viewer, account.id):
        return account
    with acting(viewer, now) as act:
        act.record(Action.ACCESS_REFUSED, account.actor, what="learner")
    return None
