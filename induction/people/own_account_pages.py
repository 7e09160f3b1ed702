"""A person’s own account: its password, and where they are signed in."""

from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement

from induction.audit.act import acting
from induction.database import utc_now, writing
from induction.extensions import db
from induction.people import links, passwords, sessions, throttle
from induction.people.access import SIGNED_IN, allow, home_of, local_path, person
from induction.people.forms import ChangePasswordForm, EndSessionsForm, FirstPasswordForm
from induction.people.models import CARD, Account, SignIn
from induction.throttles.rules import in_words

pages = Blueprint("own_account", __name__)

NOT_PRESENT = "That is not your present password."
LATER = "There have been too many tries. Wait {}, then try again. Nothing was changed."


@pages.route("/account/first-password", methods=["GET", "POST"])
@allow(SIGNED_IN)
def first_password() -> ResponseReturnValue:
    """A way in of their own, for whoever came by a mailed link and has none yet."""
    owner, target = person(), local_path(request.args.get("next"))
    present = owner.password_hash
    if not sessions.has_yet_to_choose(owner):
        return redirect(target or url_for("own_account.account"), 303)
    form = FirstPasswordForm(owner, own_device=cookie.permanent)
    if not form.validate_on_submit():
        page = render_template(
            "people/first_password.html", form=form, email=owner.email, signs=target is not None
        )
        return page, 422 if form.is_submitted() else 200
    device = sessions.this_device(own=form.own_device.data)
    with acting(owner, utc_now()) as act:
        new = form.password.data
        set_now = links.set_in_place_of(act, owner, present, new, how="first")
        token = sessions.begin(act, owner, None, device) if set_now else ""
    if not set_now:
        return redirect(target or url_for("own_account.account"), 303)
    sessions.remember(owner, token, device)
    flash("Your password is set. Everything so far is saved.")
    return redirect(target or home_of(owner), 303)


@pages.get("/account")
@allow(SIGNED_IN)
def account() -> ResponseReturnValue:
    """The person's own settings."""
    return _account_page(ChangePasswordForm(person(), formdata=None))


@pages.post("/account/password")
@allow(SIGNED_IN)
def change_password() -> ResponseReturnValue:
    """A new password; every other session ends."""
    form = ChangePasswordForm(person())
    if not form.validate_on_submit():
        return _account_page(form), 422
    owner, device = person(), sessions.this_device(own=cookie.permanent)
    present, new = owner.password_hash, form.password.data
    only_roles = owner.session.only_roles
    if status := _refused(form, owner):
        return _account_page(form), status
    with acting(owner, utc_now()) as act:
        set_now = links.set_in_place_of(act, owner, present, new, how="changed")
        token = sessions.begin(act, owner, None, device, only_roles=only_roles) if set_now else ""
    if not set_now:
        form.current.errors = [NOT_PRESENT]
        return _account_page(form), 422
    sessions.remember(owner, token, device)
    flash("Your password is changed. You are signed out everywhere else.")
    return redirect(url_for("own_account.account"), 303)


def _refused(form: ChangePasswordForm, owner: Account) -> int:
    """The status of the answer to a wrong present password; 0 where it is right."""
    origin, now, kind = sessions.origin(), utc_now(), "present-password"
    trying = partial(throttle.wait, kind=kind, email=owner.sign_in_name, origin=origin, now=now)
    with writing() as session:
        wait = trying(session)
    right = not wait and passwords.verify(owner.password_hash, form.current.data)
    if not wait:
        with writing() as session:
            wait = trying(session)
            if not right and not wait:
                throttle.wrong(session, kind, owner.sign_in_name, origin, now=now)
    if right and not wait:
        return 0
    form.current.errors = [LATER.format(in_words(wait)) if wait else NOT_PRESENT]
    return 429 if wait else 422


@pages.route("/account/devices", methods=["GET", "POST"])
@allow(SIGNED_IN)
def devices() -> ResponseReturnValue:
    """Where the person is signed in, and ending that."""
    owner, now = person(), utc_now()
    form = EndSessionsForm()
    if form.validate_on_submit():
        with acting(owner, now) as act:
            ended = sessions.sign_out(act, owner, _chosen(form.which.data, owner))
        flash("Signed out there." if ended else "Nobody was signed in there any more.")
        return redirect(url_for("own_account.devices"), 303)
    found = sessions.open_ones(db.session(), owner, now)
    here = owner.session.public_id
    return render_template("people/devices.html", sessions=found, here=here)


def _chosen(which: str | None, owner: Account) -> ColumnElement[bool]:
    """The sessions that are meant, never this one: signing out ends that."""
    others = SignIn.public_id != owner.session.public_id
    return others if which == EndSessionsForm.OTHERS else others & (SignIn.public_id == which)


def _account_page(password: ChangePasswordForm) -> str:
    return render_template(
        "people/account.html",
        password_form=password,
        provider=sessions.provider() if person().session.came_by != CARD else None,
        to_choose=sessions.has_yet_to_choose(person()),
    )
