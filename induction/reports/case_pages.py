"""The register of reports, for those who read them, and what is done about each."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from induction.audit.act import acting
from induction.audit.actions import Action
from induction.database import AnySelect, utc_now
from induction.downloads import sent
from induction.extensions import db
from induction.paging import page_of
from induction.people.access import allow, asks_again, person
from induction.people.models import Account, account_of
from induction.reports import reporting
from induction.reports.forms import ABOUT, OUTCOMES, SEVERITIES, STATES, HandleForm
from induction.reports.models import BreachNote, BreachPicture, BreachReport, ReportState
from induction.reports.readers import READERS, Readers, read_by, readers
from induction.spreadsheets.writing import MIME, spreadsheet
from induction.uk_time import uk_day

pages = Blueprint("cases", __name__, url_prefix="/compliance/reports")

OWNER = aliased(Account)
HEADS = ("Number", "Day", "About", "State", "Severity", "Outcome", "Seen to by", "Last change")
CHOICES: dict[str, tuple[str, dict[str, str]]] = {
    "state": ("State", STATES),
    "about": ("About", ABOUT),
    "severity": ("Severity", {k: v for k, v in SEVERITIES.items() if k}),
}


def _chosen() -> dict[str, str]:
    """What is asked of the list, of what can be asked."""
    asked = {name: request.args.get(name, "") for name in CHOICES}
    return {name: value for name, value in asked.items() if value in CHOICES[name][1]}


def _listed(seen: ColumnElement[bool]) -> AnySelect:
    """The reports that were asked for, the ones that wait first."""
    query: AnySelect = (
        select(
            BreachReport.public_id,
            BreachReport.number,
            BreachReport.about,
            BreachReport.state,
            BreachReport.severity,
            BreachReport.outcome,
            BreachReport.what,
            BreachReport.reported_at,
            BreachReport.changed_at,
            OWNER.full_name.label("owner"),
        )
        .outerjoin(OWNER, OWNER.id == BreachReport.owner_id)
        .where(seen)
        .order_by(BreachReport.state == ReportState.CLOSED.value, BreachReport.id.desc())
    )
    for name, value in _chosen().items():
        query = query.where(getattr(BreachReport, name) == value)
    return query


@pages.get("")
@allow(*READERS)
def register() -> ResponseReturnValue:
    """Every report that this person reads, the ones that wait first."""
    found, chosen = readers(db.session()), _chosen()
    rows, shown = page_of(db.session(), _listed(read_by(person(), found)))
    return render_template(
        "reports/register.html",
        reports=rows,
        readers=found,
        reads=_reads(found),
        states=STATES,
        about=ABOUT,
        severities=SEVERITIES,
        filters=[
            {
                "name": name,
                "label": label,
                "kind": "select",
                "value": chosen.get(name, ""),
                "choices": [("", "All"), *choices.items()],
            }
            for name, (label, choices) in CHOICES.items()
        ],
        files={kind: f"{url_for('cases.table', kind=kind)}?{urlencode(chosen)}" for kind in MIME},
        clear_href=url_for("cases.register") if chosen else None,
        pages=shown,
    )


def _reads(found: Readers) -> bool:
    """Whether this person reads any reports at all."""
    mine = person().id
    return any(one.id == mine for one in (*found.usual, *found.second))


@pages.get("/list.<any(csv, xlsx):kind>")
@allow(*READERS)
@asks_again
def table(kind: str) -> ResponseReturnValue:
    """The register as a file, without what was written in it; on record."""
    now, query = utc_now(), _listed(read_by(person(), readers(db.session())))
    rows = [
        (
            row.number,
            uk_day(row.reported_at),
            ABOUT[row.about],
            STATES[row.state],
            SEVERITIES[row.severity],
            OUTCOMES[row.outcome],
            row.owner or "",
            uk_day(row.changed_at),
        )
        for row in db.session.execute(query)
    ]
    with acting(person(), now) as act:
        act.record(Action.REPORTS_EXPORTED, "reports:all", format=kind, reports=len(rows))
    return sent(
        lambda: spreadsheet(kind, "Reports", HEADS, [rows]),
        MIME[kind],
        f"reports-{uk_day(now)}.{kind}",
    )


def _report_or_404(public_id: str, found: Readers) -> BreachReport:
    """A report that this person reads; for everybody else there is none such."""
    mine = (BreachReport.public_id == public_id) & read_by(person(), found)
    return db.session.scalars(select(BreachReport).where(mine)).first() or abort(404)


@pages.route("/<public_id>", methods=["GET", "POST"])
@allow(*READERS)
def one(public_id: str) -> ResponseReturnValue:
    """One report, and what was done about it."""
    people = readers(db.session())
    found = _report_or_404(public_id, people)
    owners = {str(one.id): one.full_name for one in people.of(of_reader=found.of_reader)}
    form = HandleForm(
        data={
            "state": found.state,
            "severity": found.severity,
            "outcome": found.outcome,
            "owner": str(found.owner_id or ""),
        }
    )
    form.owner.choices = {"": "Nobody yet"} | owners
    if form.validate_on_submit():
        done = reporting.Handled(
            ReportState(form.state.data),
            form.text.data,
            form.severity.data,
            form.outcome.data,
            int(form.owner.data) if form.owner.data else None,
            form.reply.data,
        )
        with acting(person(), utc_now()) as act:
            reporting.handle(act, found, done)
        flash("Noted.")
        return redirect(url_for("cases.one", public_id=public_id), 303)
    page = render_template("reports/one.html", form=form, **_shown(found))
    return page, 422 if form.is_submitted() else 200


def _shown(found: BreachReport) -> dict[str, object]:
    reporter = db.session.get(Account, found.account_id) if found.account_id else None
    owner = db.session.get(Account, found.owner_id) if found.owner_id else None
    notes = db.session.execute(
        select(
            BreachNote.text,
            BreachNote.state,
            BreachNote.at,
            BreachNote.actor,
            BreachNote.to_reporter,
            Account.full_name,
        )
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
        "owner": owner.full_name if owner else "Nobody yet",
        "about": ABOUT[found.about],
        "severity": SEVERITIES[found.severity],
        "outcome": OUTCOMES[found.outcome],
        "state_text": STATES[found.state],
        "pictures": [
            url_for("cases.picture", public_id=found.public_id, number=number)
            for number in pictures
        ],
        "events": [
            {"at": note.at, "title": _title(note), "text": note.text, "kind": "plain"}
            for note in notes
        ],
    }


def _title(note: Any) -> str:
    if note.actor == reporting.REPORTER:
        return "Added by whoever reported it"
    who = note.full_name or "somebody who has left"
    return f"Answered by {who}" if note.to_reporter else f"{STATES[note.state]}, by {who}"


@pages.get("/<public_id>/pictures/<int:number>.png")
@allow(*READERS)
def picture(public_id: str, number: int) -> ResponseReturnValue:
    """A screenshot that came with a report."""
    found = _report_or_404(public_id, readers(db.session()))
    png = db.session.scalar(
        select(BreachPicture.png).where(
            BreachPicture.id == number, BreachPicture.report_id == found.id
        )
    )
    if png is None:
        abort(404)
    return Response(png, mimetype="image/png")
