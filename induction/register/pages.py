"""The register of certificates: search it, take it away, make a pack, correct and revoke."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    url_for,
)
from flask.ctx import AppContext
from flask.typing import ResponseReturnValue
from flask_login import current_user

from induction.audit.actions import Action
from induction.audit.record import record as audit
from induction.audit_pack import gaps, pack
from induction.audit_pack.commands import order
from induction.certificates import queries as certificates
from induction.certificates import revocation
from induction.certificates.number import normalise
from induction.certificates.queries import Held, status_of
from induction.compliance import audit_log
from induction.database import AnyRow, utc_now, writing
from induction.extensions import db
from induction.form_fields import SureForm
from induction.institute import institute
from induction.journey.renewing import NotNow
from induction.people.access import allow, person
from induction.people.models import Role
from induction.policy.store import content
from induction.register import filters, withdrawal
from induction.register import listing as register
from induction.register.forms import (
    CorrectedNameForm,
    ReasonForm,
    RequestForm,
    RevokeForm,
)
from induction.register.listing import Wanted
from induction.spreadsheets.writing import Cell, csv_file, xlsx_file

pages = Blueprint("register", __name__, url_prefix="/certificates")

HEADS = (
    "Number", "Reference", "Name as issued", "Cohort", "Audience", "Version of", "Issued",
    "Valid until", "Status", "Superseded by", "Revoked because",
)  # fmt: skip
TOLD = "The learner is asked to take the final check again, and is told so."
MIME = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@pages.get("")
@allow(Role.COMPLIANCE)
def listing() -> ResponseReturnValue:
    """The register, newest first."""
    session, wanted, today = db.session(), filters.wanted(), utc_now().date()
    rows, pages = register.page(session, register.ids(wanted, today))
    words = wanted.as_words()
    return render_template(
        "compliance/register.html",
        certificates=[line(row) for row in rows],
        filters=filters.filters(session, wanted),
        clear_href=url_for(".listing") if words else None,
        pages=pages,
        csv_href=url_for(".table", kind="csv", **words),
        xlsx_href=url_for(".table", kind="xlsx", **words),
        pack_href=url_for(".export", **words),
    )


def line(row: AnyRow) -> dict[str, Any]:
    """One certificate's line in a list."""
    erased = row.name is None
    return {
        "name": row.name or "Details erased",
        "reference": None if erased else row.learner_ref,
        "number": row.number,
        "version_date": row.policy_version,
        "cohort": None if erased else row.cohort,
        "issued_at": row.issued_at,
        "valid_until": row.valid_until,
        "status": status_of(row, erased=erased, today=utc_now().date()),
        "href": url_for("compliance.trace.certificate", number=row.number),
        "pdf_href": None if erased else url_for("certificates.pdf", number=row.number),
        "learner_href": None if erased else url_for("tutoring.learner", public_id=row.public_id),
    }


@pages.get("/list.<any(csv, xlsx):kind>")
@allow(Role.COMPLIANCE)
def table(kind: str) -> ResponseReturnValue:
    """The register, or what of it was asked for, as a file; on record."""
    session, wanted, now = db.session(), filters.wanted(), utc_now()
    count = register.count(session, wanted, now.date())
    with writing() as writer:
        audit(
            writer,
            Action.REGISTER_EXPORTED,
            "certificates:all",
            actor=current_user.actor,
            now=now,
            details={"scope": wanted.without_names(), "format": kind, "certificates": count},
        )
    return sent(
        lambda: (
            csv_file(HEADS, _tables(wanted))
            if kind == "csv"
            else xlsx_file("Certificates", HEADS, _tables(wanted))
        ),
        MIME[kind],
        f"certificates-{now:%Y-%m-%d}.{kind}",
    )


def sent(body: Callable[[], Iterator[bytes]], mime: str, name: str) -> Response:
    """A file for download, sent while it is made."""
    return Response(
        _in_its_own_context(current_app.app_context(), body),
        mimetype=mime,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _in_its_own_context(
    context: AppContext, body: Callable[[], Iterator[bytes]]
) -> Iterator[bytes]:
    """The request has ended by the time that this runs: it needs a session that ends with it."""
    with context:
        yield from body()


def _tables(wanted: Wanted) -> Iterator[Iterable[Sequence[Cell]]]:
    today = utc_now().date()
    for batch in register.batches(db.session(), wanted, today):
        yield [
            (
                row.number,
                row.learner_ref if row.name else None,
                row.name,
                row.cohort if row.name else None,
                row.audience if row.name else None,
                row.policy_version.isoformat(),
                f"{row.issued_at:%Y-%m-%d}",
                row.valid_until.isoformat() if row.valid_until else None,
                status_of(row, erased=row.name is None, today=today),
                row.superseded_by,
                row.revoked_because,
            )
            for row in batch
        ]


@pages.get("/export")
@allow(Role.COMPLIANCE)
def export() -> ResponseReturnValue:
    """What a pack would hold, before it is made."""
    session, wanted, today = db.session(), filters.wanted(), utc_now().date()
    count = register.count(session, wanted, today)
    return render_template(
        "compliance/export.html",
        form=SureForm(formdata=None),
        filters=filters.filters(session, wanted),
        clear_href=url_for(".export") if wanted.as_words() else None,
        hidden=wanted.as_words(),
        count=count,
        megabytes=pack.expected_size(session, count) / 1e6,
        missing=register.count_without_file(session, wanted, today),
        gaps=gaps.count(session, content().policy, wanted, today),
        fingerprint=current_app.extensions["signer"].fingerprint,
        back_href=url_for(".listing", **wanted.as_words()),
    )


@pages.post("/export")
@allow(Role.COMPLIANCE)
def download() -> ResponseReturnValue:
    """The pack, sent while it is made."""
    if not SureForm().validate_on_submit():
        abort(400)
    now = utc_now()
    made = order(filters.wanted(), current_user.actor, now)
    name = f"audit-pack-{made.policy.slug}-{now:%Y-%m-%d-%H%M}.zip"
    return sent(lambda: pack.make(db.session(), made), "application/zip", name)


def held_or_404(number: str) -> Held:
    """The certificate with this number."""
    sound = normalise(number)
    return (certificates.by_number(db.session(), sound) if sound else None) or abort(404)


@pages.route("/<number>/revoke", methods=["GET", "POST"])
@allow(Role.COMPLIANCE)
def revoke(number: str) -> ResponseReturnValue:
    """Take a certificate back, with a reason; the settings may ask for two people."""
    held, form, refused, meanwhile = held_or_404(number), RevokeForm(), "", False
    if form.validate_on_submit():
        try:
            with writing() as session:
                done = withdrawal.withdraw(
                    session, content(), held, form.reason.data,
                    again=form.again.data, two_people=institute().two_people,
                    asked_at=form.asked_at.data, by=person(), now=utc_now(),
                )  # fmt: skip
        except revocation.NotCurrent as fault:
            refused = str(fault)
        except revocation.Meanwhile:
            meanwhile = True
        except NotNow as fault:
            form.again.errors = [f"{fault} Nothing was withdrawn: try it without asking them."]
        else:
            flash(_withdrawn(held, done=done, asked_again=form.again.data))
            return redirect(url_for("compliance.trace.certificate", number=held.number), 303)
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
        "compliance/register_revoke.html",
        form=form,
        held=held,
        refused=refused,
        meanwhile=meanwhile,
        typed=typed,
        asked=asked_for,
        asker=audit_log.name_of(db.session(), asked_for.actor) if asked_for else None,
        own=asked_for and two_people and asked_for.actor == current_user.actor,
        two_people=two_people,
        why_not_again=withdrawal.why_not(db.session(), content(), held),
        may_reissue=may_reissue(held),
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
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with writing() as session:
                withdrawal.ask(
                    session, content(), held, form.reason.data, by=person(), now=utc_now()
                )  # fmt: skip
        except NotNow as fault:
            form.reason.errors = [f"{fault} Nothing was changed."]
        else:
            flash(TOLD)
            return redirect(url_for("compliance.trace.certificate", number=held.number), 303)
    page = render_template("compliance/register_again.html", form=form, held=held)
    return page, 422 if form.is_submitted() else 200


def may_reissue(held: Held) -> bool:
    """Whether its name can be corrected: while it counts, or once it has run out.

    Not while somebody asks for it to be withdrawn.
    """
    return counts(held) and revocation.asked_to_revoke(db.session(), held) is None


def counts(held: Held) -> bool:
    """Whether nothing took its place and nobody took it back; it may have run out."""
    return held.status(utc_now().date()) in ("current", "expired")


@pages.post("/<number>/revoke/decline")
@allow(Role.COMPLIANCE)
def decline(number: str) -> ResponseReturnValue:
    """Leave a certificate as it is though somebody has asked for it to be withdrawn."""
    held, form = held_or_404(number), RequestForm()
    if form.validate_on_submit():
        try:
            with writing() as session:
                revocation.decline(
                    session, held,
                    asked_at=form.asked_at.data, actor=current_user.actor, now=utc_now(),
                )  # fmt: skip
        except revocation.NotCurrent as fault:
            flash(str(fault))
        except revocation.Meanwhile:
            return _revoking(held, RevokeForm(formdata=None), "", meanwhile=True), 422
        else:
            flash(f"{held.number} stays as it is.")
    return redirect(url_for("compliance.trace.certificate", number=held.number), 303)


@pages.route("/<number>/reissue", methods=["GET", "POST"])
@allow(Role.COMPLIANCE)
def reissue(number: str) -> ResponseReturnValue:
    """Issue anew with a corrected name; the new certificate supersedes the old one."""
    held = held_or_404(number)
    if held.record is None:
        abort(404)
    form = CorrectedNameForm(data={"full_name": held.record["learner"]["name"]})
    if form.validate_on_submit() and _is_other(form, held.record["learner"]["name"]):
        try:
            with writing() as session:
                new = revocation.reissue(
                    session,
                    held,
                    name=form.full_name.data,
                    reason=form.reason.data,
                    base_url=current_app.extensions["settings"].base_url,
                    actor=current_user.actor,
                    now=utc_now(),
                )
        except revocation.NotCurrent as fault:
            form.full_name.errors = [str(fault)]
        else:
            flash(f"{new} is issued and takes the place of {held.number}. Both stay on record.")
            return redirect(url_for("compliance.trace.certificate", number=new), 303)
    page = render_template(
        "compliance/register_reissue.html",
        form=form,
        held=held,
        counts=counts(held_or_404(number)),
        asked=revocation.asked_to_revoke(db.session(), held),
    )
    return page, 422 if form.is_submitted() else 200


def _is_other(form: CorrectedNameForm, name: str) -> bool:
    if form.full_name.data == name:
        form.full_name.errors = ["This is the name on the present certificate."]
        return False
    return True
