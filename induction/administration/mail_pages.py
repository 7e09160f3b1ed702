"""Letters that were not delivered, and a test of the mail server, for administrators."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from induction.audit.act import acting
from induction.audit.actions import Action
from induction.database import utc_now
from induction.extensions import db
from induction.mail.letters import letter
from induction.mail.models import OutboxMail
from induction.mail.outbox import FRESH, send_again, send_test, undelivered
from induction.paging import page_of
from induction.people.access import allow, person
from induction.people.models import Account, Role

pages = Blueprint("mail", __name__)


@pages.get("/admin/mail")
@allow(Role.ADMIN)
def letters() -> ResponseReturnValue:
    """What was not delivered: whose, where to, and why."""
    query = undelivered(
        OutboxMail.id, OutboxMail.recipient, OutboxMail.subject, OutboxMail.refused_at,
        OutboxMail.created_at, OutboxMail.last_error, Account.full_name, Account.public_id,
        Account.email,
    ).outerjoin(Account, Account.id == OutboxMail.account_id)  # fmt: skip
    rows, found = page_of(db.session(), query)
    return render_template(
        "administration/mail.html",
        letters=rows,
        pages=found,
        fresh_since=utc_now() - FRESH,
        settings=current_app.extensions["settings"],
    )


@pages.post("/admin/mail/test")
@allow(Role.ADMIN)
def test() -> ResponseReturnValue:
    """Send a message to whoever asks, at once, and say what the mail server answered."""
    who = person()
    settings = current_app.extensions["settings"]
    address = who.email or abort(404)
    if fault := send_test(settings, address, letter("test"), now=utc_now()):
        flash(f"The message was not sent. {fault}", "care")
    elif settings.mail_url:
        flash(f"The mail server has taken a message for {who.email}. Look whether it arrives.")
    else:
        flash("There is no mail server: the message is a file in the outbox folder.")
    return redirect(url_for("mail.letters"), 303)


@pages.post("/admin/mail/<int:letter_id>")
@allow(Role.ADMIN)
def again(letter_id: int) -> ResponseReturnValue:
    """Try one undelivered letter again, at the address that its reader has now."""
    now = utc_now()
    with acting(person(), now) as act:
        found = act.session.execute(
            undelivered(OutboxMail, Account)
            .outerjoin(Account, Account.id == OutboxMail.account_id)
            .where(OutboxMail.id == letter_id)
            .with_for_update(of=OutboxMail)
        ).first()
        if found is None or found.OutboxMail.created_at < now - FRESH:
            abort(404)
        address = (found.Account and found.Account.email) or found.OutboxMail.recipient
        send_again(act.session, found.OutboxMail, address, now=now)
        act.record(Action.LETTER_SENT_AGAIN, f"letter:{letter_id}")
    flash(f"“{found.OutboxMail.subject}” goes to {address} again.")
    return redirect(url_for("mail.letters"), 303)
