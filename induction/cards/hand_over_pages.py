"""What tutors hand over on paper to people without an address: certificates and letters."""

import re

import segno
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import update

from induction.audit.act import acting
from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.cards.hand_over import one_waiting, waiting
from induction.database import utc_now
from induction.extensions import db
from induction.form_fields import SureForm
from induction.mail.models import LetterByHand
from induction.paging import page_of
from induction.people.access import allow, person
from induction.people.lookups import OVERSEERS

pages = Blueprint("hand_over", __name__, url_prefix="/tutor/to-hand-over")

_ADDRESS = re.compile(r"https?://\S+")


@pages.route("", methods=["GET", "POST"])
@allow(*OVERSEERS)
def listing() -> ResponseReturnValue:
    """What waits for this tutor's learners; ticking it says that they have it."""
    if SureForm().validate_on_submit():
        done = _handed(request.form.getlist("which"))
        flash(f"{done} handed over." if done else "Nothing was ticked. Nothing was changed.")
        return redirect(url_for("hand_over.listing"), 303)
    rows, found = page_of(db.session(), waiting(person()))
    return render_template("cards/to_hand_over.html", letters=rows, pages=found)


@pages.get("/<public_id>")
@allow(*OVERSEERS)
def letter(public_id: str) -> ResponseReturnValue:
    """One letter, to be printed; its first address also as a code for a phone."""
    row = db.session.execute(one_waiting(person(), public_id)).first() or abort(404)
    address = _ADDRESS.search(row.body)
    picture = (
        segno.make_qr(address[0], error="m").svg_data_uri(scale=4, border=3) if address else ""
    )
    return render_template("cards/letter.html", letter=row, picture=picture)


def _handed(ids: list[str]) -> int:
    """Note that these letters were handed over; how many were still waiting."""
    with acting(person(), utc_now()) as act:
        rows = act.session.execute(
            waiting(person())
            .where(LetterByHand.public_id.in_(ids[:1000]))
            .with_for_update(of=LetterByHand)
        ).all()
        act.session.execute(
            update(LetterByHand)
            .where(LetterByHand.id.in_([row.id for row in rows]))
            .values(handed_at=act.now, body="")
        )
        with Batch(act) as entries:
            for row in rows:
                subject = f"account:{row.learner}"
                entries.record(Action.HANDED_OVER, subject, certificate=row.certificate)
    return len(rows)
