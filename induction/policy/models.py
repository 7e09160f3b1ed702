"""Tables of a policy's versions: what was proposed, approved and in force, by whom and when.

Rows are only added. A version's state is its latest step; the content in force is the version that
came into force last, whatever the clock said.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from induction.database import IdList, UtcDateTime
from induction.extensions import Model


class PolicyVersion(Model):
    """One content of a policy with what compliance said of its changes."""

    id: Mapped[int] = mapped_column(primary_key=True)
    policy: Mapped[str] = mapped_column(String(60))
    version_date: Mapped[date]
    content: Mapped[str] = mapped_column(ForeignKey("content_version.digest"))
    base_id: Mapped[int | None] = mapped_column(ForeignKey("policy_version.id"))  # changes are from
    redo: Mapped[tuple[str, ...]] = mapped_column(IdList)  # scenarios that it makes due again
    asks: Mapped[tuple[str, ...]] = mapped_column(IdList)  # who learns these clauses signs again
    asks_everyone: Mapped[bool]  # everyone signs again

    __table_args__ = (Index(None, "policy"),)


class PolicyStep(Model):
    """A version reached a state. Its id orders what has been in force: the highest is in force."""

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("policy_version.id"), index=True)
    policy: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(12))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # None: by itself
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    redo_by: Mapped[date | None]  # in force: when those who have to answer again are to be done
    joiner_days: Mapped[int | None]  # in force: days that a new learner has; None: as enrolled

    __table_args__ = (
        CheckConstraint("state IN ('draft','approved','in-force','retired')", name="state"),
        Index("uq_policy_step_version_id_state", "version_id", "state", unique=True),
        Index(None, "policy", "state", "id"),
    )


class PolicyChange(Model):
    """One change that a version makes, and what compliance said of it."""

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("policy_version.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))  # as ``rules.Change`` has it
    item: Mapped[str] = mapped_column(String(80))
    change: Mapped[str] = mapped_column(String(8))  # added | changed | removed
    weight: Mapped[str] = mapped_column(String(8))  # material | minor
    reason: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint(
            "kind IN ('clause','declaration','section','scenario','help')", name="kind"
        ),
        CheckConstraint("change IN ('added','changed','removed')", name="change"),
        CheckConstraint("weight IN ('material','minor')", name="weight"),
    )


class PolicyDocument(Model):
    """The institute's own signed-off document of a version. The newest of a version counts."""

    id: Mapped[int] = mapped_column(primary_key=True)
    policy: Mapped[str] = mapped_column(String(60))
    version_date: Mapped[date]
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(12))  # pdf | docx | markdown | text
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("kind IN ('pdf','docx','markdown','text')", name="kind"),
        Index(None, "policy", "version_date"),
    )


class PolicyReviewReminder(Model):
    """Compliance was reminded of a review. The key makes sure that nobody is reminded twice."""

    policy: Mapped[str] = mapped_column(String(60), primary_key=True)
    review_due: Mapped[date] = mapped_column(primary_key=True)
    occasion: Mapped[str] = mapped_column(String(8), primary_key=True)  # before | after
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ContentVersion(Model):
    """The authors' files as they were, by digest: what was shown can be shown again for ever."""

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    policy: Mapped[str] = mapped_column(String(60))
    version_date: Mapped[date]
    files: Mapped[dict[str, Any]] = mapped_column(JSON)  # path -> text
    first_used_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ContentFile(Model):
    """A picture, sound or film of the authors' files; a content names it by its digest."""

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    first_used_at: Mapped[datetime] = mapped_column(UtcDateTime)
