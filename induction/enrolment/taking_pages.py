"""Going ahead with a list that was looked at: at once, or by the worker where it is long."""

from datetime import datetime

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from induction.audit.act import Act, acting
from induction.database import utc_now, writing
from induction.enrolment import dry_run_page, leaving, long_lists, looks, staged_lists, under_way
from induction.enrolment.applying import SourceFile, carry_out, to_invite
from induction.enrolment.dry_run_page import head_or_404, plan_of, staged_or_404
from induction.enrolment.forms import TakeForm
from induction.enrolment.leaving import Leavers, Scope, WholeList
from induction.enrolment.past_imports import stamp
from induction.enrolment.under_way import Why
from induction.extensions import db
from induction.form_fields import PageForm
from induction.people.access import allow
from induction.people.access import person as current_account
from induction.people.invitations import invite
from induction.people.lookups import OVERSEERS
from induction.policy.store import content
from induction.uk_time import uk_datetime

pages = Blueprint("import_taking", __name__, url_prefix="/tutor")


@pages.post("/import/<public_id>")
@allow(*OVERSEERS)
def carry_out_import(public_id: str) -> ResponseReturnValue:
    """Import the file as it was sent. It stays for its day: going back shows that all is done."""
    head, form = head_or_404(public_id), TakeForm()
    if not form.validate_on_submit():
        return dry_run_page.page_of(public_id, head, form), 422
    staged = staged_or_404(public_id) if _may_be_short(public_id, head.id) else None
    if staged is None or _takes_long(staged, form):
        rows = len(staged.sheet.lines) if staged else looks.length(db.session(), head.id)
        return _hand_over(public_id, form, rows)
    left, now = 0, utc_now()
    with acting(current_account(), now) as act:
        roll = plan_of(staged)
        refused = bool(roll.refused) and not form.skip_bad.data
        scope, gone = _chosen(act.session, staged, form)
        unsure = gone is not None and gone.many and not form.all_gone.data
        if not refused and not unsure:
            origin = SourceFile(staged.sha256, staged.mended)
            made = carry_out(act, content(), roll, origin=origin)
            if form.invite.data:
                invite(act, to_invite(act, roll, made), form.when())
            left = _mark(act, staged, scope, gone)
    if refused:
        form.skip_bad.errors = [long_lists.REFUSED]
    if unsure and gone is not None:
        form.all_gone.errors = [leaving.MANY_GONE.format(len(gone.people), gone.here)]
    if refused or unsure:
        return dry_run_page.drawn(public_id, dry_run_page.compared(staged, roll), form), 422
    counts = roll.counts()
    new = f"{counts['new']} {'person is' if counts['new'] == 1 else 'people are'} new"
    when = form.when()
    at = f" will be invited on {uk_datetime(when)}." if when else " invited."
    invited = f" {len(roll.to_invite)}{at}" if form.invite.data else ""
    marked = f" {left} marked as left." if left else ""
    told = f"{new}, {counts['changed']} changed, {counts['same']} the same.{invited}{marked}"
    flash(_with_undo(told, now) if counts["new"] or counts["changed"] or left else told)
    return redirect(url_for("tutoring.board"), 303)


def _may_be_short(public_id: str, list_id: int) -> bool:
    """Whether it is neither the worker’s already nor long as it was looked at."""
    if under_way.standing(db.session(), public_id).under_way:
        return False  # it may have become short meanwhile
    return looks.length(db.session(), list_id) <= under_way.LONG


def _takes_long(staged: staged_lists.PeopleFile, form: TakeForm) -> bool:
    """Whether it is long, or many are to be marked as left, of whom somebody says that they are."""
    if len(staged.sheet.lines) > under_way.LONG:
        return True
    if not form.all_gone.data:
        return False
    _, gone = _chosen(db.session(), staged, form)
    return gone is not None and len(gone.people) > under_way.LONG


def _hand_over(public_id: str, form: TakeForm, rows: int) -> ResponseReturnValue:
    """Let the worker carry out a long list; the page of the list says how far it has got."""
    asked = long_lists.AskedOfList(
        roles=sorted(current_account().roles),
        skip_bad=form.skip_bad.data,
        invite=form.invite.data,
        when=form.when(),
        leavers=form.leavers.data if _asked_for_leavers(form) else "",
        all_gone=form.all_gone.data,
    )
    with writing() as session:
        long_lists.ask(session, public_id, asked, rows, now=utc_now())
    return redirect(url_for("enrolment.dry_run", public_id=public_id), 303)


@pages.post("/import/<public_id>/stop")
@allow(*OVERSEERS)
def stop(public_id: str) -> ResponseReturnValue:
    """Stop a list that the worker has: what it has carried out is an import, and can be undone."""
    head_or_404(public_id)
    if not PageForm().validate_on_submit():
        abort(400)
    with acting(current_account(), utc_now()) as act:
        under_way.stop(act, public_id, Why.ASKED)
    return redirect(url_for("enrolment.dry_run", public_id=public_id), 303)


def _asked_for_leavers(form: TakeForm) -> bool:
    return dry_run_page.asked_for_leavers() and form.leavers.data in list(Scope)


def _with_undo(told: str, at: datetime) -> Markup:
    href = url_for("import_undo.undo", stamp=stamp(at))
    return Markup('{} <a href="{}">Undo the import</a>').format(told, href)


def _mark(
    act: Act, file: staged_lists.PeopleFile, scope: Scope | None, gone: Leavers | None
) -> int:
    if scope is None or gone is None:
        return 0
    return leaving.mark_all(act, gone.people, gone.here, WholeList(scope, file.sha256))


def _chosen(
    session: Session, file: staged_lists.PeopleFile, form: TakeForm
) -> tuple[Scope | None, Leavers | None]:
    """Whose leaving was asked for, and who that is at this moment."""
    if not _asked_for_leavers(form):
        return None, None
    scope, slug = Scope(form.leavers.data), content().slug
    return scope, leaving.not_in(session, slug, file.sheet, current_account(), scope)
