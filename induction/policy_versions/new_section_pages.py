"""Adding a section to the draft of the policy in the browser."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from induction.audit.act import acting
from induction.curriculum.parts import Outline, PartKind, outline
from induction.database import utc_now
from induction.extensions import db
from induction.people.access import allow, person
from induction.people.models import Role
from induction.policy.store import content
from induction.policy_versions import draft_queries as queries
from induction.policy_versions import new_sections
from induction.policy_versions.forms import SectionForm
from induction.refusals import InvalidInput, NotNow

pages = Blueprint("policy_sections", __name__, url_prefix="/compliance/policy/draft/section")


@pages.route("", methods=["GET", "POST"])
@allow(Role.COMPLIANCE)
def add() -> ResponseReturnValue:
    """Say what a section is called, where it stands and which rules it teaches."""
    session = db.session()
    row = queries.open_draft(session, content().slug)
    if row is None:
        return redirect(url_for("policy_draft.overview"), 303)
    texts = content().read_as(session, queries.texts(session, row.id))
    parts = outline(content().slug, texts)
    form = _form(parts)
    if form.validate_on_submit():
        try:
            with acting(person(), utc_now()) as act:
                path = new_sections.add(act, content(), _said(form))
        except InvalidInput as refusal:
            form.title.errors = [str(refusal)]
        except NotNow as refusal:
            flash(str(refusal), "care")
            return redirect(url_for("policy_draft.overview"), 303)
        else:
            flash(
                "The section is in the draft. Next come its situations: the check says what is "
                "missing. Learners see nothing of it before a version with it is in force.",
                "good",
            )
            return redirect(url_for("draft_parts.part", kind=PartKind.FILE.value, name=path), 303)
    html = render_template("policy_versions/new_section.html", form=form)
    return html, 422 if form.is_submitted() else 200


def _form(parts: Outline) -> Any:
    form = SectionForm()
    form.after.choices = [
        ("", "At the beginning"),
        *((one.page.path, f"After “{one.page.title}”") for one in parts.sections),
    ]
    form.clauses.choices = [(one.name, f"{one.where}: {one.text}") for one in parts.clauses]
    if not form.is_submitted():
        form.after.data = form.after.choices[-1][0]
    return form


def _said(form: Any) -> new_sections.NewSection:
    return new_sections.NewSection(
        " ".join(form.title.data.split()),
        " ".join(form.summary.data.split()),
        form.clauses.data,
        form.words.data,
        form.after.data,
    )
