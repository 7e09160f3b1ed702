"""The policy's pages: versions, differences, what a version would ask, publishing, documents."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from induction.approvals.forms import DecisionForm
from induction.approvals.queries import open_for
from induction.audit.act import acting
from induction.audit.actions import Action
from induction.curriculum.checks import policy_health, trace
from induction.curriculum.faults import CurriculumError
from induction.curriculum.model import Policy
from induction.database import utc_now
from induction.downloads import sent
from induction.extensions import db
from induction.form_fields import SureForm
from induction.institute import institute
from induction.people.access import allow, asks_again, person
from induction.people.models import Role
from induction.policy.documents import serve
from induction.policy.store import content
from induction.policy_versions import (
    carrying_over,
    drawing_up,
    marking,
    publishing,
    queries,
    review,
    scheduling,
    version_steps,
)
from induction.policy_versions.documents import NotADocument, attach, checked, dates
from induction.policy_versions.draft_queries import open_draft
from induction.policy_versions.forms import DocumentForm, PublishForm
from induction.policy_versions.impact import Effect, Preview, foreseen, preview
from induction.policy_versions.queries import Version
from induction.policy_versions.rules import (
    ChangeMark,
    Redo,
    VersionState,
    facts_changed,
    other_changes,
    stopping,
    to_be_marked,
)
from induction.policy_versions.version_steps import Deadlines
from induction.refusals import NotNow
from induction.spreadsheets.writing import MIME, csv_file
from induction.uk_time import uk_date, uk_day

pages = Blueprint("policy_versions", __name__, url_prefix="/compliance/policy")

PEOPLE_SHOWN = 20
FOLDER = marking.Marked("The files in the content folder", "policy_versions.overview", "The policy")
HEADS = (
    "Name", "Reference", "Cohort", "Audience", "Signs again", "Questions again", "Sections", "ULN",
    "Policy",
)  # fmt: skip


@pages.get("")
@allow(Role.COMPLIANCE)
def overview() -> ResponseReturnValue:
    """The policy in force, its versions, the state of the files, its document and its health."""
    session, today = db.session(), uk_day(utc_now())
    held = content().look(session)
    policy, edition = held.policy, held.edition
    faults: list[str] = []
    changed = False
    try:
        changed = content().candidate().policy.digest != policy.digest
    except CurriculumError as error:
        faults = [str(fault) for fault in error.faults]
    documents = queries.documents(session, policy.slug)
    return render_template(
        "policy_versions/overview.html",
        policy=policy,
        edition=edition,
        versions=queries.versions(session, policy.slug),
        waiting=queries.waiting(session, policy.slug, edition.version_id if edition else None),
        draft=open_draft(session, policy.slug),
        day=queries.set_day(session, policy.slug),
        draft_changed=changed,
        draft_faults=faults,
        documents=documents,
        document=held.document,
        review=review.review(policy, today, institute().review_reminder_days),
        faults=policy_health(policy, today),
        trace=trace(policy),
    )


@pages.route("/changes", methods=["GET", "POST"])
@allow(Role.COMPLIANCE)
def changes() -> ResponseReturnValue:
    """The content folder against what is in force; marking each change draws a version up."""
    try:
        candidate = content().candidate()
    except CurriculumError as error:
        faults = [str(fault) for fault in error.faults]
        return render_template("policy_versions/faulty.html", faults=faults)

    def drawn_up(marks: Mapping[str, ChangeMark]) -> int:
        with acting(person(), utc_now()) as act:
            return drawing_up.draw_up(act, content(), candidate, marks)

    return marking.page(candidate.policy, drawn_up, FOLDER)


@pages.get("/versions/<int:version_id>")
@allow(Role.COMPLIANCE)
def version(version_id: int) -> ResponseReturnValue:
    """One version: its changes, whom it would concern, and its next step."""
    return _version_page(version_id, PublishForm())


@pages.get("/versions/<int:version_id>/people.csv")
@allow(Role.COMPLIANCE)
def people(version_id: int) -> ResponseReturnValue:
    """Everyone who would have to do something again, as a file."""
    found, policy = _version_or_404(version_id)
    ahead = _preview(found, policy)
    if ahead is None:
        abort(404)
    with acting(person(), utc_now()) as act:
        subject = version_steps.subject(version_id)
        act.record(Action.POLICY_LISTED, subject, people=len(ahead.people))
    rows = [_row(effect, policy) for effect in ahead.people]
    name = f"policy-version-{version_id}.csv"
    return sent(lambda: csv_file(HEADS, [rows]), MIME["csv"], name)


@pages.post("/versions/<int:version_id>/approve")
@allow(Role.COMPLIANCE)
def approve(version_id: int) -> ResponseReturnValue:
    """Approve what was drawn up."""
    _version_or_404(version_id)
    if SureForm().validate_on_submit():
        try:
            with acting(person(), utc_now()) as act:
                publishing.approve(act, content(), version_id)
        except NotNow as refusal:
            return _version_page(version_id, PublishForm(formdata=None), refusal.lines)
        flash("Approved. It is not in force yet.", "good")
    return redirect(url_for(".version", version_id=version_id), 303)


@pages.post("/versions/<int:version_id>/publish")
@allow(Role.COMPLIANCE)
@asks_again
def publish(version_id: int) -> ResponseReturnValue:
    """Put an approved version in force."""
    _version_or_404(version_id)
    form = PublishForm()
    if not form.validate_on_submit():
        return _version_page(version_id, form)
    deadlines = Deadlines(form.redo_by.data, form.joiner_days.data)
    if day := form.in_force_on.data:
        try:
            with acting(person(), utc_now()) as act:
                scheduling.set_day(act, content(), version_id, day, deadlines)
        except NotNow as refusal:
            return _version_page(version_id, form, refusal.lines)
        flash(
            f"It comes into force by itself on {uk_date(day)}. Until then it can be called back.",
            "good",
        )
        return redirect(url_for(".version", version_id=version_id), 303)
    ahead = carrying_over.foresee(db.session(), content(), version_id)
    try:
        with acting(person(), utc_now()) as act:
            concerned = publishing.publish(act, content(), version_id, deadlines, ahead)
    except NotNow as refusal:
        return _version_page(version_id, form, refusal.lines)
    count = len(concerned)
    who = "Nobody has" if not count else "1 person has" if count == 1 else f"{count} people have"
    told = " They and their tutors are told by mail." if count else ""
    flash(f"In force from now. {who} something to do again.{told}", "good")
    return redirect(url_for(".version", version_id=version_id), 303)


@pages.post("/versions/<int:version_id>/call-back")
@allow(Role.COMPLIANCE)
def call_back(version_id: int) -> ResponseReturnValue:
    """Take back the day on which a version comes into force."""
    _version_or_404(version_id)
    if SureForm().validate_on_submit():
        try:
            with acting(person(), utc_now()) as act:
                scheduling.call_back(act, content(), version_id)
        except NotNow as refusal:
            return _version_page(version_id, PublishForm(formdata=None), refusal.lines)
        flash("Called back. It stays approved, and does not come into force by itself.", "good")
    return redirect(url_for(".version", version_id=version_id), 303)


@pages.route("/document", methods=["GET", "POST"])
@allow(Role.COMPLIANCE)
def document() -> ResponseReturnValue:
    """Attach the institute's own signed-off document to a version."""
    session, form = db.session(), DocumentForm()
    held = content().look(session)
    policy, known = held.policy, dates(held)
    form.version_date.choices = [(d.isoformat(), uk_date(d)) for d in known]
    if not form.is_submitted():
        form.version_date.data = policy.version_date.isoformat()
    if form.validate_on_submit():
        chosen = next(d for d in known if d.isoformat() == form.version_date.data)
        try:
            with form.file.data.stream as sent:
                one = checked(form.file.data.filename or "", sent.read())
            with acting(person(), utc_now()) as act:
                attach(act, content(), one, chosen)
        except NotADocument as fault:
            form.file.errors = [str(fault)]
        else:
            flash("Attached. Learners can open it.", "good")
            return redirect(url_for(".document"), 303)
    page = render_template(
        "policy_versions/document.html",
        policy=policy,
        form=form,
        documents=queries.documents(session, policy.slug),
    )
    return page, 422 if form.is_submitted() else 200


@pages.get("/documents/<int:document_id>")
@allow(Role.COMPLIANCE)
def stored_document(document_id: int) -> ResponseReturnValue:
    """A document as it was attached, also of an earlier version."""
    return serve(document_id)


def _version_or_404(version_id: int) -> tuple[Version, Policy]:
    session = db.session()
    content().look(session)
    found = queries.version(session, content().slug, version_id)
    if found is None:
        abort(404)
    return found, content().version(session, found.content)


def _preview(found: Version, policy: Policy) -> Preview | None:
    """Whom a version would concern; None where it can no longer come into force."""
    held = content().in_force
    if found.state not in (VersionState.DRAFT, VersionState.APPROVED) or held.edition is None:
        return None
    if found.base_id != held.edition.version_id:
        return None
    redo = Redo(found.redo, found.asks, found.asks_everyone)
    return preview(db.session(), held, foreseen(held, policy, redo))


def _version_page(
    version_id: int, form: PublishForm, refused: tuple[str, ...] = ()
) -> ResponseReturnValue:
    session = db.session()
    found, policy = _version_or_404(version_id)
    base = queries.version(session, content().slug, found.base_id or 0)
    before = content().version(session, base.content) if base else policy
    said = {f"{c.kind}:{c.item}": c for c in queries.changes_of(session, version_id)}
    ahead = _preview(found, policy)
    day = queries.set_day(session, content().slug)
    asked = open_for(session, publishing.PUBLICATION, version_steps.subject(version_id))
    page = render_template(
        "policy_versions/version.html",
        version=found,
        policy=policy,
        before=before,
        changes=[(change, said.get(change.key)) for change in to_be_marked(before, policy)],
        others=other_changes(before, policy),
        facts=facts_changed(before, policy),
        preview=ahead,
        people=[_line(effect, policy) for effect in ahead.people[:PEOPLE_SHOWN]] if ahead else [],
        stopping=stopping(
            before, policy, queries.chosen(session, content().slug), uk_day(utc_now())
        )
        if ahead
        else [],
        refused=refused,
        day=day if day and day.version_id == version_id else None,
        other_day=day if day and day.version_id != version_id else None,
        missed=queries.missed_day(session, version_id),
        two_people=institute().two_people,
        asked=asked,
        own=asked is not None and institute().two_people and asked.asked_by == person().actor,
        left_behind=ahead is None and found.state in (VersionState.DRAFT, VersionState.APPROVED),
        form=form,
        declining=DecisionForm(formdata=None),
    )
    return page, 422 if refused or form.errors else 200


def _line(effect: Effect, policy: Policy) -> dict[str, Any]:
    life = effect.person
    titles = [section.title for slug in effect.again if (section := policy.section(slug))]
    return {
        "name": life.full_name,
        "reference": life.learner_ref,
        "cohort": life.cohort,
        "audience": life.audience,
        "signs": effect.signs,
        "questions": effect.questions,
        "sections": titles,
        "href": url_for("tutoring.learner", public_id=life.public_id),
    }


def _row(effect: Effect, policy: Policy) -> tuple[str, ...]:
    line = _line(effect, policy)
    return (
        line["name"],
        line["reference"] or "",
        line["cohort"] or "",
        line["audience"],
        "yes" if line["signs"] else "no",
        str(line["questions"]),
        "; ".join(line["sections"]),
        effect.person.uln or "",
        policy.slug,
    )
