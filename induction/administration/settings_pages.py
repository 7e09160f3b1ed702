"""The administrator's pages: the institute's settings, and one person's role and account."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from induction.administration import role_changes, settings_changes
from induction.administration.forms import ROLES, PersonForm, SettingsForm
from induction.database import utc_now, writing
from induction.extensions import db
from induction.institute import institute
from induction.institute.models import InstituteSettings
from induction.people import links
from induction.people.access import ANYONE, allow, person
from induction.people.accounts import LastAdministrator
from induction.people.models import Account, Role
from induction.people.pages import mail_link
from induction.pictures import NotAPicture

pages = Blueprint("settings", __name__)


@pages.route("/admin/settings", methods=["GET", "POST"])
@allow(Role.ADMIN)
def edit() -> ResponseReturnValue:
    """How the institute is named, reached and shown."""
    form = SettingsForm(obj=_stored())
    if form.validate_on_submit():
        values = {f.name: f.data for f in form if f.name not in ("csrf_token", "logo")}
        values["emergency"] = (values["emergency"] or "").strip()
        try:
            values |= _logo(form)
        except NotAPicture as fault:
            form.logo.errors = [str(fault)]
        else:
            with writing() as session:
                changed = settings_changes.change(
                    session, values, actor=person().actor, now=utc_now()
                )
            flash("Saved." if changed else "Nothing was different, so nothing was changed.")
            return redirect(url_for("settings.edit"), 303)
    page = render_template("admin/settings.html", form=form, policy_name=institute().name)
    return page, 422 if form.is_submitted() else 200


def _stored() -> InstituteSettings:
    return db.session.execute(select(InstituteSettings)).scalar_one()


def _logo(form: SettingsForm) -> dict[str, object]:
    if request.form.get("remove_logo"):
        return {"logo": b"", "logo_sha256": ""}
    if not form.logo.data:
        return {}
    return settings_changes.as_logo(form.logo.data.read())


@pages.get("/logo/<digest>.png")
@allow(ANYONE)
def logo(digest: str) -> ResponseReturnValue:
    """The institute's logo, under a name that changes with it."""
    if digest != institute().logo_sha256:
        abort(404)
    data = db.session.execute(select(InstituteSettings.logo)).scalar_one()
    return Response(
        data,
        mimetype="image/png",
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )


@pages.route("/admin/people/<public_id>", methods=["GET", "POST"])
@allow(Role.ADMIN)
def one_person(public_id: str) -> ResponseReturnValue:
    """One person: their role, and whether they can sign in."""
    account = db.session.scalars(
        select(Account).where(Account.public_id == public_id, Account.erased_at.is_(None))
    ).first() or abort(404)
    form = PersonForm()
    form.act.choices = _acts(account)
    if form.validate_on_submit():
        try:
            flash(_carry_out(account, form.act.data, form.reason.data))
        except LastAdministrator as fault:
            form.act.errors = [str(fault)]
        else:
            return redirect(url_for("settings.one_person", public_id=public_id), 303)
    page = render_template("admin/person.html", form=form, person=account, role=ROLES[account.role])
    return page, 422 if form.is_submitted() else 200


def _acts(account: Account) -> dict[str, str]:
    """What can be done about this person."""
    if account.deactivated_at:
        return {"reactivate": "Let them sign in again"}
    roles = {
        f"role-{role}": f"Make them: {title}"
        for role, title in ROLES.items()
        if role != account.role
    }
    return {"link": "Mail a link to set a password", **roles, "deactivate": "End their account"}


def _carry_out(account: Account, act: str, reason: str) -> str:
    """Do it, and say what was done."""
    actor, now = person().actor, utc_now()
    with writing() as session:
        if act == "link":
            mail_link(session, account, links.PASSWORD, actor=actor)
            return f"A link is on its way to {account.email}."
        if act == "reactivate":
            role_changes.reactivate(session, account, reason, actor=actor, now=now)
            return f"{account.full_name} can sign in again."
        if act == "deactivate":
            role_changes.deactivate(session, account, reason, actor=actor, now=now)
            return f"{account.full_name} can no longer sign in. Their record stays."
        role = Role(act.removeprefix("role-"))
        role_changes.change_role(session, account, role, reason, actor=actor, now=now)
        return f"{account.full_name} is now: {ROLES[role.value].lower()}."
