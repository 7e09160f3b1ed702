"""Enrolling people from a file: sent, looked at in a dry run, mended, carried out."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.utils import secure_filename

from induction.audit.act import Act, acting
from induction.database import utc_now, writing
from induction.enrolment import dry_run_page, looking, looks, staged_lists, under_way
from induction.enrolment.dry_run_page import head_or_404, plan_of, staged_or_404
from induction.enrolment.forms import (
    NAMED,
    ColumnsForm,
    ImportForm,
    TakeForm,
)
from induction.enrolment.import_columns import COLUMNS, ColumnsUnclear, headings_of
from induction.enrolment.import_plan import met_hidden
from induction.enrolment.naming_columns import headings_key, remember, remembered
from induction.enrolment.past_imports import past_imports
from induction.extensions import db
from induction.form_fields import PageForm
from induction.people.access import allow, oversees_all
from induction.people.access import person as current_account
from induction.people.lookups import OVERSEERS
from induction.policy.store import content
from induction.spreadsheets.reading import LONGEST_CELL, NotASheet
from induction.throttles import counting
from induction.throttles.counting import Metered, Refusal, digest
from induction.throttles.rules import LIST, in_words

pages = Blueprint("enrolment", __name__, url_prefix="/tutor")

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
        going=under_way.of(db.session(), current_account()),
        taken_in=past_imports(db.session(), current_account(), utc_now()),
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
    file = staged_lists.read_file(stream, look_up if said is None else lambda _key: said, name)
    with acting(current_account(), utc_now()) as act:
        if said is not None:
            remember(act, form.headings.data, said)
        staged = staged_lists.keep(act, file, _met_hidden(act, file))
    _look_at(staged, len(file.sheet.lines))
    return redirect(url_for("enrolment.dry_run", public_id=staged), 303)


def _look_at(public_id: str, rows: int) -> None:
    """A long list is looked at once, and not for each of its pages."""
    if rows > under_way.LONG:
        looking.look(head_or_404(public_id).id, current_account(), rows)


def _has_to_wait(form: ImportForm) -> bool:
    """Whether this person has sent in too many lists lately; the form says so then."""
    if wait := _wait():
        form.file.errors = [MANY_LISTS.format(in_words(wait))]
    return bool(wait)


def _wait() -> timedelta:
    """How long this person has to wait with another list, which is counted where it is nothing."""
    now, account = utc_now(), current_account()
    asked = Metered(LIST, digest(LIST.name, account.actor))
    with writing() as session:
        wait = counting.wait(session, [asked], now=now)
        if wait:
            away = Refusal("list", request.remote_addr or "", account.public_id, turned_away=True)
            counting.refused(session, away, now=now)
        else:
            counting.count(session, [asked], now=now)
    return wait


def _met_hidden(act: Act, file: staged_lists.PeopleFile) -> int:
    return met_hidden(act.session, content().policy, file.sheet, current_account())


@pages.get("/import/<public_id>")
@allow(*OVERSEERS)
def dry_run(public_id: str) -> ResponseReturnValue:
    """What the file would do, row by row, against what is there at this moment.

    Once the worker has it: how far it has got.
    """
    head, again = head_or_404(public_id), "again" in request.args
    at = under_way.standing(db.session(), public_id)
    if at.under_way or (at.told and not at.stopped and not again):
        return dry_run_page.on_its_way(public_id, head.name, at)
    if at.stopped and at.words["leavers"] and not dry_run_page.asked_for_leavers():
        return redirect(url_for("enrolment.dry_run", public_id=public_id, whole="1"), 303)
    return dry_run_page.page_of(public_id, head, TakeForm(), at)


@pages.post("/import/<public_id>/again")
@allow(*OVERSEERS)
def look_again(public_id: str) -> ResponseReturnValue:
    """Compare a long list anew with what is there now."""
    head = head_or_404(public_id)
    if not PageForm().validate_on_submit():
        abort(400)
    rows = looks.length(db.session(), head.id) or len(staged_or_404(public_id).sheet.lines)
    if not under_way.standing(db.session(), public_id).under_way:
        looking.look(head.id, current_account(), rows)
    return redirect(url_for("enrolment.dry_run", public_id=public_id), 303)


@pages.post("/import/<public_id>/rows")
@allow(*OVERSEERS)
def mend(public_id: str) -> ResponseReturnValue:
    """Correct rows of the list: cells, or the cohort of those in none. Then look at it again."""
    staged = staged_or_404(public_id)
    if not TakeForm().validate_on_submit():
        abort(400)
    back = redirect(url_for("enrolment.dry_run", public_id=public_id, show="refused"), 303)
    if under_way.standing(db.session(), public_id).under_way:
        return back  # the worker has it: nothing is corrected any more
    if wait := _wait():
        flash(MANY_LISTS.format(in_words(wait)))
        return back
    cells = _with_a_cohort(staged) if "cohort" in request.form else _corrected(staged)
    with acting(current_account(), utc_now()) as act:
        mended = staged_lists.mend(act, public_id, cells)
        if mended:
            staged = staged_or_404(public_id)
            staged_lists.note_looked_at(act, staged, _met_hidden(act, staged))
    if mended:
        _look_at(public_id, len(staged.sheet.lines))
    rows = f"{mended} {'row is' if mended == 1 else 'rows are'} corrected and looked at again."
    flash(rows if mended else "Nothing was different, so nothing changed.")
    return back


def _corrected(staged: staged_lists.PeopleFile) -> dict[int, dict[str, str]]:
    return {
        line.number: {
            column: " ".join(request.form[key].split())[: LONGEST_CELL + 1]
            for column in COLUMNS
            if (key := dry_run_page.cell_name(line.number, column)) in request.form
        }
        for line in staged.sheet.lines
    }


def _with_a_cohort(staged: staged_lists.PeopleFile) -> dict[int, dict[str, str]]:
    """The cohort that was chosen, for new people whom the list puts into none; nobody moves."""
    name = dict(dry_run_page.cohorts()).get(request.form["cohort"], "")
    nowhere = plan_of(staged).nowhere if name else ()
    return {row: {"cohort": name} for row in nowhere}
