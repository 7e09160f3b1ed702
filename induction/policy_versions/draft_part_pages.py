"""One part of the draft in the browser: its words, and what is said of them."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from induction.audit.act import acting
from induction.curriculum.media import kind_of
from induction.curriculum.parts import FilePart, PartKind, find
from induction.database import utc_now
from induction.extensions import db
from induction.form_fields import SureForm
from induction.people.access import allow, person
from induction.people.models import Role
from induction.policy.store import content
from induction.policy_versions import comments, drafts
from induction.policy_versions import draft_queries as queries
from induction.policy_versions.forms import CommentForm, PartForm
from induction.policy_versions.open_draft import READERS, OpenDraft, open_draft, to_overview
from induction.refusals import InvalidInput, NotNow

pages = Blueprint("draft_parts", __name__, url_prefix="/compliance/policy/draft")

KINDS = f"<any({', '.join(kind.value for kind in PartKind)}):kind>"
HINTS = {
    PartKind.CLAUSE: "One rule in plain words. It is kept as one paragraph.",
    PartKind.FACT: "On one line.",
    PartKind.HISTORY: "A line for each version, oldest first: the day (2027-01-31), then what "
    "changed. The last line is this version.",
    PartKind.DECLARATION: "What learners sign. Leave an empty line between two statements.",
    PartKind.SCENARIO: "The situation as it stands in its file. Change the words after the colons, "
    "and keep the spaces at the beginning of each line.",
    PartKind.FILE: "The file as it is.",
}


@pages.get(f"/{KINDS}/<path:name>")
@allow(*READERS)
def part(kind: str, name: str) -> ResponseReturnValue:
    """One part of the draft with its words, and what is to be mended in it."""
    here, found = _part_or_404(kind, name)
    return _part_page(here, found, _shown(found))


@pages.post(f"/{KINDS}/<path:name>")
@allow(Role.COMPLIANCE)
def save(kind: str, name: str) -> ResponseReturnValue:
    """Keep other words of one part."""
    here, found = _part_or_404(kind, name)
    form = PartForm()
    if not form.validate_on_submit():
        return _part_page(here, found, form)
    which, written = (PartKind(kind), name), form.words.data or ""
    try:
        with acting(person(), utc_now()) as act:
            path = drafts.write(act, content(), which, written, form.seen.data or "")
    except (NotNow, InvalidInput) as refusal:
        form.words.errors = [str(refusal)]
        return _part_page(here, found, form)
    flash("Saved. Learners see nothing of it before a version with it is in force.", "good")
    now = open_draft()
    if now is None or find(content().slug, now.texts, *which) is None:
        # Its id has changed, or the file can no longer be told into parts: the whole file can.
        return redirect(url_for(".part", kind=PartKind.FILE.value, name=path), 303)
    return redirect(url_for(".part", kind=kind, name=name), 303)


@pages.post(f"/comment/{KINDS}/<path:name>")
@allow(*READERS)
def comment(kind: str, name: str) -> ResponseReturnValue:
    """Say something about a part."""
    here, found = _part_or_404(kind, name)
    form = CommentForm()
    if not form.validate_on_submit():
        return _part_page(here, found, _shown(found), form)
    try:
        with acting(person(), utc_now()) as act:
            comments.add(act, content(), (PartKind(kind), name), form.comment.data.strip())
    except NotNow as refusal:
        return to_overview(str(refusal))
    flash("Your comment stands beside the words.", "good")
    return redirect(url_for(".part", kind=kind, name=name), 303)


@pages.post("/comments/<public_id>/settle")
@allow(*READERS)
def settle(public_id: str) -> ResponseReturnValue:
    """A comment is dealt with."""
    if not SureForm().validate_on_submit():
        return to_overview()
    try:
        with acting(person(), utc_now()) as act:
            kind, name = comments.settle(act, content(), public_id)
    except NotNow as refusal:
        return to_overview(str(refusal))
    return redirect(url_for(".part", kind=kind, name=name), 303)


def _shown(found: FilePart) -> PartForm:
    return PartForm(formdata=None, words=found.text, seen=drafts.seen(found.text))


def _part_or_404(kind: str, name: str) -> tuple[OpenDraft, FilePart]:
    here = open_draft() or abort(404)
    return here, find(content().slug, here.texts, PartKind(kind), name) or abort(404)


def _part_page(
    here: OpenDraft, found: FilePart, form: PartForm, said: CommentForm | None = None
) -> ResponseReturnValue:
    said = said or CommentForm(formdata=None)
    session, about = db.session(), (found.kind.value, found.name)
    lines = here.texts[found.path].split("\n")
    faults = [
        (fault, lines[fault.line - 1].strip() if fault.line <= len(lines) else "")
        for fault in here.trial.faults
        if found.holds(fault.path, fault.line)
    ]
    html = render_template(
        "policy_versions/draft_part.html",
        draft=here.row,
        part=found,
        form=form,
        faults=faults,
        elsewhere=len(here.trial.errors) - sum(f.severity == "error" for f, _ in faults),
        hint=HINTS[found.kind],
        media=bool(kind_of(found.path)),
        by=next(one for one in here.written if one.path == found.path),
        preview=_previewed(here, found),
        said=said,
        comments=session.execute(queries.comments(here.row.id, about)).all(),
    )
    return html, 422 if form.errors or said.errors else 200


def _previewed(here: OpenDraft, found: FilePart) -> str:
    """Where a part is seen as a learner would see it; empty where it is on no page of theirs."""
    policy = here.policy
    if policy is None:
        return ""
    if found.kind is PartKind.DECLARATION:
        return url_for("policy_draft.preview", name="declaration")
    stem = found.path.rpartition("/")[2].rpartition(".")[0]
    if stem.startswith("help-"):
        return url_for("policy_draft.preview", name=f"help/{stem.removeprefix('help-')}")
    if found.kind is PartKind.CLAUSE:
        slug = next((s.slug for s in policy.sections if found.name in s.clauses), "")
    else:
        slug = stem[3:]
    if policy.section(slug) is None:
        return ""
    below = f"/{found.name}" if found.kind is PartKind.SCENARIO else ""
    return url_for("policy_draft.preview", name=f"{slug}{below}")
