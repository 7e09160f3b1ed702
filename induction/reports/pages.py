"""Reporting a problem, with or without an account, and what has become of a report."""

from datetime import datetime, timedelta

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask import current_app as app
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy import select

from induction.audit.act import acting
from induction.config import Settings
from induction.database import utc_now
from induction.extensions import csrf, db
from induction.institute import institute
from induction.people.access import ANYONE, allow, person
from induction.refusals import InvalidInput
from induction.reports import reporting, screenshots
from induction.reports.forms import ABOUT, STATES, FollowUpForm, ReportForm
from induction.reports.models import About, BreachNote, BreachReport
from induction.reports.readers import Readers, readers
from induction.throttles import counting
from induction.throttles.counting import Metered
from induction.throttles.rules import LOOK_UP, REPORT, Limit

pages = Blueprint("reports", __name__)

NUMBER_SHOWN = timedelta(minutes=15)  # after a report, on the page that thanks for it
KEPT = (
    "Nothing has been sent yet. You have signed in or out since you opened this page. Your words "
    "are still here: read them over, choose your pictures again, and press Send."
)
KEPT_AND_OUT = (
    "Nothing has been sent yet: you are signed out. Your words are still here. Sign in in another "
    "window, come back to this one, and press Send."
)
TOO_MANY = (
    "Nothing has been sent: there were many reports from here in the last hour. Your words are "
    "still here. Send them in an hour, or ring somebody who is named above."
)
UNKNOWN = "We have no report with this number. Check each letter and digit."


@pages.route("/report", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # Flask-WTF ships no types; see _of_another_session
@allow(ANYONE)
def report() -> ResponseReturnValue:
    """Report a breach of the policy, or harm: first what it is about, then the words for it."""
    found, form = readers(db.session()), ReportForm()
    about = form.about.data or request.args.get("about", "")
    sent, right = form.is_submitted(), form.validate_on_submit()
    if sent and _of_another_session(form):
        return _form(form, found, about, why=KEPT if _may_send() else KEPT_AND_OUT, status=400)
    if about not in ABOUT or not found.usual or not _may_send():
        page = render_template(
            "reports/about.html", about=ABOUT, readers=found, may_send=_may_send()
        )
        return page, 422 if sent else 200
    if right and _says_who(form):
        return _send(form, found, About(about))
    return _form(form, found, about, status=422 if sent else 200)


def _says_who(form: ReportForm) -> bool:
    """Whether the report has a name, or may do without one."""
    if current_user.is_authenticated or institute().anonymous_reports or form.contact.data:
        return True
    form.contact.errors = ["Say who you are, and how we can reach you."]
    return False


def _of_another_session(form: ReportForm) -> bool:
    """Whether somebody signed in or out since the form was opened: what they typed is kept.

    So the form checks its own token. Raises CSRFError where there is nothing to keep.
    """
    if form.csrf_token.errors and not form.what.data:
        raise CSRFError
    signed_out = form.signed_in.data and not current_user.is_authenticated
    return bool(form.csrf_token.errors or signed_out)


def _may_send() -> bool:
    """Whether this visitor may write a report: everyone with an account, or as the settings say."""
    return current_user.is_authenticated or institute().public_reports


def _form(
    form: ReportForm, found: Readers, about: str, *, why: str = "", status: int
) -> ResponseReturnValue:
    """The form, with what has been typed."""
    about = about if about in ABOUT else About.RULE.value
    form.about.data = about
    form.signed_in.data = "yes" if current_user.is_authenticated else ""
    page = render_template("reports/report.html", form=form, about=about, readers=found, why=why)
    return page, status


def _send(form: ReportForm, found: Readers, about: About) -> ResponseReturnValue:
    account = person() if current_user.is_authenticated else None
    if form.anonymous.data and institute().anonymous_reports:
        account = None
    now = utc_now()
    counted = _counted(REPORT, now)
    if account is None:
        wait = bool(counting.wait(db.session(), [counted], now=now))
    else:
        lately = reporting.reported_lately(db.session(), account.id, now=now)
        wait = lately >= reporting.MOST_IN_AN_HOUR
    if wait:
        return _form(form, found, about.value, why=TOO_MANY, status=429)
    try:
        told = reporting.Told(
            about,
            form.what.data,
            form.where.data,
            form.affected.data,
            may_contact=form.may_contact.data,
            contact=form.contact.data,
            of_reader=form.of_reader.data,
            pictures=_pictures(form, about),
        )
    except InvalidInput as fault:
        field = form.what if about is About.PICTURE else form.pictures
        field.errors = [str(fault)]
        return _form(form, found, about.value, status=422)
    with acting(account or reporting.ANONYMOUS, now) as act:
        if account is None:
            counting.count(act.session, [counted], now=now)
        new = reporting.report(act, told, found, _register())
    session["reported"] = [new.number, now.timestamp()]
    return redirect(url_for("reports.sent"), 303)


def _counted(limit: Limit, now: datetime) -> Metered:
    return counting.of_network(limit, request.remote_addr or "", now=now)


def _pictures(form: ReportForm, about: About) -> tuple[bytes, ...]:
    """The pictures that came along, drawn anew. Raises InvalidInput."""
    files = [f for f in form.pictures.data or [] if f and f.filename]
    if files and about is About.PICTURE:
        raise reporting.PictureRefused(reporting.NO_PICTURE)
    return screenshots.drawn([f.read() for f in files])


def _settings() -> Settings:
    settings: Settings = app.extensions["settings"]
    return settings


def _register() -> str:
    """The address below which readers find each report."""
    return _settings().base_url + url_for("cases.register") + "/"


@pages.get("/report/sent")
@allow(ANYONE)
def sent() -> ResponseReturnValue:
    """What happens with a report, and its number for a while."""
    number, at = session.get("reported", ["", 0])
    shown = utc_now().timestamp() - at < NUMBER_SHOWN.total_seconds()
    return render_template("reports/sent.html", number=number if shown else "")


@pages.route("/report/follow-up", methods=["GET", "POST"])
@allow(ANYONE)
def follow_up() -> ResponseReturnValue:
    """What has become of a report, for whoever has its number; and adding to it."""
    form = FollowUpForm()
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template("reports/follow_up.html", form=form), status
    now = utc_now()
    counted = _counted(LOOK_UP, now)
    if counting.wait(db.session(), [counted], now=now):
        form.number.errors = ["There were many tries from here. Wait an hour, then try again."]
        return render_template("reports/follow_up.html", form=form), 429
    found = reporting.by_number(db.session(), form.number.data)
    with acting(reporting.REPORTER, now) as act:
        counting.count(act.session, [counted], now=now)
        if found is not None and form.more.data:
            reporting.add(act, found, form.more.data, readers(act.session), _register())
    if found is None:
        form.number.errors = [UNKNOWN]
        return render_template("reports/follow_up.html", form=form), 422
    return _followed(form, found)


def _followed(form: FollowUpForm, found: BreachReport) -> ResponseReturnValue:
    added, form.more.data = bool(form.more.data), ""
    replies = db.session.execute(
        select(BreachNote.at, BreachNote.text)
        .where(BreachNote.report_id == found.id, BreachNote.to_reporter)
        .order_by(BreachNote.id.desc())
    ).all()
    state = db.session.scalar(select(BreachReport.state).where(BreachReport.id == found.id))
    return render_template(
        "reports/follow_up.html",
        form=form,
        report=found,
        state=STATES[state or found.state],
        added=added,
        events=[{"at": one.at, "title": "An answer", "text": one.text} for one in replies],
    )
