"""Signing in and out, one-time links, and the account's own settings."""

from datetime import timedelta
from functools import partial

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import ColumnElement

from induction.audit.act import VISITOR, acting
from induction.database import utc_now, writing
from induction.extensions import db
from induction.institute import institute
from induction.people import links, passwords, sessions, throttle
from induction.people.access import ANYONE, SIGNED_IN, allow, home_of, local_path, person
from induction.people.forms import (
    ChangePasswordForm,
    EndSessionsForm,
    FirstPasswordForm,
    ForgottenForm,
    OpenForm,
    SignInForm,
)
from induction.people.invitations import mail_if_known, mail_link
from induction.people.models import CARD, Account, SignIn
from induction.sign_on_settings import SignOnSettings
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
NOT_PRESENT = "That is not your present password."
LATER = "There have been too many tries. Wait {}, then try again. Nothing was changed."


@pages.route("/sign-in", methods=["GET", "POST"])
@allow(ANYONE)
def sign_in() -> ResponseReturnValue:
    """Sign in with e-mail and password."""
    form, provider = SignInForm(), _provider()
    target = local_path(form.next.data or request.args.get("next"))
    if request.method == "GET" and current_user.is_authenticated:
        return redirect(target or home_of(current_user), 303)
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        answer, wait = _try(form, target)
        if answer is not None:
            return answer
        status = 429 if wait else 422
    form.next.data = target or ""
    page = render_template(
        "people/sign_in.html",
        form=form,
        provider=provider,
        carries_on=target not in (None, "/"),
    )
    return page, status


def _try(
    form: SignInForm, target: str | None
) -> tuple[ResponseReturnValue | None, timedelta | None]:
    """The answer to a right password; to another none, what the form says, and how long to wait."""
    email, origin, now = form.email.data.strip(), sessions.origin(), utc_now()
    wait_of = partial(throttle.wait, kind="sign-in", email=email, origin=origin, now=now)
    with writing() as session:
        wait = wait_of(session)
    account = None if wait else sessions.check_password(email, form.password.data)
    elsewhere = account is not None and sessions.only_by_provider(account)
    if account is not None and not elsewhere:
        half = sessions.second_step_due(account)
        begin = sessions.begin_half if half else sessions.begin
        device = sessions.this_device(own=form.own_device.data)
        with acting(account, now) as act:
            wait = wait_of(act.session)
            token = "" if wait else begin(act, account, form.password.data, device)
        if token and half:
            return _to_second_step(sessions.Half(token, device.own, False, target or "")), None
        if token:
            sessions.remember(account, token, device)
            return redirect(target or home_of(account), 303), None
    elif not wait:
        with writing() as session:
            wait = wait_of(session)
            if account is not None and not wait:
                refusal = Refusal(sessions.ELSEWHERE, origin.address, account.public_id)
                counting.refused(session, refusal, now=now)
            elif not wait:
                throttle.wrong(session, "sign-in", email, origin, now=now)
    form.form_errors.append(_why(None if wait else account, wait))
    return None, wait


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
        if wait:
            refusal = Refusal("forgotten", address, turned_away=True)
            counting.refused(act.session, refusal, now=now)
        else:
            counting.count(act.session, [asked], now=now)
            mail_if_known(act, email, Refusal("forgotten", address))
    if wait:
        form.email.errors = [LATER.format(in_words(wait))]
        return render_template("people/forgotten.html", form=form), 429
    often = counting.tries_at(db.session(), asked, now=now) > links.AGAIN
    return render_template("people/forgotten_sent.html", email=email, often=often)


@pages.route("/link/<token>", methods=["GET", "POST"])
@allow(ANYONE)
def link(token: str) -> ResponseReturnValue:
    """A mailed link. Looking shows a button and consumes nothing: mail scanners look too."""
    found = links.found(token)
    if found is None:
        return _dead_link(token)
    account, purpose = found
    if links.opens_at_once(account, purpose) and request.method == "POST":
        return _open(account, token, OpenForm())
    by_password = purpose != links.CONNECT and not sessions.only_by_provider(account)
    if request.method == "GET" or not by_password:
        provider = _provider() if purpose in links.CONNECTING else None
        at_once = links.opens_at_once(account, purpose)
        return render_template(
            "people/link.html",
            heading=_heading(opens=bool(provider) or not by_password, begins=at_once),
            dead=False,
            token=token,
            provider=provider,
            by_password=by_password,
            form=OpenForm(formdata=None) if at_once else None,
        )
    return redirect(url_for("people.set_password", token=token), 303)


def _heading(*, opens: bool, begins: bool) -> str:
    if begins:
        return "Begin your induction"
    return "Open your account" if opens else "Set your password"


def _open(account: Account, token: str, form: OpenForm) -> ResponseReturnValue:
    """Let a learner begin: a password is asked for before they sign, when they know what for."""
    if not form.validate_on_submit():
        return redirect(url_for("people.link", token=token), 303)
    device = sessions.this_device(own=form.own_device.data)
    with acting(account, utc_now()) as act:
        session_token = links.open_session(act, token, device)
    if not session_token:
        return _dead_link(token)
    if sessions.second_step_due(account):
        return _to_second_step(sessions.Half(session_token, device.own, True, ""))
    sessions.remember(account, session_token, device)
    return redirect(home_of(account), 303)


def _dead_link(token: str) -> ResponseReturnValue:
    """The same for one that was used, has run out or never was: nobody learns which."""
    heading = "This link no longer works"
    return render_template("people/link.html", heading=heading, dead=True, token=token), 404


@pages.post("/link/<token>/again")
@allow(ANYONE)
def link_again(token: str) -> ResponseReturnValue:
    """A new link to where this one went. The answer is the same for one that we do not know."""
    if links.found(token) is not None:
        return redirect(url_for("people.link", token=token), 303)
    now, address = utc_now(), request.remote_addr or ""
    asked = counting.of_network(FORGOTTEN, address, digest("again", token), now=now)
    with acting(VISITOR, now) as act:
        wait = counting.wait(act.session, [asked], now=now)
        if not wait:
            counting.count(act.session, [asked], now=now)
        dead = None if wait else links.dead(act.session, token, now)
        often = counting.tries_at(act.session, asked, now=now) > links.AGAIN
        if dead and dead.account.email and dead.sent_lately < links.AGAIN:
            mail_link(act, dead.account, dead.purpose)
        elif dead is None:
            refusal = Refusal("link", address, turned_away=bool(wait))
            counting.refused(act.session, refusal, now=now)
    return render_template("people/link_sent.html", often=often or bool(wait))


@pages.route("/link/<token>/password", methods=["GET", "POST"])
@allow(ANYONE)
def set_password(token: str) -> ResponseReturnValue:
    """Choose a password with a link; the link is used up when the password is accepted."""
    found = links.found(token)
    if found is None:
        return _dead_link(token)
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
        return _dead_link(token)
    if half:
        return _to_second_step(sessions.Half(session_token, device.own, True, ""))
    sessions.remember(fresh, session_token, device)
    flash("Your password is set, and you are signed in.")
    return redirect(home_of(fresh), 303)


@pages.route("/account/first-password", methods=["GET", "POST"])
@allow(SIGNED_IN)
def first_password() -> ResponseReturnValue:
    """A way in of their own, for whoever came by a mailed link and has none yet."""
    owner, target = person(), local_path(request.args.get("next"))
    present = owner.password_hash
    if not sessions.has_yet_to_choose(owner):
        return redirect(target or url_for("people.account"), 303)
    form = FirstPasswordForm(own_device=cookie.permanent)
    form.own_words = _known_words(owner)
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
        return redirect(target or url_for("people.account"), 303)
    sessions.remember(owner, token, device)
    flash("Your password is set. Everything so far is saved.")
    return redirect(target or home_of(owner), 303)


@pages.get("/account")
@allow(SIGNED_IN)
def account() -> ResponseReturnValue:
    """The person's own settings."""
    return _account_page(ChangePasswordForm(formdata=None))


@pages.post("/account/password")
@allow(SIGNED_IN)
def change_password() -> ResponseReturnValue:
    """A new password; every other session ends."""
    form = ChangePasswordForm()
    form.own_words = _known_words(person())
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
    return redirect(url_for("people.account"), 303)


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
        return redirect(url_for("people.devices"), 303)
    found = sessions.open_ones(db.session(), owner, now)
    here = owner.session.public_id
    return render_template("people/devices.html", sessions=found, here=here)


def _chosen(which: str | None, owner: Account) -> ColumnElement[bool]:
    """The sessions that are meant, never this one: signing out ends that."""
    others = SignIn.public_id != owner.session.public_id
    return others if which == EndSessionsForm.OTHERS else others & (SignIn.public_id == which)


def _known_words(owner: Account) -> tuple[str, ...]:
    """What anybody could try first for this person's password."""
    return owner.email or "", owner.full_name, institute().name


def _account_page(password: ChangePasswordForm) -> str:
    return render_template(
        "people/account.html",
        password_form=password,
        provider=_provider() if person().session.came_by != CARD else None,
        to_choose=sessions.has_yet_to_choose(person()),
    )
