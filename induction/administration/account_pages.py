"""The administrator's page: who has an account, and making one."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from induction.administration import role_changes
from induction.administration.account_forms import ROLES, AccountForm, PersonForm
from induction.administration.first_day import Task, first_day
from induction.audit.act import Act, acting
from induction.database import utc_now
from induction.extensions import db
from induction.institute import institute
from induction.names import mixed
from induction.paging import COUNTED, page_of
from induction.people import cohort_queries, ending, links, sessions
from induction.people.access import allow, asks_again, person
from induction.people.accounts import NotAnAccount, create
from induction.people.finding import found_by
from induction.people.invitations import mail_link
from induction.people.models import IS_STAFF, Account, Role, has_role
from induction.people.models import ROLES as ROLES_HELD
from induction.refusals import NotNow
from induction.second_factor import factors
from induction.sign_on import identities
from induction.tutoring import correcting
from induction.uk_time import uk_date

pages = Blueprint("administration", __name__, url_prefix="/admin")


ANEW = {"release": "Let them connect anew with the institute’s account: mail a link"}
_WHO = {  # whom the list can be narrowed to
    "staff": ("Staff, in any role", IS_STAFF),
    "learners": ("Learners", ~IS_STAFF),
    **{role: (title.partition(":")[0], has_role(Role(role))) for role, title in ROLES.items()},
}
LOST = {"reset": "Take away their second step: it is lost"}


@pages.route("/people", methods=["GET", "POST"])
@allow(Role.ADMIN)
@asks_again
def people() -> ResponseReturnValue:
    """Everyone with an account; the form below makes a new one and mails an invitation."""
    form = AccountForm()
    if form.validate_on_submit():
        try:
            with acting(person(), utc_now()) as act:
                role, name = Role(form.role.data), form.full_name.data
                account = create(act, role, form.email.data, name, how="form")
                if form.last_day.data:
                    ending.end_after(act, account, form.last_day.data)
                role_changes.announce(act, account, role)
                mail_link(act, account, links.INVITATION)
        except NotAnAccount as fault:
            form.email.errors = [str(fault)]
        else:
            told = f"{account.full_name} has an account. An invitation is on its way."
            flash(f"{told} {mixed(account.full_name)}".strip())
            return redirect(url_for("administration.people"), 303)
    search, wanted = request.args.get("search", "").strip()[:100], request.args.get("role", "")
    query = select(
        Account.public_id,
        Account.full_name,
        Account.email,
        ROLES_HELD.label("roles"),
        Account.learner_ref,
        Account.last_day,
        Account.deactivated_at,
    ).order_by(Account.sort_name, Account.id)
    if search:
        query = query.where(found_by(search, Account.full_name, Account.learner_ref, Account.email))
    if wanted in _WHO:
        query = query.where(_WHO[wanted][1])
    rows, pages = page_of(db.session(), query, counted=COUNTED)
    if search and pages.count == 1 and not form.is_submitted():
        return redirect(url_for("administration.one_person", public_id=rows[0].public_id), 303)
    page = render_template(
        "administration/people.html",
        form=form,
        people=rows,
        roles=ROLES,
        filters=[
            {
                "name": "search",
                "label": "Name, reference or email",
                "kind": "text",
                "value": search,
            },
            {
                "name": "role",
                "label": "Role",
                "kind": "select",
                "value": wanted,
                "choices": [("", "Everyone"), *((key, words) for key, (words, _) in _WHO.items())],
            },
        ],
        clear_href=url_for("administration.people") if search or wanted else None,
        pages=pages,
        tasks=_to_do(),
    )
    return page, 422 if form.is_submitted() else 200


def _to_do() -> list[Task]:
    """The first day's tasks, as long as one is open. The demo institute has none."""
    settings = current_app.extensions["settings"]
    tasks = [] if person().demo else first_day(db.session(), institute(), settings, person())
    return tasks if any(not task.done for task in tasks) else []


@pages.route("/people/<public_id>", methods=["GET", "POST"])
@allow(Role.ADMIN)
@asks_again
def one_person(public_id: str) -> ResponseReturnValue:
    """One person: their roles, and whether they can sign in."""
    account = db.session.scalars(
        select(Account).where(Account.public_id == public_id, Account.erased_at.is_(None))
    ).first() or abort(404)
    form = PersonForm()
    form.act.choices = _acts(account)
    if form.validate_on_submit():
        try:
            flash(_carry_out(account, form))
        except NotNow as fault:
            form.act.errors = [str(fault)]
        else:
            return redirect(url_for("administration.one_person", public_id=public_id), 303)
    page = render_template(
        "administration/person.html",
        form=form,
        person=account,
        roles=_words(account),
        details_href=_details_href(account),
        only_theirs=cohort_queries.only_theirs(db.session(), account),
    )
    return page, 422 if form.is_submitted() else 200


def _details_href(account: Account) -> str | None:
    """Where this administrator corrects what is known of the person, if they may."""
    enrolled, _ = correcting.standing(db.session(), account)
    if correcting.why_not(person(), account, enrolled=enrolled):
        return None
    return url_for("corrections.details", public_id=account.public_id)


def _words(account: Account) -> str:
    return "; ".join(title for role, title in ROLES.items() if role in account.roles) or "Learner"


def _acts(account: Account) -> dict[str, str]:
    """What can be done about this person."""
    if account.deactivated_at and account.last_day:
        return {"open-until": "Let them sign in again, up to the last day below"}
    if account.deactivated_at:
        return {"reactivate": "Let them sign in again"}
    roles = {
        f"take-{role}" if role in account.roles else f"give-{role}": (
            f"No longer: {title}" if role in account.roles else f"Make them also: {title}"
        )
        for role, title in ROLES.items()
    }
    return {
        "link": "Mail a link to set a password",
        "sign-out": "Sign them out everywhere",
        **({"last-day": "Change their last day"} if account.last_day else {}),
        **(LOST if account.has_second_factor else {}),
        **(ANEW if sessions.provider() else {}),
        **roles,
        "deactivate": "End their account",
    }


_WAYS_IN = ("link", "reset", "release", "sign-out")


def _change_way_in(act: Act, account: Account, chosen: str, reason: str) -> str:
    """Do what concerns how they sign in, and say what was done."""
    if chosen == "link":
        mail_link(act, account, links.PASSWORD, reason)
        return f"A link is on its way to {account.email}."
    if chosen == "reset":
        factors.reset(act, account, reason)
        return f"{account.full_name} sets up a new second step with a mailed link."
    if chosen == "release":
        identities.release(act, account, reason)
        mail_link(act, account, links.CONNECT, reason)
        return f"{account.full_name} connects anew with a mailed link."
    sessions.sign_out(act, account, reason=reason)
    return f"{account.full_name} is signed out everywhere, and can sign in again."


def _carry_out(account: Account, form: PersonForm) -> str:
    """Do it, and say what was done."""
    chosen, reason, day = form.act.data, form.reason.data, form.last_day.data
    with acting(person(), utc_now()) as act:
        if chosen in _WAYS_IN:
            return _change_way_in(act, account, chosen, reason)
        if chosen in {"last-day", "open-until"}:
            ending.end_after(act, account, day)
            ending.reactivate(act, account, reason)
            return f"{account.full_name} can sign in up to {uk_date(day)}."
        if chosen == "reactivate":
            ending.reactivate(act, account, reason)
            return f"{account.full_name} can sign in again."
        if chosen == "deactivate":
            ending.deactivate(act, account, reason)
            return f"{account.full_name} can no longer sign in. Their record stays."
        change, _, role = chosen.partition("-")
        if change == "give":
            role_changes.give(act, account, Role(role), reason, last_day=day)
        else:
            role_changes.take(act, account, Role(role), reason)
        return f"{account.full_name} is now: {_words(account).lower()}."
