"""Enrolling people: from a file after a dry run, or one by a form."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.utils import secure_filename
from wtforms.validators import InputRequired

from induction.audit.act import Act, acting
from induction.audit.actions import Action
from induction.database import utc_now, writing
from induction.enrolment import drafts
from induction.enrolment.applying import carry_out, to_invite
from induction.enrolment.forms import (
    NAMED,
    ColumnsForm,
    EnrolForm,
    ImportForm,
    TakeForm,
    understood,
)
from induction.enrolment.import_columns import COLUMNS, ColumnsUnclear, headings_of
from induction.enrolment.import_plan import ImportPlan, compare, met_hidden, plan
from induction.enrolment.import_rows import ImportedPerson, ImportedSheet
from induction.enrolment.naming_columns import headings_key, remember, remembered
from induction.extensions import db
from induction.people import cohort_queries
from induction.people.access import allow, oversees_all
from induction.people.access import person as current_account
from induction.people.invitations import invite
from induction.people.learner_fields import LEARNER_FIELDS
from induction.people.lookups import OVERSEERS, cohort_or_404
from induction.people.models import Account
from induction.policy.store import content
from induction.spreadsheets.reading import NotASheet
from induction.throttles import counting
from induction.throttles.counting import Metered, Refusal, digest
from induction.throttles.rules import LIST, in_words
from induction.uk_time import uk_day

pages = Blueprint("enrolment", __name__, url_prefix="/tutor")

IN_COLUMNS = ("full_name", "learner_ref", "email", "audience")  # of the dry run’s own
SIZE = 25
SAY_WHICH = "Choose below which column is which, once for lists like this, and the file again."
MANY_LISTS = (
    "You have sent many lists in the last hour. Wait {}, then send it again. Nothing was changed."
)


@pages.route("/import", methods=["GET", "POST"])
@allow(*OVERSEERS)
def import_file() -> ResponseReturnValue:
    """Send a file for a dry run. Nothing is written but the rows that we use, for a day."""
    form: ImportForm = ColumnsForm() if "headings" in request.form else ImportForm()
    if form.validate_on_submit() and not _has_to_wait(form):
        try:
            return _let_wait(form)
        except ColumnsUnclear as fault:
            form = ColumnsForm(formdata=None)
            form.offer(fault.headings)
            form.guess(fault.headings)
            form.file.errors = [f"{fault} {SAY_WHICH}"]
        except NotASheet as fault:
            form.file.errors = [str(fault)]
    if isinstance(form, ColumnsForm) and form["learner_ref"].choices is None:
        form = ImportForm()  # no file came, so that there is nothing to choose from
        form.validate()
    status = 422 if form.is_submitted() else 200
    page = render_template(
        "enrolment/import.html",
        form=form,
        columns=COLUMNS,
        named=[form[name] for name in NAMED] if isinstance(form, ColumnsForm) else [],
        everywhere=oversees_all(current_user),
    )
    return page, status


def _let_wait(form: Any) -> ResponseReturnValue:
    """Keep the rows, and which column is which where that was said. Raises NotASheet."""
    stream, name = form.file.data.stream, secure_filename(form.file.data.filename or "")
    look_up = remembered(db.session())
    said: dict[str, int] | None = None
    if isinstance(form, ColumnsForm) or form.anew.data:
        heads = headings_of(stream)
        stream.seek(0)
        if not isinstance(form, ColumnsForm):
            raise ColumnsUnclear("You asked to say which column is which.", heads)
        if form.headings.data != headings_key(heads):
            raise ColumnsUnclear("This file has other columns than the one before.", heads)
        form.offer(heads)
        said = form.places()
    file = drafts.read_file(stream, look_up if said is None else lambda _key: said, name)
    with acting(current_account(), utc_now()) as act:
        if said is not None:
            remember(act, form.headings.data, said)
        draft = drafts.keep(act, file, _met_hidden(act, file))
    return redirect(url_for("enrolment.dry_run", public_id=draft), 303)


def _has_to_wait(form: ImportForm) -> bool:
    """Whether this person has sent in too many lists lately; the form says so then."""
    now, account = utc_now(), current_account()
    asked = Metered(LIST, digest(LIST.name, account.actor))
    with writing() as session:
        wait = counting.wait(session, [asked], now=now)
        if wait:
            away = Refusal("list", request.remote_addr or "", account.public_id, turned_away=True)
            counting.refused(session, away, now=now)
        else:
            counting.count(session, [asked], now=now)
    if wait:
        form.file.errors = [MANY_LISTS.format(in_words(wait))]
    return bool(wait)


def _met_hidden(act: Act, file: drafts.PeopleFile) -> int:
    return met_hidden(act.session, content().policy, file.sheet, current_account())


def _plan(session: Session, file: drafts.PeopleFile) -> ImportPlan:
    return plan(session, content().policy, file.sheet, current_user, uk_day(utc_now()))


def _draft(public_id: str) -> drafts.PeopleFile:
    owner = current_account()
    return drafts.waiting(db.session(), public_id, owner, now=utc_now()) or abort(404)


@pages.get("/import/<public_id>")
@allow(*OVERSEERS)
def dry_run(public_id: str) -> ResponseReturnValue:
    """What the file would do, row by row, against what is there at this moment."""
    draft = _draft(public_id)
    roll = _plan(db.session(), draft)
    return _dry_run_page(public_id, draft.name, roll, TakeForm())


def _dry_run_page(public_id: str, name: str, roll: ImportPlan, form: TakeForm) -> str:
    counts = roll.counts()
    first = next((v for v in ("refused", "new", "changed", "same") if counts[v]), "same")
    shown = request.args.get("show", first)
    if not counts.get(shown):
        shown = first
    rows: list[Any] = list(roll.refused if shown == "refused" else roll.of(shown))
    total = max(1, -(-len(rows) // SIZE))
    number = min(max(1, request.args.get("page", 1, type=int)), total)

    def address(page: int) -> str:
        return url_for("enrolment.dry_run", public_id=public_id, show=shown, page=page)

    return render_template(
        "enrolment/dry_run.html",
        name=name,
        form=form,
        roll=roll,
        counts=counts,
        shown=shown,
        tabs=[
            (verdict, url_for("enrolment.dry_run", public_id=public_id, show=verdict))
            for verdict in ("refused", "new", "changed", "same")
        ],
        rows=rows[(number - 1) * SIZE : number * SIZE],
        further=[(f.name, f.word) for f in LEARNER_FIELDS if f.name not in IN_COLUMNS],
        pages={
            "number": number,
            "total": total,
            "first": (number - 1) * SIZE + 1,
            "last": min(number * SIZE, len(rows)),
            "count": len(rows),
            "previous": address(number - 1) if number > 1 else None,
            "next": address(number + 1) if number < total else None,
        },
        action=url_for("enrolment.carry_out_import", public_id=public_id),
        to_do=counts["new"] + counts["changed"],
        to_invite=len(roll.to_invite),
        alike=sum(bool(entry.alike) for entry in roll.entries),
        noted=sum(bool(e.notes) and e.verdict != "same" for e in roll.entries),
    )


@pages.post("/import/<public_id>")
@allow(*OVERSEERS)
def carry_out_import(public_id: str) -> ResponseReturnValue:
    """Import the file as it was sent. It stays for its day: going back shows that all is done."""
    draft, form = _draft(public_id), TakeForm()
    if not form.validate_on_submit():
        abort(400)
    with acting(current_account(), utc_now()) as act:
        roll = _plan(act.session, draft)
        refused = bool(roll.refused) and not form.skip_bad.data
        if not refused:
            _write(act, roll, sha256=draft.sha256, inviting=form.invite.data)
    if refused:
        form.skip_bad.errors = ["Some rows are refused. Mend the file, or leave those rows out."]
        return _dry_run_page(public_id, draft.name, roll, form), 422
    counts = roll.counts()
    new = f"{counts['new']} {'person is' if counts['new'] == 1 else 'people are'} new"
    invited = f" {len(roll.to_invite)} invited." if form.invite.data else ""
    flash(f"{new}, {counts['changed']} changed, {counts['same']} the same.{invited}")
    return redirect(url_for("tutoring.board"), 303)


def _write(
    act: Act, roll: ImportPlan, *, sha256: str = "", how: str = "import", inviting: bool
) -> list[Account]:
    made = carry_out(act, content(), roll, sha256=sha256, how=how)
    if inviting:
        invite(act, to_invite(act, roll, made))
    return made


@pages.route("/enrol", methods=["GET", "POST"])
@allow(*OVERSEERS)
def enrol() -> ResponseReturnValue:
    """Enrol one person by a form; the same rules as for a file."""
    groups = db.session.execute(cohort_queries.cohorts(current_user).limit(500)).all()
    form = EnrolForm()
    none = "No cohort"
    if not oversees_all(current_user):
        none = "Choose one of yours" if groups else "You have none yet: make one first"
        form.cohort.validators = [InputRequired("Choose one of your cohorts.")]
    form.cohort.choices = [("", none), *((g.public_id, g.name) for g in groups)]
    audiences = content().policy.audiences
    form["audience"].choices = [(a, a.capitalize()) for a in audiences]
    named = request.args.get("cohort", "")
    if named:
        cohort_or_404(db.session(), named)
    if not form.is_submitted():
        only = groups[0].public_id if len(groups) == 1 and not oversees_all(current_user) else ""
        form.cohort.data = named or only
    if form.validate_on_submit():
        names = {g.public_id: g.name for g in groups}
        person = understood(form, names.get(form.cohort.data, ""), audiences)
        done = _enrol_one(form, person) if person else None
        if done is not None:
            return done
    status = 422 if form.is_submitted() else 200
    return render_template("enrolment/enrol.html", form=form, fields=LEARNER_FIELDS), status


def _enrol_one(form: EnrolForm, person: ImportedPerson) -> ResponseReturnValue | None:
    """Write it, and lead on; None where it is refused (the form then says why)."""
    made: list[Account] = []
    now = utc_now()
    with acting(current_account(), now) as act:
        roll = compare(
            act.session, content().policy, ImportedSheet((person,)), current_user, uk_day(now)
        )
        taken = bool(roll.entries) and roll.entries[0].verdict == "new"
        alike = roll.entries[0].alike if taken else ()
        asks = bool(alike) and not form.sure.data
        if roll.hidden:
            act.record(Action.ACCESS_REFUSED, "enrol", what="enrol")
        if taken and not asks:
            made = _write(act, roll, how="form", inviting=form.invite.data)
    if roll.refused:
        form.form_errors.extend(roll.refused[0].reasons)
    elif not taken:
        form.form_errors.append("This person is enrolled already.")
    elif asks:
        form.sure.errors = [f"{'. '.join(alike)}. Tick the box if this is somebody else."]
    else:
        flash(f"{person.full_name} is enrolled.")
        return redirect(url_for("tutoring.learner", public_id=made[0].public_id), 303)
    return None
