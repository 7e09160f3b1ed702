"""One-time links: opening an account, choosing a password, asking for another link."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from induction.audit.act import VISITOR, acting
from induction.database import utc_now
from induction.people import half_sessions, links, sessions
from induction.people.access import ANYONE, allow, home_of
from induction.people.forms import FirstPasswordForm, OpenForm
from induction.people.invitations import mail_link
from induction.people.models import Account
from induction.throttles import counting
from induction.throttles.counting import Refusal, digest
from induction.throttles.rules import FORGOTTEN

pages = Blueprint("links", __name__)


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
        provider = sessions.provider() if purpose in links.CONNECTING else None
        at_once = links.opens_at_once(account, purpose)
        return render_template(
            "people/link.html",
            heading=_heading(opens=bool(provider) or not by_password, begins=at_once),
            dead=False,
            token=token,
            provider=provider,
            by_password=by_password,
            form=OpenForm(formdata=None) if at_once else None,
            owner=account,
        )
    return redirect(url_for("links.set_password", token=token), 303)


def _heading(*, opens: bool, begins: bool) -> str:
    if begins:
        return "Begin your induction"
    return "Open your account" if opens else "Set your password"


def _open(account: Account, token: str, form: OpenForm) -> ResponseReturnValue:
    """Let a learner begin: a password is asked for before they sign, when they know what for."""
    if not form.validate_on_submit():
        return redirect(url_for("links.link", token=token), 303)
    device = sessions.this_device(own=form.own_device.data)
    with acting(account, utc_now()) as act:
        session_token = links.open_session(act, token, device)
    if not session_token:
        return _dead_link(token)
    if sessions.second_step_due(account):
        return half_sessions.to_second_step(
            half_sessions.HalfSession(session_token, device.own, True, "")
        )
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
        return redirect(url_for("links.link", token=token), 303)
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
        return redirect(url_for("links.link", token=token), 303)
    form = FirstPasswordForm(account)
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template("people/set_password.html", form=form, owner=account), status
    device = sessions.this_device(own=form.own_device.data)
    with acting(account, utc_now()) as act:
        fresh = links.consume(act, token, form.password.data)
        half = fresh is not None and sessions.second_step_due(fresh)
        begin = half_sessions.begin if half else sessions.begin
        session_token = begin(act, fresh, None, device) if fresh else ""
    if fresh is None:
        return _dead_link(token)
    if half:
        return half_sessions.to_second_step(
            half_sessions.HalfSession(session_token, device.own, True, "")
        )
    sessions.remember(fresh, session_token, device)
    flash("Your password is set, and you are signed in.")
    return redirect(home_of(fresh), 303)
