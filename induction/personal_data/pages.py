"""Personal data: the periods, the requests, and their decisions."""

from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from flask import current_app as app
from flask.typing import ResponseReturnValue
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from induction.audit.act import Act, acting
from induction.audit.actions import Action
from induction.database import utc_now
from induction.extensions import db
from induction.paging import page_of
from induction.people.access import allow, asks_again, person
from induction.people.accounts import LastAdministrator
from induction.people.models import Account, Role
from induction.personal_data import erasure, erasures, mentions, retention
from induction.personal_data.forms import DataRequestForm, DecisionForm, PeriodForm
from induction.personal_data.holding import as_zip
from induction.personal_data.models import (
    DataRequest,
    RequestKind,
    RequestOutcome,
    RetentionRule,
)
from induction.policy.store import content

pages = Blueprint("personal_data", __name__, url_prefix="/compliance/personal-data")

KINDS = {
    RequestKind.ACCESS.value: "A copy of what we hold",
    RequestKind.ERASURE.value: "Erase a person",
    RequestKind.RETENTION.value: "Let go what is past its time",
}
PLACES = {  # of the tables in which somebody may be named
    "account": "Their account",
    "audit_personal": "Beside the record of acts",
    "breach_note": "What was done about a report",
    "breach_report": "Reports",
    "certificate_record": "Certificates",
    "cohort": "Names of cohorts",
    "data_request": "Requests such as this one",
    "declaration": "Declarations",
    "enrolment": "Reminders on learners’ pages",
    "institute": "The institute’s settings. Change them first: pages show them",
    "outbox_mail": "Messages",
    "policy_change": "Why the policy was changed",
    "retention_rule": "Why something is kept",
    "revocation": "Why a certificate was withdrawn",
    "supersession": "Why a certificate was replaced",
    "tutor_note": "Tutors’ notes",
}
OUTCOMES = {"waiting": "Waiting", "done": "Done", "refused": "Refused"}


def _instance() -> Path:
    folder: Path = app.extensions["settings"].instance
    return folder


@pages.route("", methods=["GET", "POST"])
@allow(Role.COMPLIANCE)
@asks_again
def overview() -> ResponseReturnValue:
    """The periods, what is past them, the requests, and a form for a new one."""
    form, now = DataRequestForm(), utc_now()
    if form.validate_on_submit():
        subject = _subject(form.who.data) if form.kind.data != RequestKind.RETENTION else None
        if subject is None and form.kind.data != RequestKind.RETENTION:
            form.who.errors = ["Nobody has this reference or email. Check it letter by letter."]
        elif subject is not None and subject.id == person().id:
            form.who.errors = ["This is your own account. Ask another officer to do it."]
        else:
            public_id = _ask(form.kind.data, subject, form.reason.data, now)
            return redirect(url_for("personal_data.request_page", public_id=public_id), 303)
    query = select(
        DataRequest.public_id, DataRequest.kind, DataRequest.asked_at, DataRequest.outcome
    ).order_by(DataRequest.id.desc())
    rows, pages = page_of(db.session(), query)
    page = render_template(
        "personal_data/overview.html",
        form=form,
        rules=retention.dry_run(db.session(), now=now),
        requests=rows,
        kinds=KINDS,
        outcomes=OUTCOMES,
        pages=pages,
    )
    return page, 422 if form.is_submitted() else 200


def _subject(text: str) -> Account | None:
    """The person with this reference or e-mail."""
    return db.session.scalars(
        select(Account).where(
            or_(Account.learner_ref == text, Account.email == text.lower()),
            Account.erased_at.is_(None),
        )
    ).first()


def _ask(kind: str, subject: Account | None, reason: str, now: datetime) -> str:
    """Write down what is asked; returns the request's id."""
    with acting(person(), now) as act:
        asked = DataRequest(
            kind=kind,
            account_id=subject.id if subject else None,
            reason=reason,
            asked_by=act.actor,
            asked_at=act.now,
        )
        act.session.add(asked)
        act.session.flush()
        _audit(act, Action.DATA_REQUESTED, asked)
        return asked.public_id


def _audit(act: Act, action: Action, asked: DataRequest) -> None:
    act.record(action, f"data-request:{asked.public_id}", kind=asked.kind)


@pages.route("/periods/<record_class>", methods=["GET", "POST"])
@allow(Role.COMPLIANCE)
@asks_again
def period(record_class: str) -> ResponseReturnValue:
    """How long one class of record is kept, and on which basis."""
    rule = next(
        (r for r in retention.rules(db.session()) if r.record_class == record_class), None
    ) or abort(404)
    form = PeriodForm(data={"months": rule.months, "basis": rule.basis})
    if form.validate_on_submit():
        with acting(person(), utc_now()) as act:
            act.session.merge(
                RetentionRule(
                    record_class=record_class,
                    months=form.months.data,
                    basis=form.basis.data,
                    changed_at=act.now,
                )
            )
            act.record(
                Action.RETENTION_CHANGED,
                f"retention:{record_class}",
                months=form.months.data,
                personal={"basis": form.basis.data},
            )
        flash("Saved.")
        return redirect(url_for("personal_data.overview"), 303)
    page = render_template("personal_data/period.html", form=form, rule=rule)
    return page, 422 if form.is_submitted() else 200


def _request_or_404(public_id: str) -> DataRequest:
    query = select(DataRequest).where(DataRequest.public_id == public_id)
    return db.session.scalars(query).first() or abort(404)


@pages.route("/requests/<public_id>", methods=["GET", "POST"])
@allow(Role.COMPLIANCE)
@asks_again
def request_page(public_id: str) -> ResponseReturnValue:
    """One request: what would happen, and the decision."""
    asked = _request_or_404(public_id)
    form = DecisionForm()
    waiting = asked.outcome == RequestOutcome.WAITING
    if waiting and form.validate_on_submit():
        try:
            flash(_decide(asked, form.decision.data))
        except LastAdministrator as fault:
            form.decision.errors = [str(fault)]
        else:
            return redirect(url_for("personal_data.request_page", public_id=public_id), 303)
    page = render_template(
        "personal_data/request.html",
        form=form,
        asked=asked,
        kind=KINDS[asked.kind],
        outcome=OUTCOMES[asked.outcome],
        **_preview(asked),
    )
    return page, 422 if form.is_submitted() else 200


def _preview(asked: DataRequest) -> dict[str, Any]:
    """What the request is about, and what approving it would do."""
    session = db.session()
    subject = db.session.get(Account, asked.account_id) if asked.account_id else None
    whole = subject is not None and subject.erased_at is None
    erasing = asked.kind == RequestKind.ERASURE and whole
    return {
        "subject": subject if whole else None,
        "places": _places(session, subject) if erasing and subject else [],
        "rules": (
            retention.dry_run(session, now=utc_now()) if asked.kind == RequestKind.RETENTION else []
        ),
        "copy_href": (
            url_for("personal_data.copy", public_id=asked.public_id)
            if whole and asked.kind == RequestKind.ACCESS and asked.outcome == "done"
            else None
        ),
    }


def _places(session: Session, subject: Account) -> list[tuple[str, int]]:
    """Where the person is named today, in words, and in how many rows."""
    named = mentions.places(session, mentions.naming_of(session, [subject]))
    return [(PLACES.get(name, name.replace("_", " ").capitalize()), n) for name, n in named.items()]


def _decide(asked: DataRequest, decision: str) -> str:
    """Carry out or refuse, in one transaction with its audit entries; says what was done."""
    with acting(person(), utc_now()) as act:
        claimed = act.session.execute(
            update(DataRequest)
            .where(DataRequest.id == asked.id, DataRequest.outcome == RequestOutcome.WAITING.value)
            .values(
                outcome="done" if decision == "approve" else "refused",
                decided_by=act.actor,
                decided_at=act.now,
            )
        )
        if not claimed.rowcount:  # type: ignore[attr-defined]
            return "Somebody else has decided this meanwhile."
        approved = decision == "approve"
        action = Action.DATA_REQUEST_DONE if approved else Action.DATA_REQUEST_REFUSED
        _audit(act, action, asked)
        said = _carry_out(act, asked) if approved else "Refused."
    if approved and asked.kind != RequestKind.ACCESS:
        erasure.settle(db.session())
        erasures.note(db.session(), _instance())
    return said


def _carry_out(act: Act, asked: DataRequest) -> str:
    if asked.kind == RequestKind.RETENTION:
        gone = retention.carry_out(act, _instance())
        return "Gone: " + ", ".join(f"{count} {what}" for what, count in gone.items()) + "."
    subject = act.session.get(Account, asked.account_id)
    if asked.kind == RequestKind.ERASURE and subject is not None:
        erasure.erase(act, subject, _instance())
        return "Erased. The chain of acts is whole, and the certificate’s number still answers."
    return "Approved. The copy can be taken below."


@pages.get("/requests/<public_id>/copy.zip")
@allow(Role.COMPLIANCE)
@asks_again
def copy(public_id: str) -> ResponseReturnValue:
    """Everything we hold on the person who asked, in one ZIP."""
    asked = _request_or_404(public_id)
    subject = db.session.get(Account, asked.account_id) if asked.account_id else None
    approved = asked.kind == RequestKind.ACCESS and asked.outcome == RequestOutcome.DONE
    if subject is None or subject.erased_at is not None or not approved:
        abort(404)
    body = as_zip(db.session(), content(), subject, _instance() / "uploads")
    with acting(person(), utc_now()) as act:
        _audit(act, Action.DATA_COPIED, asked)
    return Response(
        body,
        mimetype="application/zip",
        headers={"Content-Disposition": 'attachment; filename="what-we-hold.zip"'},
    )
