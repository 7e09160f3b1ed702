"""Personal data: the periods, the requests, and their decisions."""

from datetime import datetime, timedelta

from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import or_, select

from induction.approvals import asking
from induction.approvals.asking import Asking
from induction.approvals.models import OPEN, Approval, ApprovalOutcome
from induction.approvals.queries import officers_beside, open_for
from induction.audit.act import acting
from induction.audit.actions import Action
from induction.certificates.issuing import last_day
from induction.database import AnyRow, utc_now
from induction.extensions import db
from induction.paging import page_of
from induction.people.access import allow, asks_again, person
from induction.people.models import Account
from induction.personal_data import approving, retention
from induction.personal_data.approving import DECIDERS, KINDS, PERIOD
from induction.personal_data.forms import DataRequestForm, PeriodForm
from induction.personal_data.holding import as_zip
from induction.personal_data.models import RequestKind
from induction.personal_data.retention import RetentionPeriod
from induction.policy.store import content
from induction.refusals import NotNow
from induction.reports import readers

A_YEAR = timedelta(days=365)  # after which a report that is open is mentioned
pages = Blueprint("personal_data", __name__, url_prefix="/compliance/personal-data")


@pages.route("", methods=["GET", "POST"])
@allow(*DECIDERS)
@asks_again
def overview() -> ResponseReturnValue:
    """The periods, what is past them, the requests, and a form for a new one."""
    form, now = DataRequestForm(), utc_now()
    if form.validate_on_submit() and (asked := _asked(form, now)):
        return redirect(url_for("approvals.show", public_id=asked.public_id), 303)
    query = (
        select(
            Approval.public_id,
            Approval.kind,
            Approval.asked_at,
            Approval.outcome,
            Account.full_name,
        )
        .outerjoin(Account, Account.id == Approval.account_id)
        .where(Approval.kind.in_([*RequestKind]))
        .order_by(Approval.id.desc())
    )
    rows, pages = page_of(db.session(), query)
    page = render_template(
        "personal_data/overview.html",
        form=form,
        rules=retention.dry_run(db.session(), now=now),
        requests=[(row, _answer_by(row)) for row in rows],
        kinds={kind.name: kind.title for kind in KINDS},
        here=officers_beside(db.session(), person().actor, DECIDERS),
        forgotten=readers.open_since(db.session(), person(), now - A_YEAR),
        pages=pages,
    )
    return page, 422 if form.is_submitted() else 200


def _answer_by(request: AnyRow) -> str | None:
    """By when a person has to have their answer: a month, by the UK GDPR, Article 12(3)."""
    theirs = request.kind != RequestKind.RETENTION and request.outcome in OPEN
    return last_day(request.asked_at, 1) if theirs else None


def _asked(form: DataRequestForm, now: datetime) -> Approval | None:
    """What is asked for, written down; None where the form says why it is not."""
    subject = None if form.kind.data == RequestKind.RETENTION else _subject(form.who.data)
    if subject is None and form.kind.data != RequestKind.RETENTION:
        form.who.errors = ["Nobody has this reference or email. Check it letter by letter."]
    elif subject is not None and subject.id == person().id:
        form.who.errors = ["This is your own account. Ask another officer to do it."]
    else:
        wish = approving.request_for(db.session(), subject, form.reason.data)
        try:
            with acting(person(), now) as act:
                return asking.ask(act, approving.of(form.kind.data), wish)
        except NotNow as fault:
            form.kind.errors = [str(fault)]
    return None


def _subject(text: str) -> Account | None:
    """The person with this reference or e-mail."""
    return db.session.scalars(
        select(Account).where(
            or_(Account.learner_ref == text, Account.email == text.lower()),
            Account.erased_at.is_(None),
        )
    ).first()


@pages.route("/periods/<record_class>", methods=["GET", "POST"])
@allow(*DECIDERS)
@asks_again
def period(record_class: str) -> ResponseReturnValue:
    """How long one class of record is kept, and on which basis."""
    rule = next(
        (r for r in retention.rules(db.session()) if r.record_class == record_class), None
    ) or abort(404)
    form = PeriodForm(data={"months": rule.months, "basis": rule.basis})
    if form.validate_on_submit() and (where := _changed(rule, form)):
        return redirect(where, 303)
    page = render_template(
        "personal_data/period.html",
        form=form,
        rule=rule,
        waiting=open_for(db.session(), PERIOD.name, approving.period_subject(record_class)),
    )
    return page, 422 if form.is_submitted() else 200


def _changed(rule: RetentionPeriod, form: PeriodForm) -> str | None:
    """Where to go once the period is changed or asked for; None where the form says why not."""
    months, basis = form.months.data, form.basis.data
    subject = approving.period_subject(rule.record_class)
    try:
        with acting(person(), utc_now()) as act:
            if months >= min(rule.floor, rule.months):
                approving.set_period(act, rule.record_class, months, basis)
                flash("Saved.")
                return url_for("personal_data.overview")
            wish = Asking(subject, basis, details={"months": months, "before": rule.months})
            asked = asking.ask(act, PERIOD, wish)
            return url_for("approvals.show", public_id=asked.public_id)
    except NotNow as fault:
        form.months.errors = [str(fault)]
    return None


@pages.get("/requests/<public_id>/copy.zip")
@allow(*DECIDERS)
@asks_again
def copy(public_id: str) -> ResponseReturnValue:
    """Everything we hold on the person who asked, in one ZIP."""
    query = select(Approval).where(Approval.public_id == public_id)
    asked = db.session.scalars(query).first() or abort(404)
    subject = db.session.get(Account, asked.account_id) if asked.account_id else None
    approved = asked.kind == RequestKind.ACCESS and asked.outcome == ApprovalOutcome.DONE
    if subject is None or subject.erased_at is not None or not approved:
        abort(404)
    body = as_zip(db.session(), content(), subject)
    with acting(person(), utc_now()) as act:
        act.record(Action.DATA_COPIED, f"data-request:{asked.public_id}", kind=asked.kind)
    return Response(
        body,
        mimetype="application/zip",
        headers={"Content-Disposition": 'attachment; filename="what-we-hold.zip"'},
    )
