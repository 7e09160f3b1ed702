"""Signing in and out, one-time links, and the account's own settings."""

from datetime import timedelta

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import ColumnElement, select, update

from induction.audit.act import VISITOR, acting
from induction.config import SignOnSettings
from induction.database import utc_now, writing
from induction.extensions import db
from induction.institute import institute
from induction.people import links, passwords, sessions, throttle
from induction.people.access import ANYONE, SIGNED_IN, allow, home_of, local_path, person
from induction.people.forms import (
    ChangePasswordForm,
    ComfortForm,
    EndSessionsForm,
    FirstPasswordForm,
    ForgottenForm,
    SignInForm,
)
from induction.people.invitations import mail_link
from induction.people.models import Account, SignIn
from induction.throttles import counting
from induction.throttles.counting import Refusal, digest
from induction.throttles.rules import FORGOTTEN, in_words

pages = Blueprint("people", __name__)

WRONG = "That email and password do not match. Check both and try again."
ELSEWHERE = (
    "Staff sign in with {provider} here, and with no password. Press the button above. Nothing is "
    "lost."
)
WAIT = (
    "There have been too many tries. Wait {}, then try again; or press “I’ve forgotten my "
    "password” below to get a link by email, which works at once."
)
LATER = "There have been too many tries. Wait {}, then try again. Nothing was changed."


@pages.route("/sign-in", methods=["GET", "POST"])
@allow(ANYONE)
def sign_in() -> ResponseReturnValue:
    """Sign in with e-mail and password."""
    form, provider = SignInForm(), _provider()
    target = local_path(form.next.data or request.args.get("next"))
    if request.method == "GET" and current_user.is_authenticated:
        return redirect(target or home_of(current_user), 303)
    status = 200
    if form.validate_on_submit():
        email, password = form.email.data.strip(), form.password.data
        origin, now = sessions.origin(), utc_now()
        device = sessions.this_device(own=form.own_device.data)
        wait = throttle.wait(db.session(), email, origin, now=now)
        account = None if wait else sessions.check_password(email, password)
        elsewhere = account is not None and sessions.only_by_provider(account)
        if account is not None and not elsewhere:
            half = sessions.second_step_due(account)
            begin = sessions.begin_half if half else sessions.begin
            with acting(account, now) as act:
                token = begin(act, account, password, device)
            if half:
                return _to_second_step(sessions.Half(token, device.own, False, target or ""))
            sessions.remember(account, token, device)
            return redirect(target or home_of(account), 303)
        with writing() as session:
            if account is not None:
                refusal = Refusal(sessions.ELSEWHERE, origin.address, account.public_id)
                counting.refused(session, refusal, now=now)
            else:
                throttle.note(session, "sign-in", email, origin, now=now, wait=wait)
        form.form_errors.append(_why(account, wait))
        status = 429 if wait else 422
    elif form.is_submitted():
        status = 422
    form.next.data = target or ""
    return render_template("people/sign_in.html", form=form, provider=provider), status


def _provider() -> SignOnSettings | None:
    found: SignOnSettings | None = current_app.extensions["settings"].sign_on
    return found


def _why(account: Account | None, wait: timedelta) -> str:
    """Why somebody is not signed in, who has an account where the password was right."""
    provider = _provider()
    if account is not None and provider is not None:
        return ELSEWHERE.format(provider=provider.name)
    return WAIT.format(in_words(wait)) if wait else WRONG


def _to_second_step(half: sessions.Half) -> ResponseReturnValue:
    """The password, or the link, was right: one step is left."""
    sessions.remember_half(half)
    return redirect(url_for("second_factor.ask"), 303)


@pages.post("/sign-out")
@allow(ANYONE)
def sign_out() -> ResponseReturnValue:
    """End this session."""
    by_provider = bool(cookie.get("by_provider") and _provider())
    if current_user.is_authenticated:
        with acting(person(), utc_now()) as act:
            sessions.end(act, person())
    if not by_provider:
        flash("You are signed out. Your work is saved.")
    answer = redirect(url_for("sign_on.signed_out" if by_provider else "site.home"), 303)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'  # whoever uses the device next
    return answer


@pages.route("/forgotten-password", methods=["GET", "POST"])
@allow(ANYONE)
def forgotten() -> ResponseReturnValue:
    """Ask for a link by mail. The answer is the same for an e-mail that we do not know."""
    form = ForgottenForm()
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template("people/forgotten.html", form=form), status
    email, now, address = form.email.data.strip().lower(), utc_now(), request.remote_addr or ""
    asked = counting.of_network(FORGOTTEN, address, digest("forgotten", email), now=now)
    with acting(VISITOR, now) as act:
        wait = counting.wait(act.session, [asked], now=now)
        account = (
            None
            if wait
            else act.session.scalars(
                select(Account).where(Account.email == email, Account.deactivated_at.is_(None))
            ).first()
        )
        if not wait:
            counting.count(act.session, [asked], now=now)
        if account and not links.many_lately(act, account):
            mail_link(act, account, links.PASSWORD)
        else:
            refusal = Refusal("forgotten", address, turned_away=bool(wait))
            counting.refused(act.session, refusal, now=now)
    if wait:
        form.email.errors = [LATER.format(in_words(wait))]
        return render_template("people/forgotten.html", form=form), 429
    return render_template("people/forgotten_sent.html", email=email)


@pages.route("/link/<token>", methods=["GET", "POST"])
@allow(ANYONE)
def link(token: str) -> ResponseReturnValue:
    """A mailed link. Looking shows a button and consumes nothing: mail scanners look too."""
    found = links.found(token)
    if found is None:
        return _dead_link()
    account, purpose = found
    by_password = purpose != links.CONNECT and not sessions.only_by_provider(account)
    if request.method == "GET" or not by_password:
        provider = _provider() if purpose in links.CONNECTING else None
        return render_template(
            "people/link.html",
            heading="Open your account" if provider or not by_password else "Set your password",
            dead=False,
            token=token,
            provider=provider,
            by_password=by_password,
        )
    return redirect(url_for("people.set_password", token=token), 303)


def _dead_link() -> ResponseReturnValue:
    """The same for one that was used, has run out or never was: nobody learns which."""
    page = render_template("people/link.html", heading="This link no longer works", dead=True)
    return page, 404


@pages.route("/link/<token>/password", methods=["GET", "POST"])
@allow(ANYONE)
def set_password(token: str) -> ResponseReturnValue:
    """Choose a password with a link; the link is used up when the password is accepted."""
    found = links.found(token)
    if found is None:
        return _dead_link()
    account, purpose = found
    if purpose == links.CONNECT or sessions.only_by_provider(account):
        return redirect(url_for("people.link", token=token), 303)
    form = FirstPasswordForm()
    form.own_words = _known_words(account)
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template("people/set_password.html", form=form, email=account.email), status
    device = sessions.this_device(own=form.own_device.data)
    with acting(account, utc_now()) as act:
        fresh = links.consume(act, token, form.password.data)
        half = fresh is not None and sessions.second_step_due(fresh)
        begin = sessions.begin_half if half else sessions.begin
        session_token = begin(act, fresh, None, device) if fresh else ""
    if fresh is None:
        return _dead_link()
    if half:
        return _to_second_step(sessions.Half(session_token, device.own, True, ""))
    sessions.remember(fresh, session_token, device)
    flash("Your password is set, and you are signed in.")
    return redirect(home_of(fresh), 303)


@pages.get("/account")
@allow(SIGNED_IN)
def account() -> ResponseReturnValue:
    """The person's own settings."""
    return _account_page(ChangePasswordForm(formdata=None), _comfort_form())


@pages.post("/account/password")
@allow(SIGNED_IN)
def change_password() -> ResponseReturnValue:
    """A new password; every other session ends."""
    form = ChangePasswordForm()
    form.own_words = _known_words(person())
    if not form.validate_on_submit():
        return _account_page(form, _comfort_form()), 422
    owner, device = person(), sessions.this_device(own=cookie.permanent)
    if status := _refused(form, owner):
        return _account_page(form, _comfort_form()), status
    with acting(owner, utc_now()) as act:
        links.set_password(act, owner, form.password.data, how="changed")
        token = sessions.begin(act, owner, None, device, only_roles=owner.session.only_roles)
    sessions.remember(owner, token, device)
    flash("Your password is changed. You are signed out everywhere else.")
    return redirect(url_for("people.account"), 303)


def _refused(form: ChangePasswordForm, owner: Account) -> int:
    """The status of the answer to a wrong present password; 0 where it is right."""
    origin, now = sessions.origin(), utc_now()
    wait = throttle.wait(db.session(), owner.email, origin, now=now)
    if not wait and passwords.verify(owner.password_hash, form.current.data):
        return 0
    with writing() as session:
        throttle.note(session, "present-password", owner.email, origin, now=now, wait=wait)
    wrong = "That is not your present password."
    form.current.errors = [LATER.format(in_words(wait)) if wait else wrong]
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
        return redirect(url_for("people.devices"), 303)
    found = sessions.open_ones(db.session(), owner, now)
    here = owner.session.public_id
    return render_template("people/devices.html", sessions=found, here=here)


def _chosen(which: str | None, owner: Account) -> ColumnElement[bool]:
    """The sessions that are meant, never this one: signing out ends that."""
    others = SignIn.public_id != owner.session.public_id
    return others if which == EndSessionsForm.OTHERS else others & (SignIn.public_id == which)


@pages.post("/account/comfort")
@allow(SIGNED_IN)
def comfort() -> ResponseReturnValue:
    """Keep how pages should look."""
    form = ComfortForm()
    if not form.validate_on_submit():
        return _account_page(ChangePasswordForm(formdata=None), form), 422
    chosen = {f.name: f.data for f in form if f.name != "csrf_token"}
    with writing() as session:
        session.execute(update(Account).where(Account.id == current_user.id).values(comfort=chosen))
    flash("Saved. Your pages look like this on every device.")
    return redirect(url_for("people.account"), 303)


def _known_words(owner: Account) -> tuple[str, ...]:
    """What anybody could try first for this person's password."""
    return owner.email, owner.full_name, institute().name


def _comfort_form() -> ComfortForm:
    return ComfortForm(formdata=None, data=current_user.comfort)


def _account_page(password: ChangePasswordForm, comfort: ComfortForm) -> str:
    return render_template(
        "people/account.html", password_form=password, comfort_form=comfort, provider=_provider()
    )
