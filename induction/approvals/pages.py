"""What waits for a second person or for its day, and deciding it."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from induction.approvals import asking, queries
from induction.approvals.forms import DecisionForm
from induction.approvals.kinds import ApprovalKind, kinds
from induction.approvals.models import Approval, ApprovalOutcome
from induction.audit.act import acting
from induction.database import utc_now
from induction.extensions import db
from induction.paging import page_of
from induction.people.access import TRUSTED, allow, asks_again, person
from induction.people.models import Account, Role
from induction.refusals import NotNow

pages = Blueprint("approvals", __name__, url_prefix="/compliance/approvals")

OUTCOMES = {
    ApprovalOutcome.WAITING.value: "To be confirmed",
    ApprovalOutcome.CONFIRMED.value: "Confirmed, and waiting for its day",
    ApprovalOutcome.DONE.value: "Done",
    ApprovalOutcome.REFUSED.value: "Not done",
    ApprovalOutcome.OVERTAKEN.value: "Could not be done any more",
}


@pages.get("")
@allow(*TRUSTED, Role.DATA_PROTECTION)
def listing() -> ResponseReturnValue:
    """Everything that was asked for of what this person decides or may stop, the newest first."""
    session, mine = db.session(), _mine()
    query = select(
        Approval.public_id,
        Approval.kind,
        Approval.subject,
        Approval.asked_by,
        Approval.asked_at,
        Approval.not_before,
        Approval.outcome,
    ).order_by(Approval.id.desc())
    if mine != kinds():
        query = query.where(Approval.kind.in_(mine))
    rows, pages = page_of(session, query)
    return render_template(
        "approvals/listing.html",
        rows=rows,
        pages=pages,
        titles={name: kind.title for name, kind in mine.items()},
        names=queries.names(session, {row.asked_by for row in rows}),
        outcomes=OUTCOMES,
        here=queries.officers_beside(session, person().actor),
    )


def _mine() -> dict[str, ApprovalKind]:
    """What this person decides; compliance and administrators see the others too."""
    roles = person().roles
    trusted = not roles.isdisjoint(TRUSTED)
    return {
        name: kind
        for name, kind in kinds().items()
        if trusted or not roles.isdisjoint(kind.deciders)
    }


@pages.route("/<public_id>", methods=["GET", "POST"])
@allow(*TRUSTED, Role.DATA_PROTECTION)
@asks_again
def show(public_id: str) -> ResponseReturnValue:
    """One of them: what would happen, who asked, and the decision."""
    query = select(Approval).where(Approval.public_id == public_id)
    asked = db.session.scalars(query).first() or abort(404)
    kind, form = _mine().get(asked.kind) or abort(404), DecisionForm()
    if kind.href and Role.COMPLIANCE in person().roles and not form.is_submitted():
        return redirect(kind.href(asked), 303)
    if asked.is_open and form.validate_on_submit():
        try:
            flash(_decide(asked, kind, form))
        except NotNow as fault:
            field = form.why if form.decision.data == "refuse" else form.decision
            field.errors = [str(fault)]
        else:
            return redirect(url_for(".show", public_id=public_id), 303)
    page = _page(asked, kind, form)
    return page, 422 if form.is_submitted() else 200


def _decide(asked: Approval, kind: ApprovalKind, form: DecisionForm) -> str:
    with acting(person(), utc_now()) as act:
        if form.decision.data == "refuse":
            asking.refuse(act, asked, kind, form.why.data)
            return "It is not done. Everything stays as it was."
        if why := _why_not(asked, kind):
            raise NotNow(why)
        kind.ticked(act, asked, request.form.getlist("ticked"))
        said = asking.confirm(act, asked, kind)
    if asked.outcome == ApprovalOutcome.DONE and kind.settled:
        kind.settled()
    return said


def _why_not(asked: Approval, kind: ApprovalKind) -> str:
    """Why whoever is signed in cannot confirm it; they can stop it in any case."""
    if person().roles.isdisjoint(kind.deciders):
        return "A compliance officer confirms this. You can stop it."
    if asked.account_id == person().id:
        return "This is about you: another officer confirms it."
    if kind.href:
        return "This is confirmed on its own page."
    return asking.why_not_confirmed(db.session(), asked, person().actor, utc_now())


def _page(asked: Approval, kind: ApprovalKind, form: DecisionForm) -> str:
    session = db.session()
    waiting = asked.outcome == ApprovalOutcome.WAITING
    subject = session.get(Account, asked.account_id) if asked.account_id else None
    named = queries.names(session, {asked.asked_by, asked.decided_by, asked.ended_by})
    return render_template(
        "approvals/show.html",
        form=form,
        asked=asked,
        kind=kind,
        outcome=OUTCOMES[asked.outcome],
        subject=subject if subject and subject.erased_at is None else None,
        names=named,
        own=asked.asked_by == person().actor,
        why_not=_why_not(asked, kind) if waiting else "",
        here=queries.officers_beside(session, asked.asked_by, kind.deciders),
        **kind.facts(session, asked),
    )
