"""The audit pack: what it would hold, and the pack itself."""

from flask import (
    Blueprint,
    abort,
    current_app,
    render_template,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user

from induction.audit_pack import gaps, pack
from induction.audit_pack.orders import order
from induction.database import utc_now
from induction.downloads import sent
from induction.extensions import db
from induction.form_fields import SureForm
from induction.people.access import allow, asks_again
from induction.people.models import Role
from induction.policy.store import content
from induction.register import filters
from induction.register import listing as register
from induction.register.listing import Wanted
from induction.uk_time import uk_day

pages = Blueprint("audit_pack", __name__, url_prefix="/compliance/certificates")


@pages.get("/export")
@allow(Role.COMPLIANCE)
def export() -> ResponseReturnValue:
    """What a pack would hold, before it is made."""
    session, wanted, today = db.session(), filters.wanted(), uk_day(utc_now())
    count = register.count(session, wanted, today)
    without, redo = gaps.count(session, content().policy, wanted, today)
    return render_template(
        "audit_pack/export.html",
        form=SureForm(formdata=None),
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
@allow(Role.COMPLIANCE)
@asks_again
def download() -> ResponseReturnValue:
    """The pack, sent while it is made."""
    if not SureForm().validate_on_submit():
        abort(400)
    made = order(db.session(), filters.wanted(), current_user.actor, utc_now())
    return sent(lambda: pack.make(db.session(), made), "application/zip", made.file_name)


def _hidden(wanted: Wanted) -> list[tuple[str, str]]:
    """The fields of a form that asks the same again."""
    return [
        (name, one)
        for name, value in wanted.as_words().items()
        for one in (value if isinstance(value, list) else [value])
    ]
