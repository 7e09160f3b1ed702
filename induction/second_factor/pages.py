"""The second step of a sign-in, setting it up, and the page that asks once more who somebody is."""

from dataclasses import replace
from datetime import datetime

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user

from induction.audit.act import VISITOR, acting
from induction.database import utc_now
from induction.extensions import db
from induction.form_fields import SureForm
from induction.institute import institute
from induction.people import half_sessions, links, sessions, throttle
from induction.people.access import (
    ANYONE,
    SIGNED_IN,
    allow,
    asks_again,
    home_of,
    local_path,
    person,
)
from induction.people.devices import Device, named
from induction.people.half_sessions import HalfSession
from induction.people.invitations import mail_link
from induction.people.models import Account
from induction.people.notices import tell
from induction.second_factor import asking_again, factors, passkeys, recovery_codes, totp
from induction.second_factor.forms import AppForm, CodeForm, PasskeyForm
from induction.throttles import counting
from induction.throttles.counting import Refusal
from induction.throttles.rules import in_words

pages = Blueprint("second_factor", __name__)

WRONG = (
    "That code does not fit. Codes change every 30 seconds and work once: wait for the next one. "
    "The clock of your phone has to be right."
)


@pages.route("/sign-in/second-step", methods=["GET", "POST"])
@allow(ANYONE)
def ask() -> ResponseReturnValue:
    """After the password: a code. Whoever has no second factor yet is led to set one up."""
    now = utc_now()
    found = half_sessions.present(now)
    if found is None:
        return _sign_in_first()
    account, half = found
    if not account.has_second_factor:
        return redirect(
            url_for("second_factor.app" if half.by_mail else "second_factor.by_mail"), 303
        )
    form = CodeForm()
    if not form.validate_on_submit():
        return render_template(
            "second_factor/ask.html", form=form
        ), 422 if form.is_submitted() else 200
    origin, device, token, kind = sessions.origin(), _device(half), "", "second-step"
    with acting(account, now) as act:
        wait = throttle.wait(act.session, kind, account.sign_in_name, origin, now=now)
        if not wait and factors.proof(act, account, form.code.data):
            token = half_sessions.complete(act, account, half, device)
        elif not wait and throttle.wrong(act.session, kind, account.sign_in_name, origin, now=now):
            tell(act, account, "second-step-tried")
    if token:
        return _let_in(account, token, half)
    form.code.errors = [asking_again.WAIT.format(in_words(wait)) if wait else WRONG]
    return render_template("second_factor/ask.html", form=form), 429 if wait else 422


def _let_in(account: Account, token: str, half: HalfSession) -> ResponseReturnValue:
    sessions.remember(account, token, _device(half))
    return redirect(local_path(half.next) or home_of(account), 303)


def _device(half: HalfSession) -> Device:
    return sessions.this_device(own=half.own_device)


def _sign_in_first() -> ResponseReturnValue:
    flash("Please sign in. Whoever waits half an hour has to begin again.")
    return redirect(url_for("people.sign_in"), 303)


@pages.route("/sign-in/second-step/link", methods=["GET", "POST"])
@allow(ANYONE)
def by_mail() -> ResponseReturnValue:
    """Who has no second factor yet shows first that the mail of the account is theirs."""
    now = utc_now()
    found = half_sessions.present(now)
    if found is None:
        return _sign_in_first()
    account, _ = found
    form = SureForm()
    if not form.validate_on_submit():
        return render_template("second_factor/by_mail.html", email=account.email, sent=False)
    with acting(VISITOR, now) as act:
        if not links.many_lately(act, account):
            mail_link(act, account, links.PASSWORD)
    return render_template("second_factor/by_mail.html", email=account.email, sent=True)


@pages.post("/sign-in/passkey/options")
@allow(ANYONE)
def passkey_options() -> ResponseReturnValue:
    """What a device has to sign: to sign in, as the second step, or to prove it once more."""
    with acting(VISITOR, utc_now()) as act:
        return _json(passkeys.options_to_prove(act))


def _json(text: str) -> Response:
    return Response(text, mimetype="application/json")


@pages.post("/sign-in/passkey")
@allow(ANYONE)
def passkey() -> ResponseReturnValue:
    """Sign in with a passkey: no password, and no second step, since it is both."""
    form, now = PasskeyForm(), utc_now()
    found = half_sessions.present(now)
    half = found[1] if found else HalfSession("", False, False, form.next.data or "")
    form.validate_on_submit()
    with acting(VISITOR, now) as act:
        account, token = passkeys.owner(act, form.credential.data or ""), ""
        elsewhere = account is not None and sessions.only_by_provider(account)
        if account is not None and not elsewhere:
            token = half_sessions.complete(replace(act, by=account), account, half, _device(half))
        else:
            refusal = Refusal("passkey", request.remote_addr or "")
            if account is not None:
                refusal = replace(refusal, kind=sessions.ELSEWHERE, account=account.public_id)
            counting.refused(act.session, refusal, now=now)
    if account is None or elsewhere:
        flash("That passkey does not fit. Sign in another way, or try once more.", "care")
        return redirect(url_for("people.sign_in", next=local_path(form.next.data)), 303)
    return _let_in(account, token, half)


@pages.post("/account/second-step/passkey/options")
@allow(ANYONE)
def new_passkey_options() -> ResponseReturnValue:
    """What a device needs to make a passkey for this person."""
    now = utc_now()
    account, _ = _may_set_up(now) or abort(403)
    with acting(account, now) as act:
        return _json(passkeys.options_to_add(act, account))


@pages.post("/account/second-step/passkey")
@allow(ANYONE)
@asks_again
def new_passkey() -> ResponseReturnValue:
    """Keep the passkey that a device has made."""
    now = utc_now()
    found = _may_set_up(now)
    if found is None:
        return _sign_in_first()
    account, half = found
    form = PasskeyForm()
    form.validate_on_submit()
    name = named(request.user_agent.string)
    with acting(account, now) as act:
        codes = factors.add_passkey(act, account, form.credential.data or "", name)
        token = half_sessions.complete(act, account, half, _device(half)) if half and codes else ""
    if codes is None:
        flash("That did not work. Try once more, or use an app with codes.", "care")
        return redirect(url_for("second_factor.app"), 303)
    if half:
        sessions.remember(account, token, _device(half))
    return _set_up(account, codes)


@pages.route("/account/second-step/app", methods=["GET", "POST"])
@allow(ANYONE)
@asks_again
def app() -> ResponseReturnValue:
    """Set up an app that shows codes: for who is signed in, or came by a mailed link to do so."""
    now = utc_now()
    found = _may_set_up(now)
    if found is None:
        return _sign_in_first()
    account, half = found
    if half is None and sessions.has_yet_to_choose(account):
        flash(
            "A code is a second step, and a password the first. Choose one, then set up the code."
        )
        return redirect(url_for("own_account.first_password"), 303)
    form = AppForm()
    key = current_app.extensions["settings"].secret_key
    secret = totp.opened(form.secret.data or "", key, account.public_id) or totp.new_secret()
    if form.validate_on_submit():
        with acting(account, now) as act:
            codes = factors.add_app(act, account, secret, "".join(form.code.data.split()))
            token = (
                half_sessions.complete(act, account, half, _device(half)) if half and codes else ""
            )
        if codes is not None:
            if half:
                sessions.remember(account, token, _device(half))
            return _set_up(account, codes)
        form.code.errors = [WRONG]
    form.secret.data = totp.seal(secret, key, account.public_id)
    page = render_template(
        "second_factor/app.html",
        form=form,
        picture=totp.picture(secret, account=account.sign_in_name, issuer=institute().name),
        secret=totp.in_groups(secret),
        required=half is not None,
        passkeys=passkeys.usable(),
    )
    return page, 422 if form.is_submitted() else 200


def _may_set_up(now: datetime) -> tuple[Account, HalfSession | None] | None:
    if current_user.is_authenticated:
        return person(), None
    found = half_sessions.present(now)
    if found and found[1].by_mail and not found[0].has_second_factor:
        return found
    return None


def _set_up(account: Account, codes: list[str]) -> ResponseReturnValue:
    """The first factor comes with codes to keep, which are shown this once."""
    if codes:
        return render_template("second_factor/codes.html", codes=codes, home=home_of(account))
    flash("Done. From now on it counts when you sign in.")
    return redirect(url_for("second_factor.overview"), 303)


@pages.route("/account/second-step", methods=["GET", "POST"])
@allow(SIGNED_IN)
@asks_again
def overview() -> ResponseReturnValue:
    """What the person proves besides the password, and changing it."""
    owner, session = person(), db.session()
    required = sessions.second_step_required(owner)
    if SureForm().validate_on_submit():
        wish = request.form.get("do")
        with acting(owner, utc_now()) as act:
            if wish == "codes" and owner.has_second_factor:
                codes = recovery_codes.make(act, owner)
                return render_template("second_factor/codes.html", codes=codes, home="/account")
            if wish == "remove" and _can_spare(owner, required):
                factors.remove_app(act, owner)
                flash("Your app’s codes do not count any more.")
            if wish == "remove-passkey" and _can_spare(owner, required):
                factors.remove_passkey(act, owner, request.form.get("which", ""))
                flash("That passkey does not count any more.")
        return redirect(url_for("second_factor.overview"), 303)
    return render_template(
        "second_factor/overview.html",
        app=factors.has_app(session, owner),
        passkeys=passkeys.of(session, owner),
        usable=passkeys.usable(),
        spare=_can_spare(owner, required),
        codes=recovery_codes.left(session, owner),
        required=required,
    )


def _can_spare(owner: Account, required: bool) -> bool:
    """Whether one may go: never the last of whoever has to have one."""
    session = db.session()
    held = len(passkeys.of(session, owner)) + factors.has_app(session, owner)
    return held > 1 or not required


@pages.route("/account/prove", methods=["GET", "POST"])
@allow(SIGNED_IN)
def prove() -> ResponseReturnValue:
    """Ask who is signed in to prove it once more, then lead on."""
    owner = person()
    target = local_path(request.args.get("next")) or home_of(owner)
    asked = asking_again.HeldForm(url_for("second_factor.prove", next=target))
    if not SureForm().validate_on_submit():
        page, _ = asking_again.page(owner, asked, None)
        return page
    fault = asking_again.prove(owner, request.form.get(asking_again.FIELD, ""), utc_now())
    return asking_again.page(owner, asked, fault) if fault else redirect(target, 303)
