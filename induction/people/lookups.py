"""Who a tutor may look at: for everybody else there is none such."""

from collections.abc import Collection
from datetime import datetime

from flask import abort, request
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.audit.act import Act, acting
from induction.audit.actions import Action
from induction.database import utc_now
from induction.people import cohort_queries
from induction.people.access import may_see, person, visible_accounts
from induction.people.models import Account, Cohort, Role
from induction.throttles import counting
from induction.throttles.counting import Refusal

OVERSEERS = (Role.TUTOR, Role.HEAD, Role.COMPLIANCE, Role.ADMIN)


def cohort_or_404(session: Session, public_id: str) -> Cohort:
    """A cohort of the viewer's. Asking for somebody else's is audited."""
    found = cohort_queries.cohort(session, current_user, public_id)
    if found is None:
        if session.scalar(select(Cohort.id).where(Cohort.public_id == public_id)) is not None:
            with acting(person(), utc_now()) as act:
                note_hidden(act, person(), f"cohort:{public_id}", "cohort")
        abort(404)
    return found


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
    note_strangers(session, viewer, [public_id], now=now)
    return None


def note_strangers(
    session: Session, viewer: Account, public_ids: Collection[str], *, now: datetime
) -> None:
    """Of those who were asked for by these ids, whoever is not the viewer's is on record."""
    if not public_ids:
        return
    strange = select(Account).where(Account.public_id.in_(public_ids), ~visible_accounts(viewer))
    hidden = session.scalars(strange.order_by(Account.id)).all()
    if hidden:
        with acting(viewer, now) as act:
            for account in hidden:
                note_hidden(act, viewer, account.actor, "learner")


def note_hidden(act: Act, viewer: Account, subject: str, what: str) -> None:
    """They asked for what is not theirs to see: on record, and after ten in an hour summed up."""
    if act.said_enough(Action.ACCESS_REFUSED, subject):
        refusal = Refusal("hidden", request.remote_addr or "", viewer.public_id)
        counting.refused(act.session, refusal, now=act.now)
    else:
        act.record(Action.ACCESS_REFUSED, subject, what=what)
