"""The draft of the policy in the browser: its parts, their words, a preview, and what ends it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from induction.audit.act import acting
from induction.curriculum.faults import CurriculumError
from induction.curriculum.media import kind_of
from induction.curriculum.model import Policy
from induction.curriculum.parts import FilePart, Outline, PartKind, find, outline
from induction.database import utc_now
from induction.downloads import sent
from induction.extensions import db
from induction.form_fields import SureForm
from induction.paging import page_of
from induction.people.access import allow, person
from induction.people.models import Role
from induction.policy.store import content
from induction.policy_versions import comments, drafts, marking
from induction.policy_versions import draft_queries as queries
from induction.policy_versions.draft_queries import Written
from induction.policy_versions.draft_zip import NotADraft, packed, unpacked
from induction.policy_versions.forms import BeginForm, BringForm, CommentForm, PartForm
from induction.policy_versions.models import DraftSource, PolicyDraft
from induction.policy_versions.rules import ChangeMark, other_changes, to_be_marked
from induction.policy_versions.trial import Trial, tried
from induction.refusals import InvalidInput, NotNow
from induction.uk_time import uk_day

pages = Blueprint("policy_draft", __name__, url_prefix="/compliance/policy/draft")

READERS = (Role.COMPLIANCE, Role.HEAD)
KINDS = f"<any({', '.join(kind.value for kind in PartKind)}):kind>"
DRAFT = marking.Marked("The draft", "policy_draft.overview", "The draft")
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


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """The draft that is open, read for one page."""

    row: PolicyDraft
    written: list[Written]
    trial: Trial

    @property
    def texts(self) -> dict[str, str]:
        """Its files as their authors wrote them."""
        return {one.path: one.words for one in self.written}

    @property
    def policy(self) -> Policy | None:
        """What people would read; None where it cannot be read."""
        return self.trial.candidate.policy if self.trial.candidate else None

    @property
    def outline(self) -> Outline:
        """Its parts, in the words that people would read."""
        return outline(content().slug, self.trial.files)


def _open() -> OpenDraft | None:
    session = db.session()
    row = queries.open_draft(session, content().slug)
    if row is None:
        return None
    written = queries.written(session, row.id)
    texts = {one.path: one.words for one in written}
    return OpenDraft(row, written, tried(session, content(), texts, uk_day(utc_now())))


def _overview(note: str = "") -> ResponseReturnValue:
    if note:
        flash(note, "care")
    return redirect(url_for(".overview"), 303)


@pages.get("")
@allow(*READERS)
def overview() -> ResponseReturnValue:
    """The draft by its parts, with what is to be mended; where none is open, how one begins."""
    return _overview_page(BringForm(formdata=None))


def _overview_page(bring: BringForm) -> ResponseReturnValue:
    session, here = db.session(), _open()
    held = content().look(session)
    earlier, listed = page_of(session, queries.ended(content().slug))
    status = 422 if bring.errors else 200
    if here is None:
        html = render_template(
            "policy_versions/no_draft.html",
            form=BeginForm(formdata=None),
            bring=bring,
            policy=held.policy,
            earlier=earlier,
            pages=listed,
        )
        return html, status
    folder = drafts.folder_digest(content())
    after = here.policy
    parts = here.outline
    html = render_template(
        "policy_versions/draft.html",
        bring=bring,
        draft=here.row,
        begun_by=queries.name_of(session, here.row.begun_by_id),
        trial=here.trial,
        outline=parts,
        titles={(one.kind.value, one.name): one.where or one.title for one in parts.parts},
        changed={one.path for one in here.written if one.changed},
        changes=[*to_be_marked(held.policy, after), *other_changes(held.policy, after)]
        if after
        else [],
        waiting=queries.open_comments(session, here.row.id),
        same=after is not None and after.digest == held.policy.digest,
        same_day=after is not None and after.version_date == held.policy.version_date,
        folder_changed=folder != here.row.folder,
        overtaken=here.row.base != held.policy.digest,
        earlier=earlier,
        pages=listed,
    )
    return html, status


@pages.get("/<public_id>.zip")
@allow(*READERS)
def archive(public_id: str) -> ResponseReturnValue:
    """The files of a draft, open or not, as a ZIP."""
    session = db.session()
    draft = queries.draft(session, content().slug, public_id) or abort(404)
    texts, now = queries.texts(session, draft.id), utc_now()

    def body() -> Iterator[bytes]:
        return packed(texts, partial(content().file, db.session()), now)

    return sent(body, "application/zip", f"{content().slug}-draft.zip")


@pages.post("/bring")
@allow(Role.COMPLIANCE)
def bring() -> ResponseReturnValue:
    """Take the files of a ZIP for the draft's."""
    form = BringForm()
    if not form.validate_on_submit():
        return _overview_page(form)
    try:
        with form.file.data.stream as stream:
            files = unpacked(stream.read(), content().slug)
        with acting(person(), utc_now()) as act:
            brought = drafts.bring(act, content(), files)
    except NotADraft as fault:
        form.file.errors = [str(fault)]
        return _overview_page(form)
    except NotNow as refusal:
        return _overview(str(refusal))
    flash(f"The files are in the draft. {brought.told}", "good")
    return redirect(url_for(".overview"), 303)


@pages.post("/begin")
@allow(Role.COMPLIANCE)
def begin() -> ResponseReturnValue:
    """Open a draft: from what is in force, from the content folder, or from an earlier draft."""
    form = BeginForm()
    earlier = request.form.get("earlier", "")
    source = DraftSource.EARLIER if earlier else form.source.data
    if not earlier and not form.validate_on_submit():
        return _overview("Say what the draft begins from.")
    try:
        with acting(person(), utc_now()) as act:
            drafts.begin(act, content(), DraftSource(source), earlier)
    except NotNow as refusal:
        return _overview(str(refusal))
    except CurriculumError as error:
        return _overview(f"The content folder cannot be read: {error.faults[0]}")
    flash("The draft is open. Learners see nothing of it.", "good")
    return redirect(url_for(".overview"), 303)


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
    now = _open()
    if now is None or find(content().slug, now.texts, *which) is None:
        # Its id has changed, or the file can no longer be told into parts: the whole file can.
        return redirect(url_for(".part", kind=PartKind.FILE.value, name=path), 303)
    return redirect(url_for(".part", kind=kind, name=name), 303)


@pages.get("/preview")
@pages.get("/preview/<path:name>")
@allow(*READERS)
def preview(name: str = "") -> ResponseReturnValue:
    """A section, a situation, a help page or the declaration as a learner would see it."""
    here = _open()
    if here is None:
        return _overview()
    policy = here.policy
    if policy is None:
        return _overview("The draft cannot be shown as learners would see it before it is mended.")
    first, _, second = name.partition("/")
    section, help_page, scenario = policy.section(first), None, None
    if first == "help":
        help_page = policy.help_page(second) or abort(404)
    elif second:
        scenario = next((q for q in section.bank if q.id == second), None) if section else None
    if first not in ("", "declaration", "help") and (section is None or (second and not scenario)):
        abort(404)
    return render_template(
        "policy_versions/preview.html",
        policy=policy,
        name=name,
        section=section,
        scenario=scenario,
        help_page=help_page,
        clauses=[c for c in policy.clauses if section and c.id in section.clauses],
        rules={c.id: c for c in policy.clauses},
    )


@pages.route("/changes", methods=["GET", "POST"])
@allow(Role.COMPLIANCE)
def changes() -> ResponseReturnValue:
    """The draft against what is in force; marking each change draws a version up."""
    here = _open()
    if here is None:
        return _overview()
    if here.policy is None or here.trial.errors:
        return _overview("Mend what the check has found; then a version can be drawn up.")
    digest = here.policy.digest

    def drawn_up(marks: Mapping[str, ChangeMark]) -> int:
        with acting(person(), utc_now()) as act:
            return drafts.draw_up(act, content(), marks, digest)

    return marking.page(here.policy, drawn_up, DRAFT)


@pages.route("/<public_id>/discard", methods=["GET", "POST"])
@allow(Role.COMPLIANCE)
def discard(public_id: str) -> ResponseReturnValue:
    """Put the draft aside for good, once that is sure."""
    here = _open()
    if here is None or here.row.public_id != public_id:
        return _overview(drafts.ENDED)
    if not SureForm().validate_on_submit():
        changed = [one.path for one in here.written if one.changed]
        return render_template(
            "policy_versions/discard.html", draft=here.row, changed=changed, form=SureForm()
        )
    try:
        with acting(person(), utc_now()) as act:
            drafts.discard(act, content(), public_id)
    except NotNow as refusal:
        return _overview(str(refusal))
    flash("The draft is discarded. What was written in it is kept below.", "good")
    return redirect(url_for(".overview"), 303)


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
        return _overview(str(refusal))
    flash("Your comment stands beside the words.", "good")
    return redirect(url_for(".part", kind=kind, name=name), 303)


@pages.post("/comments/<public_id>/settle")
@allow(*READERS)
def settle(public_id: str) -> ResponseReturnValue:
    """A comment is dealt with."""
    if not SureForm().validate_on_submit():
        return _overview()
    try:
        with acting(person(), utc_now()) as act:
            kind, name = comments.settle(act, content(), public_id)
    except NotNow as refusal:
        return _overview(str(refusal))
    return redirect(url_for(".part", kind=kind, name=name), 303)


@pages.get("/<public_id>/comments")
@allow(*READERS)
def all_comments(public_id: str) -> ResponseReturnValue:
    """Every comment on a draft, open or not."""
    session = db.session()
    draft = queries.draft(session, content().slug, public_id) or abort(404)
    rows, listed = page_of(session, queries.comments(draft.id))
    return render_template("policy_versions/comments.html", draft=draft, rows=rows, pages=listed)


def _shown(found: FilePart) -> PartForm:
    return PartForm(formdata=None, words=found.text, seen=drafts.seen(found.text))


def _part_or_404(kind: str, name: str) -> tuple[OpenDraft, FilePart]:
    here = _open() or abort(404)
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
        return url_for(".preview", name="declaration")
    stem = found.path.rpartition("/")[2].rpartition(".")[0]
    if stem.startswith("help-"):
        return url_for(".preview", name=f"help/{stem.removeprefix('help-')}")
    if found.kind is PartKind.CLAUSE:
        slug = next((s.slug for s in policy.sections if found.name in s.clauses), "")
    else:
        slug = stem[3:]
    if policy.section(slug) is None:
        return ""
    below = f"/{found.name}" if found.kind is PartKind.SCENARIO else ""
    return url_for(".preview", name=f"{slug}{below}")
