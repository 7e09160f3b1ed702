"""To the provider and back, and the waiting room.

The way there is always a link, never a form: the content security policy lets no form lead out of
the house, and browsers follow a form through every redirect. The answer comes as a GET, since the
cookie that it is checked against does not come with a form from elsewhere.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user

from induction.audit.act import VISITOR, Act, acting
from induction.audit.actions import Action
from induction.database import utc_now
from induction.extensions import db
from induction.institute import institute
from induction.people import links, sessions
from induction.people.access import (
    ANYONE,
    SIGNED_IN,
    allow,
    asks_again,
    home_for,
    home_of,
    local_path,
    person,
)
from induction.people.models import Account, Role
from induction.sign_on import flows, identities, newcomers, rules
from induction.sign_on.flows import Flow, Purpose
from induction.sign_on.provider import ProviderAway, SignOnProvider
from induction.sign_on.rules import Arrival, NotLetIn, Reason
from induction.sign_on.words import WORDS
from induction.throttles import counting
from induction.throttles.counting import Refusal

pages = Blueprint("sign_on", __name__)

LATELY = timedelta(minutes=5)  # that they typed their password over there, to prove it once more


def _provider() -> SignOnProvider:
    found: SignOnProvider | None = current_app.extensions["provider"]
    return found or abort(404)


def _away() -> str:
    return (
        f"{_provider().name} cannot be reached just now. Nothing is lost: try again in a few "
        "minutes, or sign in with your password."
    )


def _there(flow: Flow, now: datetime) -> ResponseReturnValue:
    try:
        return redirect(_provider().address(flow, now=now), 303)
    except ProviderAway:
        flash(_away(), "care")
        return redirect(url_for("people.sign_in", next=flow.next or None), 303)


@pages.get("/sign-in/provider")
@allow(ANYONE)
def start() -> ResponseReturnValue:
    """To the provider, to sign in."""
    _provider()
    target = local_path(request.args.get("next")) or ""
    if current_user.is_authenticated:
        return redirect(target or home_of(current_user), 303)
    now = utc_now()
    return _there(flows.begin(Purpose.SIGN_IN, now, next_page=target), now)


@pages.get("/link/<token>/provider")
@allow(ANYONE)
def start_with_link(token: str) -> ResponseReturnValue:
    """To the provider, with a mailed link that says whose account it is to be connected with."""
    _provider()
    found, now = links.found(token), utc_now()
    if found is None or found[1] not in links.CONNECTING:
        return redirect(url_for("links.link", token=token), 303)
    return _there(flows.begin(Purpose.LINK, now, link=token), now)


@pages.get("/account/provider")
@allow(SIGNED_IN)
@asks_again
def connection() -> ResponseReturnValue:
    """Whether the person's account is connected; a link that connects it where it is not."""
    provider, now = _provider(), utc_now()
    identity, address = identities.of(db.session(), person()), ""
    if identity is None:
        try:
            address = provider.address(flows.begin(Purpose.CONNECT, now), now=now)
        except ProviderAway:
            flash(_away(), "care")
    return render_template(
        "sign_on/connection.html", provider=provider, identity=identity, address=address
    )


@pages.get("/account/prove/provider")
@allow(SIGNED_IN)
def start_again() -> ResponseReturnValue:
    """To the provider, to prove once more who is signed in."""
    _provider()
    target, now = local_path(request.args.get("next")) or "", utc_now()
    return _there(flows.begin(Purpose.AGAIN, now, next_page=target), now)


@pages.get("/sign-in/provider/answer")
@allow(ANYONE)
def answer() -> ResponseReturnValue:
    """Back from the provider."""
    provider, now, arrival = _provider(), utc_now(), None
    flow = flows.take(request.args.get("state", ""), now)
    if flow is None:
        if current_user.is_authenticated:  # another window was quicker
            return redirect(home_of(current_user), 303)
        return _refused(Reason.STATE, None, now)
    try:
        arrival = provider.arrival(request, flow, now)
        if flow.purpose == Purpose.AGAIN:
            _refuse_without_asking(arrival, now)
        return _ENDS[Purpose(flow.purpose)](flow, arrival, now)
    except ProviderAway:
        flash(_away(), "care")
        return redirect(url_for("people.sign_in"), 303)
    except NotLetIn as refused:
        return _refused(refused.reason, arrival, now)


def _refuse_without_asking(arrival: Arrival, now: datetime) -> None:
    if now.timestamp() - arrival.asked_at > LATELY.total_seconds():
        raise NotLetIn(Reason.NOT_ASKED)


def _refused(reason: Reason, arrival: Arrival | None, now: datetime) -> ResponseReturnValue:
    by = person() if current_user.is_authenticated else VISITOR
    with acting(by, now) as act:
        if arrival is None:  # anybody at all: no visitor makes the record of acts grow
            refusal = Refusal(reason.value, request.remote_addr or "")
            counting.refused(act.session, refusal, now=now)
        else:
            _record_refusal(act, reason, arrival)
    heading, text = WORDS[reason]
    said = {"provider": _provider().name, "institute": institute().name}
    page = render_template(
        "sign_on/refused.html", heading=heading.format(**said), text=text.format(**said)
    )
    return page, 403


def _record_refusal(act: Act, reason: Reason, arrival: Arrival) -> None:
    """Somebody of the institute was refused; whoever is to wait is on record once."""
    issuer = _provider().issuer
    if reason is Reason.UNKNOWN and not newcomers.wait(act, issuer, arrival):
        return
    about = identities.meant(act.session, issuer, arrival)
    act.record(
        Action.PROVIDER_REFUSED,
        about.actor if about else "people:unknown",
        reason=reason.value,
        personal={"email": about.email} if about else None,
        account_id=about.id if about else None,
    )


def _sign_in(flow: Flow, arrival: Arrival, now: datetime) -> ResponseReturnValue:
    issuer = _provider().issuer
    with acting(VISITOR, now) as act:
        session = act.session
        found = {a.id: a for a in identities.with_address(session, arrival.vouched)}
        linked = identities.account_of(session, issuer, arrival.subject)
        decision = rules.whose(
            identities.standing(session, linked, now) if linked else None,
            [identities.standing(session, account, now) for account in found.values()],
        )
        account = linked or found[decision.account_id]
        how = identities.ADDRESS if decision.link else ""
        token, roles = _begin(replace(act, by=account), account, arrival, how)
    return _let_in(account, token, roles, flow)


def _with_link(flow: Flow, arrival: Arrival, now: datetime) -> ResponseReturnValue:
    link = links.found(flow.link, now=now)
    if link is None or link[1] not in links.CONNECTING:
        return redirect(url_for("links.link", token=flow.link), 303)
    with acting(link[0], now) as act:
        account, begun = links.use(act, flow.link), None
        if account is not None:
            how = identities.LINK if _connecting(act, account, arrival) else ""
            begun = _begin(act, account, arrival, how)
    if account is None or begun is None:
        return redirect(url_for("links.link", token=flow.link), 303)
    return _let_in(account, *begun, flow)


def _connecting(act: Act, account: Account, arrival: Arrival) -> bool:
    """Whether the two are to be connected; False where they are already. Raises NotLetIn."""
    linked = identities.account_of(act.session, _provider().issuer, arrival.subject)
    decision = rules.connecting(
        identities.standing(act.session, linked, act.now) if linked else None,
        identities.standing(act.session, account, act.now),
    )
    return decision.link


def _begin(act: Act, account: Account, arrival: Arrival, how: str) -> tuple[str, frozenset[Role]]:
    """A session for them, and the roles that count in it; ``how`` they become connected, or ""."""
    provider, roles, only = _provider(), account.roles, None
    if provider.names_roles:
        roles = frozenset(Role(role) for role in rules.roles_for(account.roles, arrival.roles))
        only = " ".join(sorted(roles))
    if how:
        identities.connect(act, account, provider.issuer, arrival.subject, how)
    device = sessions.this_device(own=False)
    token = sessions.begin(act, account, None, device, only_roles=only)
    if how:
        identities.record(act, account, how)
    return token, roles


def _let_in(
    account: Account, token: str, roles: frozenset[Role], flow: Flow
) -> ResponseReturnValue:
    sessions.remember(account, token, sessions.this_device(own=False))
    cookie["by_provider"] = True  # signing out asks whether to sign out there too
    return redirect(local_path(flow.next) or home_for(roles), 303)


def _connect(_flow: Flow, arrival: Arrival, now: datetime) -> ResponseReturnValue:
    if not current_user.is_authenticated:
        raise NotLetIn(Reason.STATE)
    owner = person()
    with acting(owner, now) as act:
        if _connecting(act, owner, arrival):
            how = identities.ACCOUNT
            identities.connect(act, owner, _provider().issuer, arrival.subject, how)
            identities.record(act, owner, how)
    flash(f"Your account is connected. From now on you can sign in with {_provider().name}.")
    return redirect(url_for("own_account.account"), 303)


def _again(flow: Flow, arrival: Arrival, now: datetime) -> ResponseReturnValue:
    if not current_user.is_authenticated:
        raise NotLetIn(Reason.STATE)
    owner = person()
    with acting(owner, now) as act:
        whose = identities.account_of(act.session, _provider().issuer, arrival.subject)
        if whose is None or whose.id != owner.id:
            raise NotLetIn(Reason.NOT_YOU)
        sessions.proved_again(act, owner, "provider")
    target = local_path(flow.next)
    return redirect(target, 303) if target else render_template("sign_on/proved.html")


_ENDS: dict[Purpose, Callable[[Flow, Arrival, datetime], ResponseReturnValue]] = {
    Purpose.SIGN_IN: _sign_in,
    Purpose.LINK: _with_link,
    Purpose.CONNECT: _connect,
    Purpose.AGAIN: _again,
}


@pages.get("/signed-out")
@allow(ANYONE)
def signed_out() -> ResponseReturnValue:
    """After signing out here: they are still signed in at the provider, on this device."""
    provider, now = _provider(), utc_now()
    try:
        address = provider.sign_out_address(url_for("site.home"), now=now)
    except ProviderAway:
        address = ""
    return render_template("sign_on/signed_out.html", provider=provider, address=address)
