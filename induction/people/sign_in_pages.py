"""Signing in with a password, signing out, and asking for a link."""

from datetime import timedelta
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user

from induction.audit.act import VISITOR, acting
from induction.database import utc_now, writing
from induction.extensions import db
from induction.people import half_sessions, links, sessions, throttle
from induction.people.access import ANYONE, allow, home_of, local_path, person
from induction.people.forms import ForgottenForm, SignInForm
from induction.people.invitations import mail_if_known
from induction.people.models import Account
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
    form, provider = SignInForm(), sessions.provider()
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
        begin = half_sessions.begin if half else sessions.begin
        device = sessions.this_device(own=form.own_device.data)
        with acting(account, now) as act:
            wait = wait_of(act.session)
            token = "" if wait else begin(act, account, form.password.data, device)
        if token and half:
            begun = half_sessions.HalfSession(token, device.own, False, target or "")
            return half_sessions.to_second_step(begun), None
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


def _why(account: Account | None, wait: timedelta) -> str:
    """Why somebody is not signed in, who has an account where the password was right."""
    provider = sessions.provider()
    if account is not None and provider is not None:
        return ELSEWHERE.format(provider=provider.name)
    return WAIT.format(in_words(wait)) if wait else WRONG


@pages.post("/sign-out")
@allow(ANYONE)
def sign_out() -> ResponseReturnValue:
    """End this session."""
    by_provider = bool(cookie.get("by_provider") and sessions.provider())
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
