"""The audit pack: what it would hold, and the pack itself."""

from datetime import datetime

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
from flask.typing import ResponseReturnValue

from induction.approvals import asking
from induction.approvals.asking import Asking
from induction.approvals.queries import open_for
from induction.audit.act import acting
from induction.audit.actions import Action
from induction.audit_pack import approving, gaps, pack
from induction.audit_pack.approving import PACK
from induction.audit_pack.forms import PackForm
from induction.audit_pack.orders import order
from induction.database import utc_now
from induction.downloads import sent
from induction.extensions import db
from induction.form_fields import SureForm
from induction.people.access import READS_EVIDENCE, allow, asks_again, person
from induction.people.models import Role
from induction.policy.store import content
from induction.refusals import NotNow
from induction.register import filters
from induction.register import listing as register
from induction.register.listing import Wanted
from induction.spreadsheets.writing import MIME, spreadsheet
from induction.uk_time import uk_day

GAPS_BY = (
    "search", "cohort", "named", "tutor", "taught_by", "audience", "started", "started_by",
)  # fmt: skip
pages = Blueprint("audit_pack", __name__, url_prefix="/compliance/certificates")


@pages.get("/export")
@allow(*READS_EVIDENCE)
def export() -> ResponseReturnValue:
    """What a pack would hold, before it is made."""
    return _export_page()


def _asks(wanted: Wanted, now: datetime) -> bool:
    """Whether this pack is asked for first: where packs take two people, and by whoever audits."""
    first = asking.takes_two(PACK) or Role.COMPLIANCE not in person().roles
    return first and not approving.confirmed(db.session(), wanted, person().actor, now)


def _export_page(form: PackForm | None = None) -> str:
    session, wanted, today = db.session(), filters.wanted(), uk_day(utc_now())
    count = register.count(session, wanted, today)
    without, redo = gaps.count(session, content().policy, wanted, today)
    asks = _asks(wanted, utc_now())
    return render_template(
        "audit_pack/export.html",
        form=PackForm(formdata=None) if form is None else form,
        asks=asks,
        waiting=open_for(session, PACK.name, approving.subject_of(wanted)) if asks else None,
        filters=filters.filters(session, wanted),
        clear_href=url_for(".export") if wanted.as_words() else None,
        hidden=_hidden(wanted),
        count=count,
        megabytes=pack.expected_size(session, count) / 1e6,
        missing=register.count_without_file(session, wanted, today),
        gaps=without,
        redo=redo,
        fingerprint=current_app.extensions["signer"].fingerprint,
        back_href=url_for("register.listing", **wanted.as_words()),
    )


@pages.post("/export")
@allow(*READS_EVIDENCE)
@asks_again
def download() -> ResponseReturnValue:
    """The pack, sent while it is made; or, where it takes two people, asking for it."""
    session, form, wanted = db.session(), PackForm(), filters.wanted()
    now = utc_now()
    if _asks(wanted, now):
        return _ask(form, wanted)
    if not SureForm().validate_on_submit():
        abort(400)
    made = order(session, wanted, person().actor, now)
    return sent(lambda: pack.make(db.session(), made), "application/zip", made.file_name)


@pages.get("/gaps")
@allow(*READS_EVIDENCE)
def gaps_page() -> ResponseReturnValue:
    """Who in scope holds no certificate that counts, and why; a page at a time."""
    session, wanted, today = db.session(), filters.wanted(), uk_day(utc_now())
    policy, words = content().policy, wanted.as_words()
    rows, pages = gaps.page(session, policy, wanted, today)
    return render_template(
        "audit_pack/gaps.html",
        rows=[(row, gaps.why(policy, row, today)) for row in rows],
        filters=[field for field in filters.filters(session, wanted) if field["name"] in GAPS_BY],
        clear_href=url_for(".gaps_page") if words else None,
        pages=pages,
        hrefs={kind: url_for(".gaps_table", kind=kind, **words) for kind in ("csv", "xlsx")},
        pack_href=url_for(".export", **words),
    )


@pages.get("/gaps/list.<any(csv, xlsx):kind>")
@allow(Role.COMPLIANCE)
@asks_again
def gaps_table(kind: str) -> ResponseReturnValue:
    """The same list as a file; on record."""
    session, wanted, today = db.session(), filters.wanted(), uk_day(utc_now())
    policy = content().policy
    count, _ = gaps.count(session, policy, wanted, today)
    with acting(person(), utc_now()) as act:
        what = request.path  # an address may have a name behind it
        act.record(Action.LIST_EXPORTED, "list:gaps", what=what, format=kind, rows=count)
    return sent(
        lambda: spreadsheet(
            kind, "Gaps", gaps.HEADS, gaps.gaps(db.session(), policy, wanted, today)
        ),
        MIME[kind],
        f"gaps-{today}.{kind}",
    )


def _ask(form: PackForm, wanted: Wanted) -> ResponseReturnValue:
    if not form.validate_on_submit():
        return _export_page(form), 422
    scope = filters.in_words(db.session(), wanted)
    details = {"scope": scope, "address": wanted.as_words()}
    try:
        with acting(person(), utc_now()) as act:
            wish = Asking(approving.subject_of(wanted), form.reason.data, details=details)
            asked = asking.ask(act, PACK, wish)
    except NotNow as refusal:
        flash(f"{refusal} Nothing was changed.", "care")
        return redirect(url_for(".export", **wanted.as_words()), 303)
    if Role.COMPLIANCE in person().roles:
        return redirect(url_for("approvals.show", public_id=asked.public_id), 303)
    flash("Asked for. Come back to this page: once an officer has confirmed it, you make it here.")
    return redirect(url_for(".export", **wanted.as_words()), 303)


def _hidden(wanted: Wanted) -> list[tuple[str, str]]:
    """The fields of a form that asks the same again."""
    return [
        (name, one)
        for name, value in wanted.as_words().items()
        for one in (value if isinstance(value, list) else [value])
    ]
