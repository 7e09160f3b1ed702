"""The pages on which staff correct what is known of one person, and say who is the same person."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from induction.audit.act import acting
from induction.certificates.queries import held_by
from induction.database import utc_now
from induction.extensions import db
from induction.names import mixed
from induction.people.access import TRUSTED, allow, asks_again, person
from induction.people.learner_fields import LEARNER_FIELDS, facts_of
from induction.people.lookups import OVERSEERS, seen_account
from induction.people.models import Account, Role
from induction.policy.store import content
from induction.refusals import InvalidInput, NotNow
from induction.tutoring import approving, correcting, edit_conflicts, merging
from induction.tutoring.forms import CorrectionForm, SamePersonForm

pages = Blueprint("corrections", __name__, url_prefix="/tutor/people")


@pages.route("/<public_id>/details", methods=["GET", "POST"])
@allow(*OVERSEERS)
@asks_again
def details(public_id: str) -> ResponseReturnValue:
    """Name, address, reference and what else is known of somebody, as far as one may correct it."""
    session = db.session()
    account = seen_account(session, current_user, public_id, now=utc_now()) or abort(404)
    enrolled, begun = correcting.standing(session, account)
    if correcting.why_not(person(), account, enrolled=enrolled):
        abort(404)
    may = correcting.may_correct(person(), account, enrolled=enrolled, begun=begun)
    back = _back(account, enrolled=enrolled)
    form = _form(account, may)
    if form.validate_on_submit():
        typed = _typed(form, may)
        if typed is not None and _corrected(form, account, typed):
            return redirect(back, 303)
    page = render_template(
        "tutoring/details.html",
        form=form,
        account=account,
        fields=[field for field in LEARNER_FIELDS if field.name in may],
        fixed=[
            (field.word.capitalize(), value)
            for field in LEARNER_FIELDS
            if enrolled and field.name not in may and (value := facts_of(account)[field.name])
        ],
        in_use=correcting.IN_USE,
        merge_href=url_for(".same_person", public_id=public_id)
        if enrolled and account.id != person().id and not person().roles.isdisjoint(TRUSTED)
        else None,
        certified=bool(held_by(session, account.id)),
        back=back,
    )
    return page, 422 if form.is_submitted() else 200


@pages.route("/<public_id>/same-person", methods=["GET", "POST"])
@allow(*TRUSTED)
@asks_again
def same_person(public_id: str) -> ResponseReturnValue:
    """Ask for two accounts of one person to be made one."""
    session = db.session()
    account = seen_account(session, current_user, public_id, now=utc_now()) or abort(404)
    enrolled, _ = correcting.standing(session, account)
    if not enrolled or account.id == person().id or account.erased_at:
        abort(404)
    form: Any = SamePersonForm()
    if form.validate_on_submit():
        other = merging.somebody(session, form.other.data)
        if other is None:
            form.other.errors = ["There is no account with this reference or email address."]
        else:
            one = merging.Merge(account, other, form.details.data == "other")
            try:
                with acting(person(), utc_now()) as act:
                    asked = approving.ask_to_merge(act, one, form.reason.data)
            except NotNow as refused:
                form.form_errors.append(str(refused))
            else:
                flash("Asked for. A compliance officer confirms it.")
                return redirect(url_for("approvals.show", public_id=asked.public_id), 303)
    page = render_template(
        "tutoring/same_person.html",
        form=form,
        account=account,
        back=url_for("corrections.details", public_id=public_id),
    )
    return page, 422 if form.is_submitted() else 200


def _back(account: Account, *, enrolled: bool) -> str:
    if enrolled and (Role.ADMIN not in person().roles or not account.roles):
        return url_for("tutoring.learner", public_id=account.public_id)
    return url_for("administration.one_person", public_id=account.public_id)


def _form(account: Account, may: list[str]) -> CorrectionForm:
    now = {name: facts_of(account)[name] for name in may}
    form = CorrectionForm(data={**now, "seen": edit_conflicts.mark(now)})
    for field in LEARNER_FIELDS:
        if field.of_policy and field.name in may:
            known = dict.fromkeys([*content().policy.audiences, now[field.name]])
            form[field.name].choices = [(a, a.capitalize()) for a in known]
        elif field.name not in may:
            delattr(form, field.name)
    return form


def _typed(form: Any, may: list[str]) -> dict[str, str] | None:
    """What was typed, as it is stored; None, and errors at the fields, where something is wrong."""
    typed: dict[str, str] = {}
    for field in LEARNER_FIELDS:
        if field.name in may:
            try:
                text = (form[field.name].data or "").strip()
                typed[field.name] = field.read(text, content().policy.audiences)
            except InvalidInput as fault:
                form[field.name].errors = [str(fault)]
    return typed if len(typed) == len(may) else None


def _corrected(form: Any, account: Account, typed: dict[str, str]) -> bool:
    """Whether it is done; else the form says why not."""
    anew, faulty = False, False
    with acting(person(), utc_now()) as act:
        act.session.refresh(account, with_for_update=True)
        now = {name: facts_of(account)[name] for name in typed}
        others = edit_conflicts.changed(now, typed, form.seen.data or "")
        for name, both in others.items():
            if both:
                form[name].errors = [f"Somebody has changed this meanwhile: “{now[name]}” now."]
                faulty = True
        facts = {n: v for n, v in typed.items() if v != now[n] and n not in others}
        if faulty:
            form.seen.data = edit_conflicts.mark(now)
        elif facts:
            try:
                anew = correcting.correct(act, content(), account, facts, form.reason.data)
            except correcting.Taken as fault:
                form[fault.field].errors, faulty = [str(fault)], True
    if faulty:
        return False
    told = "The details are corrected." if facts else "Nothing was different, so nothing changed."
    invited = "A new invitation is on its way to the new address." if anew else ""
    warning = mixed(facts.get("full_name", ""))
    flash(" ".join(filter(None, (told, invited, warning))))
    return True
