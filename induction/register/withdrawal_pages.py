"""Withdrawing a certificate, asking its holder to earn another, and correcting a name."""

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user

from induction.approvals import asking
from induction.approvals.asking import Asking
from induction.approvals.queries import open_for
from induction.audit.act import acting
from induction.certificates import revocation
from induction.certificates.queries import Held
from induction.database import utc_now
from induction.extensions import db
from induction.institute import institute
from induction.people.access import allow, asks_again, person
from induction.people.accounts import name_of
from induction.people.models import Role
from induction.policy.store import content
from induction.refusals import NotNow
from induction.register import withdrawal
from induction.register.approving import CORRECTION
from induction.register.forms import (
    CertificateReasonForm,
    CorrectedNameForm,
    RevokeForm,
    WithdrawalRequestForm,
)
from induction.register.lookups import held_or_404
from induction.register.withdrawal import Withdrawal, counts

pages = Blueprint("withdrawal", __name__, url_prefix="/compliance/certificates")


TOLD = "The learner is asked to take the final check again, and is told so."


@pages.route("/<number>/revoke", methods=["GET", "POST"])
@allow(Role.COMPLIANCE)
@asks_again
def revoke(number: str) -> ResponseReturnValue:
    """Take a certificate back, with a reason; the settings may ask for two people."""
    held, form, refused, meanwhile = held_or_404(number), RevokeForm(), "", False
    if form.validate_on_submit():
        try:
            wish = Withdrawal(form.reason.data, form.again.data, form.asked_at.data)
            with acting(person(), utc_now()) as act:
                done = withdrawal.withdraw(
                    act, content(), held, wish, two_people=institute().two_people
                )
        except revocation.NotCurrent as fault:
            refused = str(fault)
        except revocation.Meanwhile:
            meanwhile = True
        except NotNow as fault:
            form.again.errors = [f"{fault} Nothing was withdrawn: try it without asking them."]
        else:
            flash(_withdrawn(held, done=done, asked_again=form.again.data))
            return redirect(url_for("trace.certificate", number=held.number), 303)
    page = _revoking(held_or_404(number), form, refused, meanwhile=meanwhile)
    return page, 422 if form.is_submitted() else 200


def _revoking(held: Held, form: RevokeForm, refused: str, *, meanwhile: bool) -> str:
    """The page as it stands now: the form is one for the present request, or for none."""
    asked_for, two_people = revocation.asked_to_revoke(db.session(), held), institute().two_people
    typed = form.reason.data if meanwhile else ""
    if meanwhile or not form.is_submitted():
        present = {"reason": asked_for.reason, "asked_at": asked_for.at} if asked_for else {}
        form = RevokeForm(formdata=None, data={"reason": typed} | present)
    return render_template(
        "register/revoke.html",
        form=form,
        held=held,
        refused=refused,
        meanwhile=meanwhile,
        typed=typed,
        asked=asked_for,
        asker=name_of(db.session(), asked_for.actor) if asked_for else None,
        own=asked_for and two_people and asked_for.actor == current_user.actor,
        newer=revocation.replaced_by(db.session(), held),
        two_people=two_people,
        why_not_again=withdrawal.why_not(db.session(), content(), held),
        may_reissue=not revocation.why_not_reissued(db.session(), held),
    )


def _withdrawn(held: Held, *, done: bool, asked_again: bool) -> str:
    if not done:
        return "Asked. It counts until another compliance officer has confirmed."
    said = f"{held.number} is withdrawn. The check page says so from now on."
    return f"{said} {TOLD if asked_again else 'The learner is told so, unless they have left.'}"


@pages.route("/<number>/again", methods=["GET", "POST"])
@allow(Role.COMPLIANCE)
def ask_again(number: str) -> ResponseReturnValue:
    """Ask the holder of a certificate that was withdrawn to earn another."""
    held = held_or_404(number)
    if held.revoked_at is None:
        abort(404)
    form = CertificateReasonForm()
    if form.validate_on_submit():
        try:
            with acting(person(), utc_now()) as act:
                withdrawal.ask(act, content(), held, form.reason.data)
        except NotNow as fault:
            form.reason.errors = [f"{fault} Nothing was changed."]
        else:
            flash(TOLD)
            return redirect(url_for("trace.certificate", number=held.number), 303)
    page = render_template("register/ask_again.html", form=form, held=held)
    return page, 422 if form.is_submitted() else 200


@pages.post("/<number>/revoke/decline")
@allow(Role.COMPLIANCE)
def decline(number: str) -> ResponseReturnValue:
    """Leave a certificate as it is though somebody has asked for it to be withdrawn."""
    held, form = held_or_404(number), WithdrawalRequestForm()
    if form.validate_on_submit():
        try:
            with acting(person(), utc_now()) as act:
                revocation.decline(act, held, asked_at=form.asked_at.data)
        except revocation.NotCurrent as fault:
            flash(str(fault))
        except revocation.Meanwhile:
            return _revoking(held, RevokeForm(formdata=None), "", meanwhile=True), 422
        else:
            flash(f"{held.number} stays as it is.")
    return redirect(url_for("trace.certificate", number=held.number), 303)


@pages.route("/<number>/reissue", methods=["GET", "POST"])
@allow(Role.COMPLIANCE)
@asks_again
def reissue(number: str) -> ResponseReturnValue:
    """Issue anew with a corrected name; the new certificate supersedes the old one."""
    held = held_or_404(number)
    if held.record is None:
        abort(404)
    form = CorrectedNameForm(data={"full_name": held.record["learner"]["name"]})
    if form.validate_on_submit() and _is_other(form, held.record["learner"]["name"]):
        if revocation.names_another(db.session(), held, form.full_name.data):
            return _ask_for_another_name(held, form)
        try:
            with acting(person(), utc_now()) as act:
                new = revocation.reissue(
                    act,
                    held,
                    name=form.full_name.data,
                    reason=form.reason.data,
                    base_url=current_app.extensions["settings"].base_url,
                )
        except revocation.NotCurrent as fault:
            form.full_name.errors = [str(fault)]
        else:
            flash(f"{new} is issued and takes the place of {held.number}. Both stay on record.")
            return redirect(url_for("trace.certificate", number=new), 303)
    return _correcting(held, form)


def _correcting(held: Held, form: CorrectedNameForm) -> ResponseReturnValue:
    session = db.session()
    page = render_template(
        "register/reissue.html",
        form=form,
        held=held,
        counts=counts(held_or_404(held.number)),
        asked=revocation.asked_to_revoke(session, held),
        correcting=open_for(session, CORRECTION.name, f"certificate:{held.number}"),
    )
    return page, 422 if form.is_submitted() else 200


def _ask_for_another_name(held: Held, form: CorrectedNameForm) -> ResponseReturnValue:
    """A name that is plainly another is confirmed by somebody else first."""
    if refused := revocation.why_not_reissued(db.session(), held):
        form.full_name.errors = [refused]
        return _correcting(held, form)
    wish = Asking(
        f"certificate:{held.number}",
        form.reason.data,
        held.account_id,
        {"full_name": form.full_name.data},
    )
    try:
        with acting(person(), utc_now()) as act:
            asked = asking.ask(act, CORRECTION, wish)
    except NotNow as fault:
        form.full_name.errors = [str(fault)]
        return _correcting(held, form)
    flash("That is plainly another name, so nothing is issued yet: it has to be confirmed.")
    return redirect(url_for("approvals.show", public_id=asked.public_id), 303)


def _is_other(form: CorrectedNameForm, name: str) -> bool:
    if form.full_name.data == name:
        form.full_name.errors = ["This is the name on the present certificate."]
        return False
    return True
