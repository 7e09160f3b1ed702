"""Reporting a problem, and the register for those in charge."""

from pathlib import Path

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask import current_app as app
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from induction.audit.act import acting
from induction.config import Settings
from induction.database import utc_now
from induction.extensions import db
from induction.institute import institute
from induction.paging import page_of
from induction.people.access import SIGNED_IN, allow, person
from induction.people.models import Account, Role, account_of
from induction.pictures import NotAPicture
from induction.reports import reporting
from induction.reports.forms import STATES, HandleForm, ReportForm
from induction.reports.models import BreachNote, BreachPicture, BreachReport, ReportState

pages = Blueprint("reports", __name__)

IN_CHARGE = (Role.SAFEGUARDING, Role.COMPLIANCE, Role.ADMIN)


def _folder() -> Path:
    settings: Settings = app.extensions["settings"]
    return settings.instance / "uploads"


@pages.route("/report", methods=["GET", "POST"])
@allow(SIGNED_IN)
def report() -> ResponseReturnValue:
    """Report a breach of the policy to the Senior Management Team."""
    form = ReportForm()
    here = institute()
    if not here.anonymous_reports:
        del form.anonymous
    if form.validate_on_submit():
        try:
            pictures = reporting.drawn(_uploads(form))
        except NotAPicture as fault:
            form.pictures.errors = [str(fault)]
        else:
            _store(form, pictures)
            return redirect(url_for("reports.sent"), 303)
    page = render_template("reports/report.html", form=form)
    return page, 422 if form.is_submitted() else 200


def _uploads(form: ReportForm) -> list[bytes]:
    files = [f for f in form.pictures.data or [] if f and f.filename]
    if len(files) > reporting.MOST_PICTURES:
        raise NotAPicture(f"Choose at most {reporting.MOST_PICTURES} pictures.")
    return [f.read() for f in files]


def _store(form: ReportForm, pictures: tuple[bytes, ...]) -> None:
    nameless = "anonymous" in form and form.anonymous.data
    told = reporting.Told(
        form.what.data, form.where.data, form.affected.data, form.may_contact.data, pictures
    )
    settings: Settings = app.extensions["settings"]
    url = settings.base_url + url_for("reports.register") + "/"
    with acting(reporting.ANONYMOUS if nameless else person(), utc_now()) as act:
        reporting.report(act, told, _folder(), url)


@pages.get("/report/sent")
@allow(SIGNED_IN)
def sent() -> ResponseReturnValue:
    """What happens with a report."""
    return render_template("reports/sent.html")


@pages.get("/compliance/reports")
@allow(*IN_CHARGE)
def register() -> ResponseReturnValue:
    """Every report, the ones that wait first."""
    state = request.args.get("state", "")
    query = select(
        BreachReport.public_id, BreachReport.state, BreachReport.what, BreachReport.reported_at
    ).order_by(BreachReport.state == ReportState.CLOSED.value, BreachReport.id.desc())
    if state in STATES:
        query = query.where(BreachReport.state == state)
    rows, pages = page_of(db.session(), query)
    return render_template(
        "reports/register.html",
        reports=rows,
        states=STATES,
        filters=[
            {
                "name": "state",
                "label": "State",
                "kind": "select",
                "value": state,
                "choices": [("", "All"), *STATES.items()],
            }
        ],
        clear_href=url_for("reports.register") if state else None,
        pages=pages,
    )


def _report_or_404(public_id: str) -> BreachReport:
    query = select(BreachReport).where(BreachReport.public_id == public_id)
    return db.session.scalars(query).first() or abort(404)


@pages.route("/compliance/reports/<public_id>", methods=["GET", "POST"])
@allow(*IN_CHARGE)
def one(public_id: str) -> ResponseReturnValue:
    """One report, and what was done about it."""
    found = _report_or_404(public_id)
    form = HandleForm(data={"state": found.state})
    if form.validate_on_submit():
        with acting(person(), utc_now()) as act:
            reporting.handle(act, found, ReportState(form.state.data), form.text.data)
        flash("Noted.")
        return redirect(url_for("reports.one", public_id=public_id), 303)
    page = render_template("reports/one.html", form=form, **_shown(found))
    return page, 422 if form.is_submitted() else 200


def _shown(found: BreachReport) -> dict[str, object]:
    reporter = db.session.get(Account, found.account_id) if found.account_id else None
    notes = db.session.execute(
        select(BreachNote.text, BreachNote.state, BreachNote.at, Account.full_name)
        .outerjoin(Account, Account.public_id == account_of(BreachNote.actor))
        .where(BreachNote.report_id == found.id)
        .order_by(BreachNote.id.desc())
    )
    pictures = db.session.scalars(
        select(BreachPicture.id).where(BreachPicture.report_id == found.id)
    )
    return {
        "report": found,
        "reporter": reporter,
        "state_text": STATES[found.state],
        "pictures": [
            url_for("reports.picture", public_id=found.public_id, number=number)
            for number in pictures
        ],
        "events": [
            {
                "at": note.at,
                "title": f"{STATES[note.state]}, by {note.full_name or 'somebody who has left'}",
                "text": note.text,
                "kind": "plain",
            }
            for note in notes
        ],
    }


@pages.get("/compliance/reports/<public_id>/pictures/<int:number>.png")
@allow(*IN_CHARGE)
def picture(public_id: str, number: int) -> ResponseReturnValue:
    """A screenshot that came with a report."""
    found = _report_or_404(public_id)
    digest = db.session.scalar(
        select(BreachPicture.sha256).where(
            BreachPicture.id == number, BreachPicture.report_id == found.id
        )
    )
    path = _folder() / f"{digest}.png"
    if digest is None or not path.is_file():
        abort(404)
    return Response(path.read_bytes(), mimetype="image/png")
