"""The draft of the policy in the browser: an overview, a preview, and what begins and ends it."""

from collections.abc import Iterator, Mapping
from functools import partial

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from induction.audit.act import acting
from induction.curriculum.faults import CurriculumError
from induction.database import utc_now
from induction.downloads import sent
from induction.extensions import db
from induction.form_fields import SureForm
from induction.paging import page_of
from induction.people.access import allow, person
from induction.people.models import Role
from induction.policy.store import content
from induction.policy_versions import draft_queries as queries
from induction.policy_versions import drafts, marking
from induction.policy_versions.draft_zip import NotADraft, packed, unpacked
from induction.policy_versions.forms import BeginForm, BringForm
from induction.policy_versions.models import DraftSource
from induction.policy_versions.open_draft import READERS, open_draft, to_overview
from induction.policy_versions.rules import ChangeMark, other_changes, to_be_marked
from induction.refusals import NotNow

pages = Blueprint("policy_draft", __name__, url_prefix="/compliance/policy/draft")

DRAFT = marking.Marked("The draft", "policy_draft.overview", "The draft")


@pages.get("")
@allow(*READERS)
def overview() -> ResponseReturnValue:
    """The draft by its parts, with what is to be mended; where none is open, how one begins."""
    return _overview_page(BringForm(formdata=None))


def _overview_page(bring: BringForm) -> ResponseReturnValue:
    session, here = db.session(), open_draft()
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
        return to_overview(str(refusal))
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
        return to_overview("Say what the draft begins from.")
    try:
        with acting(person(), utc_now()) as act:
            drafts.begin(act, content(), DraftSource(source), earlier)
    except NotNow as refusal:
        return to_overview(str(refusal))
    except CurriculumError as error:
        return to_overview(f"The content folder cannot be read: {error.faults[0]}")
    flash("The draft is open. Learners see nothing of it.", "good")
    return redirect(url_for(".overview"), 303)


@pages.get("/preview")
@pages.get("/preview/<path:name>")
@allow(*READERS)
def preview(name: str = "") -> ResponseReturnValue:
    """A section, a situation, a help page or the declaration as a learner would see it."""
    here = open_draft()
    if here is None:
        return to_overview()
    policy = here.policy
    if policy is None:
        return to_overview(
            "The draft cannot be shown as learners would see it before it is mended."
        )
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
    here = open_draft()
    if here is None:
        return to_overview()
    if here.policy is None or here.trial.errors:
        return to_overview("Mend what the check has found; then a version can be drawn up.")
    digest = here.policy.digest

    def drawn_up(marks: Mapping[str, ChangeMark]) -> int:
        with acting(person(), utc_now()) as act:
            return drafts.draw_up(act, content(), marks, digest)

    return marking.page(here.policy, drawn_up, DRAFT)


@pages.route("/<public_id>/discard", methods=["GET", "POST"])
@allow(Role.COMPLIANCE)
def discard(public_id: str) -> ResponseReturnValue:
    """Put the draft aside for good, once that is sure."""
    here = open_draft()
    if here is None or here.row.public_id != public_id:
        return to_overview(drafts.ENDED)
    if not SureForm().validate_on_submit():
        changed = [one.path for one in here.written if one.changed]
        return render_template(
            "policy_versions/discard.html", draft=here.row, changed=changed, form=SureForm()
        )
    try:
        with acting(person(), utc_now()) as act:
            drafts.discard(act, content(), public_id)
    except NotNow as refusal:
        return to_overview(str(refusal))
    flash("The draft is discarded. What was written in it is kept below.", "good")
    return redirect(url_for(".overview"), 303)


@pages.get("/<public_id>/comments")
@allow(*READERS)
def all_comments(public_id: str) -> ResponseReturnValue:
    """Every comment on a draft, open or not."""
    session = db.session()
    draft = queries.draft(session, content().slug, public_id) or abort(404)
    rows, listed = page_of(session, queries.comments(draft.id))
    return render_template("policy_versions/comments.html", draft=draft, rows=rows, pages=listed)
