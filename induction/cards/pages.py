"""Signing in with a card, by its reference or by picking one's name in an open class."""

from functools import partial

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select
from wtforms import HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from induction.audit.act import VISITOR, acting
from induction.cards import making, signing_in
from induction.cards.rules import typed_code, typed_pin
from induction.cards.signing_in import Bearer
from induction.database import AnyRow, utc_now, writing
from induction.extensions import db
from induction.form_fields import PageForm
from induction.people import half_sessions, sessions
from induction.people.access import ANYONE, allow, home_of, local_path, person
from induction.people.models import Account
from induction.throttles import counting
from induction.throttles.counting import Refusal, digest
from induction.throttles.rules import CLASS_CODE, in_words

pages = Blueprint("cards", __name__, url_prefix="/sign-in")

WRONG = (
    "That PIN does not fit. Look at your card, and type all six digits. If it still does not work, "
    "your tutor can make you a new card. Nothing is lost."
)
WAIT = (
    "There have been too many tries with this card. Wait {}, then try again; or ask your tutor for "
    "a new card, which works at once. Nothing is lost."
)
NOT_OPEN = "No class has this code now. A code lasts an hour: ask your tutor for the one of today."
_PIN = [InputRequired("Type the PIN on your card."), Length(max=20)]


class CardForm(PageForm):
    """What is printed on a card."""

    reference = StringField(
        "Reference on your card",
        validators=[InputRequired("Type the reference on your card."), Length(max=40)],
    )
    pin = StringField("PIN", validators=_PIN)
    next = HiddenField()


class ClassForm(PageForm):
    """The code that a tutor has opened."""

    code = StringField(
        "Class code",
        validators=[InputRequired("Type the code that your tutor shows you."), Length(max=20)],
    )


class NameForm(PageForm):
    """Who of the class it is."""

    who = SelectField("Your name", validators=[InputRequired("Choose your name.")])
    pin = StringField("PIN on your card", validators=_PIN)


@pages.route("/card", methods=["GET", "POST"])
@allow(ANYONE)
def card() -> ResponseReturnValue:
    """Sign in with the reference and the PIN of a card; its QR code fills the reference in."""
    form, status = CardForm(), 200
    if form.validate_on_submit():
        holder = signing_in.by_reference(db.session(), form.reference.data)
        answer = _enter(form, holder, None, local_path(form.next.data))
        if not isinstance(answer, int):
            return answer
        status = answer
    elif form.is_submitted():
        status = 422
    else:
        form.reference.data = request.args.get("reference", "")[:40]
        form.next.data = local_path(request.args.get("next")) or ""
    return render_template("cards/card.html", form=form), status


@pages.route("/class", methods=["GET", "POST"])
@allow(ANYONE)
def class_code() -> ResponseReturnValue:
    """Type the code of a class."""
    form = ClassForm()
    if form.validate_on_submit():
        return redirect(url_for("cards.in_class", code=typed_code(form.code.data)), 303)
    return _ask_for_code(form, 422 if form.is_submitted() else 200)


def _ask_for_code(form: ClassForm, status: int) -> ResponseReturnValue:
    return render_template("cards/class_code.html", form=form), status


@pages.route("/class/<code>", methods=["GET", "POST"])
@allow(ANYONE)
def in_class(code: str) -> ResponseReturnValue:
    """Pick one's name, while the class is open, and type the PIN."""
    now, address, typed = utc_now(), request.remote_addr or "", typed_code(code)[:20]
    asked = counting.of_network(CLASS_CODE, address, digest("class-code", typed), now=now)
    wait = counting.wait(db.session(), [asked], now=now)
    found = None if wait else making.class_of(db.session(), typed, now)
    if found is None:
        with writing() as session:
            refusal = Refusal("class-code", address, turned_away=bool(wait))
            counting.refused(session, refusal, now=now)
            if not wait:
                counting.count(session, [asked], now=now)
        form = ClassForm(formdata=None, code=typed)
        too_many = (
            f"There have been too many tries from here. Wait {in_words(wait)}, then try again."
        )
        form.code.errors = [too_many if wait else NOT_OPEN]
        return _ask_for_code(form, 429 if wait else 404)
    return _pick_a_name(found)


def _pick_a_name(opened: AnyRow) -> ResponseReturnValue:
    form, status = NameForm(), 200
    rows = db.session.execute(making.learners(opened.Cohort)).all()
    names = [(row.Account.public_id, row.Account.full_name) for row in rows if row.made_at]
    form.who.choices = [("", "Choose your name"), *names]
    if form.validate_on_submit():
        chosen = db.session.scalars(select(Account).where(Account.public_id == form.who.data)).one()
        answer = _enter(form, signing_in.of_account(db.session(), chosen), opened.opened_by)
        if not isinstance(answer, int):
            return answer
        status = answer
    elif form.is_submitted():
        status = 422
    page = render_template("cards/in_class.html", form=form, cohort=opened.Cohort)
    return page, status


def _enter(
    form: CardForm | NameForm, holder: Bearer, opened_by: str | None, target: str | None = None
) -> ResponseReturnValue | int:
    """Let them in, or say what was wrong and return the status. ``opened_by``: of a class code."""
    now, address, in_class = utc_now(), request.remote_addr or "", opened_by is not None
    wait_of = partial(signing_in.wait, holder=holder, address=address, in_class=in_class, now=now)
    pin = typed_pin(form.pin.data)
    with writing() as session:
        wait = wait_of(session)
    account = None if wait else signing_in.look_at(holder, pin)
    if account is not None:
        due = sessions.second_step_due(account)
        with acting(account, now) as act:
            wait, token = wait_of(act.session), ""
            if not wait and signing_in.still_counts(act, holder):  # it may have ended meanwhile
                if due:
                    token = half_sessions.begin(act, account, None)
                else:
                    token = signing_in.begin(act, account, opened_by or "")
        if token:
            return _let_in(account, token, target, half=due)
    elif not wait:
        with acting(VISITOR, now) as act:
            wait = wait_of(act.session)
            if not wait:
                signing_in.wrong(act, holder, address, in_class=in_class)
    form.pin.errors = [WAIT.format(in_words(wait)) if wait else WRONG]
    return 429 if wait else 422


def _let_in(account: Account, token: str, target: str | None, *, half: bool) -> ResponseReturnValue:
    """On to where they were going, or to the second step."""
    if current_user.is_authenticated:  # whoever sat here before
        with acting(person(), utc_now()) as act:
            sessions.end(act, person())
    if half:
        return half_sessions.to_second_step(
            half_sessions.HalfSession(token, False, False, target or "")
        )
    sessions.remember(account, token)
    return redirect(target or home_of(account), 303)
