"""The draft that is open, read for one page; shared by the pages of it and of its parts."""

from dataclasses import dataclass

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from induction.curriculum.model import Policy
from induction.curriculum.parts import Outline, outline
from induction.database import utc_now
from induction.extensions import db
from induction.people.models import Role
from induction.policy.store import content
from induction.policy_versions import draft_queries as queries
from induction.policy_versions.draft_queries import Written
from induction.policy_versions.models import PolicyDraft
from induction.policy_versions.trial import Trial, tried
from induction.uk_time import uk_day

READERS = (Role.COMPLIANCE, Role.HEAD)


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


def open_draft() -> OpenDraft | None:
    """The draft that is open, if one is."""
    session = db.session()
    row = queries.open_draft(session, content().slug)
    if row is None:
        return None
    written = queries.written(session, row.id)
    texts = {one.path: one.words for one in written}
    return OpenDraft(row, written, tried(session, content(), texts, uk_day(utc_now())))


def to_overview(note: str = "") -> ResponseReturnValue:
    """Back to the overview of the draft, with a word why."""
    if note:
        flash(note, "care")
    return redirect(url_for("policy_draft.overview"), 303)
