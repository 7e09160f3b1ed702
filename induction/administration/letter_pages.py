"""Letters in the institute's own words: which there are, and changing one after a look at it."""

import base64
import hashlib
from typing import Any

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
from wtforms import StringField, TextAreaField

from induction.administration import letter_changes
from induction.audit.act import acting
from induction.database import utc_now
from induction.extensions import db
from induction.form_fields import PageForm
from induction.institute import institute
from induction.mail import html_part, texts
from induction.mail.letters import Letter, made, ours
from induction.mail.outbox import send_test
from induction.people.access import allow, asks_again, person
from induction.people.models import Role
from induction.uk_time import uk_day

pages = Blueprint("letter_texts", __name__, url_prefix="/admin/mail/texts")


class LetterTextForm(PageForm):
    """A letter: what may stand in braces is said beside it."""

    subject = StringField("Subject")
    body = TextAreaField("Text", render_kw={"rows": 16})


@pages.get("")
@allow(Role.ADMIN)
def listing() -> ResponseReturnValue:
    """Every letter that may have words of the institute's own."""
    return render_template(
        "administration/letter_texts.html",
        letters=texts.TEXTS,
        own=texts.in_own_words(db.session()),
    )


@pages.route("/<name>", methods=["GET", "POST"])
@allow(Role.ADMIN)
@asks_again
def edit(name: str) -> ResponseReturnValue:
    """One letter: look at it, send it to oneself, keep it, or go back to our words."""
    kind = texts.TEXTS.get(name) or abort(404)
    facts = texts.sample(uk_day(utc_now()))
    own = texts.in_own_words(db.session()).get(name)
    plain = ours(name, **facts)
    present = (
        {"subject": own.subject, "body": own.body} if own else _to_begin_with(plain, name, facts)
    )
    form = LetterTextForm(data=present)
    preview = made(*texts.filled(name, own.subject, own.body, facts)) if own else plain
    if form.validate_on_submit():
        if "reset" in request.form:
            return _reset(name)
        try:
            typed = texts.checked(name, form.subject.data or "", form.body.data or "")
        except texts.NotAText as fault:
            form.body.errors = [str(fault)]
        else:
            preview = made(*texts.filled(name, *typed, facts))
            if "save" in request.form:
                with acting(person(), utc_now()) as act:
                    letter_changes.keep(act, name, *typed)
                flash("Kept. Letters that are written from now on say this.")
                return redirect(url_for(".edit", name=name), 303)
            if "test" in request.form:
                _send_to_me(preview)
            if "mail" in request.form:
                return _as_mail(preview)
    page = render_template(
        "administration/letter_text.html",
        form=form,
        kind=kind,
        own=own,
        preview=preview,
        to_me=person().email,
    )
    return page, 422 if form.errors else 200


def _to_begin_with(plain: Letter, name: str, facts: dict[str, Any]) -> dict[str, str]:
    """Our words with braces in the place of what belongs to one person: to be changed."""
    subject, body = texts.in_braces(name, plain.subject, plain.body, facts)
    return {"subject": subject, "body": body}


def _reset(name: str) -> ResponseReturnValue:
    with acting(person(), utc_now()) as act:
        gone = letter_changes.forget(act, name)
    flash("Our words are sent again." if gone else "Our words were sent already.")
    return redirect(url_for(".edit", name=name), 303)


def _as_mail(preview: Letter) -> Response:
    """The HTML part as its reader sees it: a document that can do nothing but be looked at."""
    digest = institute().logo_sha256
    src = url_for("settings.logo", digest=digest) if digest and html_part.logo() else ""
    page = html_part.html_of(preview.subject, preview.body, logo_src=src)
    hashes = " ".join(f"'sha256-{_sha256(style)}'" for style in html_part.styles())
    answer = Response(page, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src {hashes}; img-src 'self'; form-action 'none'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    return answer


def _sha256(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def _send_to_me(preview: Letter) -> None:
    settings: Any = current_app.extensions["settings"]
    address = person().email or abort(404)
    if fault := send_test(settings, address, preview, now=utc_now()):
        flash(f"It was not sent. {fault}", "care")
    else:
        flash(f"Sent to {address}, and kept nowhere: look at it, then save it here.")
