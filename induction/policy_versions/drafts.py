"""Acts on a draft of the policy: begun, written in, discarded, drawn up as a version.

A draft is the authors' files, kept in the database, where every machine has the same. What was
written is never changed or taken away: a file saved again is another row.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.curriculum.faults import CurriculumError
from induction.curriculum.loader import digest_of, tidy
from induction.curriculum.media import kind_of
from induction.curriculum.media import written as written_of
from induction.curriculum.parts import PartKind, find, put
from induction.curriculum.yaml_source import odd_character
from induction.database import new_public_id
from induction.policy.archive import keep_file, kept_for_now
from induction.policy.models import ContentFile
from induction.policy.store import Content
from induction.policy_versions import draft_queries as queries
from induction.policy_versions import draft_zip
from induction.policy_versions.drawing_up import draw_up as draw_up_version
from induction.policy_versions.models import (
    DraftOutcome,
    DraftSource,
    PolicyDraft,
    PolicyDraftText,
)
from induction.policy_versions.rules import ChangeMark
from induction.policy_versions.trial import tried
from induction.refusals import InvalidInput, NotNow
from induction.uk_time import uk_day

ENDED = "This draft has been drawn up or discarded meanwhile. Nothing was changed."
UNDER_WAY = "Another draft is open already. You are looking at it."


@dataclass(frozen=True, slots=True)
class BroughtFiles:
    """What files that were brought change of those before."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    @classmethod
    def between(cls, before: Mapping[str, str], after: Mapping[str, str]) -> "BroughtFiles":
        """What differs, by path."""
        both = sorted(before.keys() & after.keys())
        return cls(
            tuple(sorted(after.keys() - before.keys())),
            tuple(path for path in both if before[path] != after[path]),
            tuple(sorted(before.keys() - after.keys())),
        )

    @property
    def told(self) -> str:
        """The same in a sentence."""
        parts = [
            f"{', '.join(paths)} {'is' if len(paths) == 1 else 'are'} {what}"
            for paths, what in (
                (self.changed, "changed"),
                (self.added, "new"),
                (self.removed, "gone"),
            )
            if paths
        ]
        return f"{'; '.join(parts)}." if parts else "They are what was there already."


def subject(draft: PolicyDraft) -> str:
    """How the record of acts names a draft."""
    return f"policy-draft:{draft.public_id}"


def seen(text: str) -> str:
    """What a form carries along of the words that were shown in it."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def folder_digest(content: Content) -> str:
    """What the content folder holds now; empty where its files cannot be read."""
    try:
        return digest_of(content.folder())
    except CurriculumError:
        return ""


def begin(act: Act, content: Content, source: DraftSource, earlier: str = "") -> PolicyDraft:
    """Open a draft with the files of its source. Raises NotNow where one is open already.

    Raises CurriculumError where the folder's files cannot be read.
    """
    match source:
        case DraftSource.FOLDER:
            texts: Mapping[str, str] = content.folder()
        case DraftSource.EARLIER:
            found = queries.draft(act.session, content.slug, earlier)
            if found is None:
                raise NotNow("There is no such draft.")
            texts = _without_what_is_gone(act, content, queries.texts(act.session, found.id))
        case _:
            texts = queries.texts_in_force(act.session, content)
    return open_with(act, content, source, texts)


def _without_what_is_gone(
    act: Act, content: Content, texts: Mapping[str, str]
) -> Mapping[str, str]:
    """These texts but for pictures, sound and films that went when their draft was discarded."""
    digests = {path: one.sha256 for path, text in texts.items() if (one := written_of(path, text))}
    kept = kept_for_now(act.session, set(digests.values()))
    for digest in set(digests.values()) - kept:
        if content.file(act.session, digest) is not None:
            kept.add(digest)
    return {p: text for p, text in texts.items() if p not in digests or digests[p] in kept}


def open_with(
    act: Act, content: Content, source: DraftSource, texts: Mapping[str, str]
) -> PolicyDraft:
    """Open a draft with these texts. Raises NotNow where one is open already."""
    session, held = act.session, content.look(act.session)
    media = {path: written_of(path, text) for path, text in texts.items() if kind_of(path)}
    content.keep_files(act, {one.sha256: path for path, one in media.items() if one})
    row = {
        "public_id": new_public_id(),
        "policy": content.slug,
        "source": source.value,
        "base": held.policy.digest,
        "folder": folder_digest(content),
        "begun_by_id": act.account_id,
        "begun_at": act.now,
    }
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    made = dialect.insert(PolicyDraft).values(row).on_conflict_do_nothing()
    draft_id = session.execute(made.returning(PolicyDraft.id)).scalar()
    if draft_id is None:
        raise NotNow(UNDER_WAY)
    draft = session.get_one(PolicyDraft, draft_id)
    _add(act, draft, texts)
    act.record(
        Action.POLICY_DRAFT_BEGUN,
        subject(draft),
        policy=content.slug,
        source=source.value,
        files=len(texts),
        sha256=digest_of(texts),
    )
    return draft


def write(act: Act, content: Content, part: tuple[PartKind, str], written: str, before: str) -> str:
    """Save a part of the open draft; returns its file. ``before``: what the form was shown.

    Raises NotNow where somebody else has saved it meanwhile, InvalidInput for what is no text.
    """
    draft = locked(act, content)
    texts = queries.texts(act.session, draft.id)
    found = find(content.slug, texts, *part)
    if found is None:
        raise NotNow("Somebody has renamed or removed this meanwhile. Nothing was changed.")
    if kind_of(found.path):
        raise InvalidInput("A picture, sound or film is changed by uploading another.")
    written = tidy(written)
    if odd := next(filter(odd_character, written), ""):
        raise InvalidInput(f"It holds an invisible character (U+{ord(odd):04X}). Delete it.")
    text = put(found, texts[found.path], written)
    if text == texts[found.path]:
        return found.path
    if seen(found.text) != before:
        raise NotNow(
            "Somebody has saved this since you opened it. What you wrote still stands below; the "
            "words as they are now are on this page in another window."
        )
    _add(act, draft, {found.path: text})
    act.record(
        Action.POLICY_DRAFT_SAVED,
        subject(draft),
        file=found.path,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )
    return found.path


def bring(act: Act, content: Content, files: Mapping[str, bytes]) -> BroughtFiles:
    """Put these files in place of the open draft's, or open a draft with them; says what changed.

    Raises InvalidInput where they cannot be kept as a draft's, NotNow where another draft is
    opened in this moment.
    """
    texts = draft_zip.texts_in(files)
    row = queries.open_draft(act.session, content.slug)
    draft = locked(act, content, row.public_id) if row else None
    for path, data in files.items():
        if kind_of(path):
            keep_file(act, data)
    if draft is None:
        before = queries.texts_in_force(act.session, content)
        open_with(act, content, DraftSource.ZIP, texts)
        return BroughtFiles.between(before, texts)
    return replace_files(act, draft, texts)


def replace_files(act: Act, draft: PolicyDraft, texts: Mapping[str, str]) -> BroughtFiles:
    """Make these the files of a draft that is held, on record; says what that changes."""
    brought = BroughtFiles.between(queries.texts(act.session, draft.id), texts)
    changes: dict[str, str | None] = {path: texts[path] for path in brought.added + brought.changed}
    changes.update(dict.fromkeys(brought.removed))
    if changes:
        _add(act, draft, changes)
        act.record(
            Action.POLICY_DRAFT_BROUGHT,
            subject(draft),
            added=len(brought.added),
            changed=len(brought.changed),
            removed=len(brought.removed),
            sha256=digest_of(texts),
        )
    return brought


def discard(act: Act, content: Content, public_id: str) -> None:
    """Put the draft aside for good: what was written stays on record. Raises NotNow.

    Pictures, sound and films that only discarded drafts had go: they are large, and no page ever
    showed them to a learner.
    """
    draft = locked(act, content, public_id)
    _end(act, draft, DraftOutcome.DISCARDED)
    texts = queries.texts(act.session, draft.id)
    act.session.flush()
    gone = queries.unused_files(act.session)
    act.session.execute(delete(ContentFile).where(ContentFile.sha256.in_(gone)))
    act.record(
        Action.POLICY_DRAFT_DISCARDED,
        subject(draft),
        files=len(texts),
        files_removed=len(gone),
        sha256=digest_of(texts),
    )


def draw_up(act: Act, content: Content, marks: Mapping[str, ChangeMark], digest: str) -> int:
    """Make a version of the open draft, as from the content folder; returns its id.

    Raises NotNow where the check finds an error, or the draft is not the one of this digest.
    """
    draft = locked(act, content)
    trial = tried(act.session, content, queries.texts(act.session, draft.id), uk_day(act.now))
    if trial.candidate is None or trial.errors:
        raise NotNow(*(str(fault) for fault in trial.errors))
    if trial.candidate.policy.digest != digest:
        raise NotNow("The draft has changed meanwhile. Look at the differences again.")
    version_id = draw_up_version(act, content, trial.candidate, marks)
    _end(act, draft, DraftOutcome.DRAWN_UP)
    draft.version_id = version_id
    return version_id


def locked(act: Act, content: Content, public_id: str = "") -> PolicyDraft:
    """The open draft, held until the commit. Raises NotNow where it is not open any more."""
    query = select(PolicyDraft).where(
        PolicyDraft.policy == content.slug, PolicyDraft.outcome == DraftOutcome.OPEN.value
    )
    draft = act.session.scalars(
        query.with_for_update().execution_options(populate_existing=True)
    ).first()
    if draft is None or public_id not in ("", draft.public_id):
        raise NotNow(ENDED)
    return draft


def _add(act: Act, draft: PolicyDraft, texts: Mapping[str, str | None]) -> None:
    about = {"draft_id": draft.id, "by_id": act.account_id, "at": act.now}
    rows = [{**about, "path": path, "words": words} for path, words in texts.items()]
    if rows:
        act.session.execute(insert(PolicyDraftText), rows)


def _end(act: Act, draft: PolicyDraft, outcome: DraftOutcome) -> None:
    draft.outcome, draft.ended_by_id, draft.ended_at = outcome.value, act.account_id, act.now
