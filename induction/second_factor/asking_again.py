"""Asking once more who somebody is before an act that cannot be taken back: ``access.asks_again``.

The second factor is asked for, or the password of whoever has none. A form that was sent is kept in
the page that asks, and goes on with the answer.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from induction.audit.act import acting
from induction.database import utc_now
from induction.extensions import db
from induction.people import passwords, sessions, throttle
from induction.people.access import person
from induction.people.models import CARD, Account
from induction.second_factor import factors
from induction.sign_on import identities
from induction.throttles.rules import in_words

LATELY = timedelta(minutes=10)
FIELD = "proof"  # what is typed into the page that asks
WAIT = "There have been too many tries. Wait {}, then try again. Nothing was changed."


@dataclass(frozen=True, slots=True)
class HeldForm:
    """The form that waits for the answer."""

    action: str
    carried: tuple[tuple[str, str], ...] = ()  # its fields
    files: bool = False  # it had files, which have to be chosen again


def guard() -> ResponseReturnValue | None:
    """Before each request, after ``access.guard``: ask where the view says so."""
    view = current_app.view_functions.get(request.endpoint or "")
    if not getattr(view, "asks_again", False) or not current_user.is_authenticated or not _acts():
        return None
    account, now = person(), utc_now()
    if _proved(account, now):
        return None
    here = request.full_path.rstrip("?")
    if request.method != "POST":
        return redirect(url_for("second_factor.prove", next=here), 303)
    typed = request.form.get(FIELD)
    fault = None if typed is None else prove(account, typed, now)
    if fault == "":
        return None
    return page(account, _held(here), fault)


def _proved(account: Account, now: datetime) -> bool:
    """Whether they have shown who they are a moment ago. A PIN that a tutor printed shows less.

    Whoever has come by a mailed link, and has nothing else yet, can be asked for nothing more.
    """
    if sessions.has_yet_to_choose(account):
        return True
    return account.session.came_by != CARD and account.session.proved_at > now - LATELY


def _acts() -> bool:
    rule = request.url_rule
    takes_forms = rule is not None and "POST" in (rule.methods or ())
    return request.method == "POST" or not takes_forms


def _held(here: str) -> HeldForm:
    if any(file.filename for file in request.files.values()):
        return HeldForm(url_for("second_factor.prove", next=here), files=True)
    ours = ("csrf_token", FIELD)
    fields = request.form.items(multi=True)
    return HeldForm(here, tuple((name, value) for name, value in fields if name not in ours))


def page(account: Account, asked: HeldForm, fault: str | None) -> tuple[str, int]:
    """The page that asks."""
    template, provider = "second_factor/prove.html", sessions.provider()
    if provider is not None and identities.of(db.session(), account) is None:
        provider = None
    next_page = None if asked.carried else request.args.get("next")
    page = render_template(
        template, owner=account, asked=asked, fault=fault, provider=provider, next_page=next_page
    )
    return page, 422


def prove(account: Account, typed: str, now: datetime) -> str:
    """Take what they typed for proof; says what is wrong with it, "" where it is right."""
    origin, by_password = sessions.origin(), not account.has_second_factor
    known = by_password and passwords.verify(account.password_hash, typed)
    with acting(account, now) as act:
        wait = throttle.wait(act.session, "proof", account.sign_in_name, origin, now=now)
        if wait:
            return WAIT.format(in_words(wait))
        how = ("password" if known else None) if by_password else factors.proof(act, account, typed)
        if how is None:
            throttle.wrong(act.session, "proof", account.sign_in_name, origin, now=now)
            return f"That is not your {'password' if by_password else 'code'}. Nothing was changed."
        throttle.forget(act.session, account.sign_in_name)
        sessions.proved_again(act, account, how)
    return ""
