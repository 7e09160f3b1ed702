"""The page on which each change is said to be material or minor, and a version is drawn up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from induction.curriculum.model import Policy
from induction.database import utc_now
from induction.extensions import db
from induction.form_fields import SureForm
from induction.policy.store import content
from induction.policy_versions import queries
from induction.policy_versions.rules import (
    ChangeMark,
    Weight,
    facts_changed,
    marks_from,
    other_changes,
    stopping,
    to_be_marked,
)
from induction.refusals import NotNow
from induction.uk_time import uk_day


@dataclass(frozen=True, slots=True)
class Marked:
    """Which files are compared, and the page that people come from."""

    what: str
    endpoint: str
    back: str


def page(
    after: Policy, draw_up: Callable[[Mapping[str, ChangeMark]], int], of: Marked
) -> ResponseReturnValue:
    """These files against what is in force; marking each change draws a version up."""
    session, form = db.session(), SureForm()
    before = content().look(session).policy
    marked = to_be_marked(before, after)
    missing: dict[str, str] = {}
    if form.validate_on_submit():
        marks, missing = marks_from(marked, request.form)
        if request.form.get("content") != after.digest:
            flash("The files have changed meanwhile. These are the differences now.", "care")
            missing = {}
        elif not missing:
            try:
                version_id = draw_up(marks)
            except NotNow as refusal:
                flash(str(refusal), "care")
                return redirect(url_for(of.endpoint), 303)
            return redirect(url_for("policy_versions.version", version_id=version_id), 303)
    chosen = queries.chosen(session, content().slug)
    html = render_template(
        "policy_versions/changes.html",
        of=of,
        before=before,
        after=after,
        changes=marked,
        others=other_changes(before, after),
        facts=facts_changed(before, after),
        stopping=stopping(before, after, chosen, uk_day(utc_now())),
        given=request.form,
        missing=missing,
        form=form,
        weights=[(Weight.MATERIAL.value, "Material"), (Weight.MINOR.value, "Minor")],
    )
    return html, 422 if missing else 200
