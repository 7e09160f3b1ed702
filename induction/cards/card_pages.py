"""A tutor's pages: cards of a cohort, one card anew, and a class that is open for an hour."""

import segno
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

from induction.audit.act import acting
from induction.cards import making, signing_in
from induction.cards.printing import drawn
from induction.cards.rules import AT_ONCE, in_groups
from induction.database import utc_now
from induction.extensions import db
from induction.form_fields import SureForm
from induction.people.access import allow, person
from induction.people.lookups import OVERSEERS, cohort_or_404
from induction.people.models import Account, Card, Cohort
from induction.uk_time import uk_day

pages = Blueprint("card_pages", __name__, url_prefix="/tutor/cohorts/<public_id>")

NO_ADDRESS, NO_CARD, ALL = "no-address", "no-card", "all"


@pages.get("/cards")
@allow(*OVERSEERS)
def cards(public_id: str) -> ResponseReturnValue:
    """Who has a card, the cards that can be printed, and the code of the class."""
    cohort = cohort_or_404(db.session(), public_id)
    rows = db.session.execute(making.learners(cohort)).all()
    wanted = {which: len(_chosen(cohort, which)) for which in (NO_ADDRESS, NO_CARD, ALL)}
    opened = making.open_code(db.session(), cohort, utc_now())
    address = _address(url_for("cards.in_class", code=opened.code)) if opened else ""
    return render_template(
        "cards/cards.html",
        cohort=cohort,
        learners=rows,
        tried=signing_in.often_tried(db.session(), [row.Account for row in rows], now=utc_now()),
        wanted=wanted,
        at_once=AT_ONCE,
        opened=opened,
        code=in_groups(opened.code) if opened else "",
        address=_address(url_for("cards.class_code")),
        picture=segno.make_qr(address, error="m").svg_data_uri(scale=5, border=3) if opened else "",
    )


@pages.post("/cards.pdf")
@allow(*OVERSEERS)
def print_cards(public_id: str) -> ResponseReturnValue:
    """Make cards and print them: nobody can read a PIN again, so this is the only print."""
    cohort = cohort_or_404(db.session(), public_id)
    if not SureForm().validate_on_submit():
        abort(400)
    who = _chosen(cohort, request.form.get("who", ""))[:AT_ONCE]
    if any(one.id == person().id for one in who):
        abort(403)  # nobody makes themselves a way in
    if not who:
        flash("There is nobody to make a card for. Nothing was changed.")
        return redirect(url_for("card_pages.cards", public_id=public_id), 303)
    made = making.with_pins(who)
    sheet = drawn(made, _address(url_for("cards.card")))
    with acting(person(), utc_now()) as act:
        making.make(act, made)
    name = f"cards-{uk_day(utc_now())}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(sheet, mimetype="application/pdf", headers=headers)


def _chosen(cohort: Cohort, which: str) -> list[Account]:
    """The learners that are meant: some by what they lack, or one by their id."""
    query = making.learners(cohort)
    if which in (NO_ADDRESS, NO_CARD):
        query = query.where(Card.account_id.is_(None))
    if which == NO_ADDRESS:
        query = query.where(Account.email.is_(None))
    if which not in (NO_ADDRESS, NO_CARD, ALL):
        query = query.where(Account.public_id == which)
    return [row.Account for row in db.session.execute(query)]


@pages.post("/class-code")
@allow(*OVERSEERS)
def class_code(public_id: str) -> ResponseReturnValue:
    """Open the class for an hour, or close it."""
    cohort = cohort_or_404(db.session(), public_id)
    if not SureForm().validate_on_submit():
        abort(400)
    with acting(person(), utc_now()) as act:
        if request.form.get("do") == "close":
            making.close_class(act, cohort)
            flash("The class code is closed. Whoever is signed in stays so.")
        else:
            making.open_class(act, cohort, person())
            flash("The class is open for an hour. It is on record that you opened it.")
    return redirect(url_for("card_pages.cards", public_id=public_id), 303)


def _address(path: str) -> str:
    base: str = current_app.extensions["settings"].base_url
    return base + path
