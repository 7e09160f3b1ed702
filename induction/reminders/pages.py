"""Reminders by hand, the institute's settings, and everyone's own choice about mail."""

from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import insert, select, update

from induction.audit.act import acting
from induction.audit.actions import Action
from induction.database import utc_now, writing
from induction.extensions import db
from induction.form_fields import SureForm
from induction.journey.rules import LearnerState
from induction.mail.outbox import waiting
from induction.people.access import SIGNED_IN, allow, person
from induction.people.lookups import OVERSEERS
from induction.people.models import Account, Role
from induction.progress import rows as lines
from induction.progress.selection import MOST, selection
from induction.progress.status import LearnerStatus, status_of
from induction.reminders import schedule, sending, version_notices
from induction.reminders.forms import ReminderSettingsForm, RemindForm
from induction.reminders.models import ReminderSettings
from induction.reminders.sending import Recipient
from induction.uk_time import uk_day

pages = Blueprint("reminders", __name__)


@pages.route("/tutor/remind", methods=["GET", "POST"])
@pages.route("/tutor/cohorts/<public_id>/remind", methods=["GET", "POST"])
@allow(*OVERSEERS)
def by_hand(public_id: str = "") -> ResponseReturnValue:
    """Remind those who are ticked in a list, or all of it, after a look at who and what."""
    session, now = db.session(), utc_now()
    chosen = selection(session, uk_day(now), public_id)
    people = _people(chosen.people, uk_day(now))
    rhythm, form = sending.rhythm(session), RemindForm()
    own_words = form.own_words.data
    if form.validate_on_submit() and people and "send" in request.form:
        with acting(person(), now) as act:
            not_before = schedule.after_quiet(rhythm, now)
            sent = sending.remind(act, people, own_words=own_words, not_before=not_before)
        left_out = len(people) - sent
        flash(
            f"{sent} reminded."
            + (f" {left_out} had been reminded by hand today already." if left_out else "")
        )
        return redirect(chosen.back, 303)
    fresh = sending.not_yet(session, people)
    preview = sending.message(fresh[0], own_words, current_user.full_name) if fresh else None
    page = render_template(
        "reminders/by_hand.html",
        chosen=chosen,
        people=fresh,
        already=len(people) - len(fresh),
        form=form,
        preview=preview,
        later=schedule.is_quiet(rhythm, now),
        quiet_until=rhythm.quiet_until,
        filters=lines.filters(chosen.wanted),
        most=MOST,
        left_out=len(chosen.people) - len(people),
        withdrawn=chosen.wanted.state == LearnerStatus.WITHDRAWN,
        by_page=sum(not p.by_mail for p in fresh),
    )
    return page, 422 if form.errors else 200


def _people(rows: Any, today: date) -> list[Recipient]:
    found = [
        row for row in rows if row.state != LearnerState.COMPLETE and status_of(row, today).here
    ]
    accounts = db.session.execute(
        select(Account.public_id, Account.id, Account.reminders_by_mail).where(
            Account.public_id.in_([row.public_id for row in found])
        )
    )
    known = {row.public_id: row for row in accounts}
    notices = version_notices.newest(db.session(), [row.enrolment_id for row in found])
    return [
        Recipient(
            known[row.public_id].id, row.enrolment_id, row.full_name, row.email,
            known[row.public_id].reminders_by_mail, row.due_on, row.step, schedule.BY_HAND,
            today.isoformat(),
            doing=(doing := _doing(row)),
            changed=notices.get(row.enrolment_id) if doing == sending.CHANGE else None,
        )
        for row in found
    ]  # fmt: skip


def _doing(row: Any) -> str:
    if row.withdrawn:
        return sending.REPLACEMENT
    if row.renewing:
        return sending.RENEWAL
    return sending.CHANGE if row.number else sending.INDUCTION


@pages.route("/tutor/reminders", methods=["GET", "POST"])
@allow(Role.COMPLIANCE, Role.ADMIN)
def settings() -> ResponseReturnValue:
    """When the institute reminds."""
    present = sending.rhythm(db.session())
    form: Any = ReminderSettingsForm(data=present.values())
    _offer(form)
    if form.validate_on_submit():
        chosen = {name: form[name].data for name in present.values()}
        with acting(person(), utc_now()) as act:
            kept = act.session.get(
                ReminderSettings, 1, populate_existing=True, with_for_update=True
            )
            before = sending.rhythm(act.session).values()
            if kept is None:
                act.session.execute(insert(ReminderSettings).values(id=1, **chosen))
            else:
                act.session.execute(update(ReminderSettings).values(chosen))
            if changed := sorted(name for name, value in before.items() if chosen[name] != value):
                act.record(Action.REMINDERS_CHANGED, "reminders:settings", fields=changed)
        flash("Saved.")
        return redirect(url_for("reminders.settings"), 303)
    page = render_template("reminders/settings.html", form=form, waiting=waiting(db.session()))
    return page, 422 if form.is_submitted() else 200


def _offer(form: Any) -> None:
    def days(*numbers: int) -> list[tuple[int, str]]:
        return [(n, f"{n} day{'' if n == 1 else 's'}" if n else "Never") for n in numbers]

    hours = [(hour, f"{hour:02}:00") for hour in range(24)]
    form.after_invitation.choices = days(0, 1, 2, 3, 5, 7, 10, 14, 21, 28)
    form.before_due.choices = days(0, 1, 2, 3, 5, 7, 10, 14, 21, 28)
    form.overdue_every.choices = days(0, 1, 2, 3, 5, 7, 10, 14, 21, 28)
    form.overdue_times.choices = [(n, f"{n} time{'' if n == 1 else 's'}") for n in range(1, 13)]
    weekdays = list(enumerate(schedule.WEEKDAYS))
    form.digest_weekday.choices = [*weekdays, (schedule.NEVER, "Never")]
    form.quiet_from.choices = form.quiet_until.choices = hours


@pages.post("/account/reminders")
@allow(SIGNED_IN)
def choice() -> ResponseReturnValue:
    """Reminders by mail, or on the page alone."""
    if not SureForm().validate_on_submit():
        abort(400)
    by_mail = request.form.get("by_mail") == "yes"
    with writing() as session:
        session.execute(
            update(Account).where(Account.id == current_user.id).values(reminders_by_mail=by_mail)
        )
    flash("Saved. Reminders come by mail." if by_mail else "Saved. Reminders stay on your page.")
    return redirect(url_for("own_account.account"), 303)
