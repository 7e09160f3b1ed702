"""Tables of the journey. Attempts, answers and declarations are evidence: rows are only added."""

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from induction.database import IdList, UtcDateTime, new_public_id
from induction.extensions import Model
from induction.journey.tries import AttemptKind


class Enrolment(Model):
    """A person is to take the induction on one policy."""

    id: Mapped[int] = mapped_column(primary_key=True)
    # By it many are inserted at once and told apart afterwards.
    public_id: Mapped[str] = mapped_column(
        String(24), unique=True, default=new_public_id, insert_sentinel=True
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    policy: Mapped[str] = mapped_column(String(60))
    seed: Mapped[str] = mapped_column(String(32))  # random; decides orders and draws
    due_on: Mapped[date | None]
    own_due: Mapped[bool] = mapped_column(default=False)  # theirs alone: no cohort’s date moves it
    enrolled_at: Mapped[datetime] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # has left the institute
    notice: Mapped[str] = mapped_column(Text, default="")  # the latest reminder, for the hub
    notice_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("account_id", "policy"),
        Index(None, "due_on"),
        Index(None, "enrolled_at"),
    )


class Attempt(Model):
    """One try at a section or at the final check, a look-back or a revisit. Never changed."""

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    kind: Mapped[str] = mapped_column(String(12))  # a value of ``tries.AttemptKind``
    step: Mapped[str] = mapped_column(String(80))  # the section's slug, final-check or revisit
    number: Mapped[int]  # 1 for the first try
    content: Mapped[str] = mapped_column(ForeignKey("content_version.digest"))
    asked: Mapped[tuple[str, ...]] = mapped_column(IdList)  # scenario ids of this try, in order
    counted_of: Mapped[tuple[str, ...]] = mapped_column(
        IdList
    )  # scenario ids that the pass mark is of
    pass_mark: Mapped[int]
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("enrolment_id", "kind", "step", "number"),
        CheckConstraint("kind IN ('section','final','look-back','revisit')", name="kind"),
    )


class Answer(Model):
    """One choice as it was shown and given."""

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    scenario: Mapped[str] = mapped_column(String(80))
    scene: Mapped[str] = mapped_column(String(80))  # "" but for branching
    shown: Mapped[tuple[str, ...]] = mapped_column(IdList)  # option ids in the order on the page
    chosen: Mapped[tuple[str, ...]] = mapped_column(IdList)
    result: Mapped[str] = mapped_column(String(12))  # right | wrong | continues
    next_scene: Mapped[str] = mapped_column(String(80), default="")
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("attempt_id", "scenario", "scene"),
        CheckConstraint("result IN ('right','wrong','continues')", name="result"),
        Index(None, "scenario"),
    )


THAT_COUNTS = Attempt.kind.in_([kind.value for kind in AttemptKind if kind.counts])


class Declaration(Model):
    """The signed statement at the end, with its words as they were."""

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    policy_version: Mapped[date]
    content: Mapped[str] = mapped_column(String(64))
    statements: Mapped[list[str]] = mapped_column(JSON)
    signed_name: Mapped[str] = mapped_column(Text)
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    how: Mapped[str] = mapped_column(String(12), default="screen")  # screen | paper | supporter
    recorded_by_id: Mapped[int | None] = mapped_column()  # account id, where on behalf
    renewal: Mapped[int] = mapped_column(default=0)  # number of the renewal it is for; 0: none

    __table_args__ = (
        UniqueConstraint("enrolment_id", "content", "renewal"),
        ForeignKeyConstraint(["content"], ["content_version.digest"]),
        Index(None, "recorded_by_id"),
    )


class Progress(Model):
    """Where a learner stands, for lists. A summary of the rows above, kept with them."""

    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))  # a value of rules.State
    step: Mapped[str] = mapped_column(String(80), default="")
    passed: Mapped[int] = mapped_column(default=0)  # steps passed
    steps: Mapped[int] = mapped_column(default=0)  # steps there are, the final check among them
    failed_tries: Mapped[int] = mapped_column(default=0)  # at the present step
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_activity_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # A tutor has dealt with being stuck at this step after so many failed tries.
    settled_step: Mapped[str] = mapped_column(String(80), default="")
    settled_tries: Mapped[int] = mapped_column(default=0)
    renewing: Mapped[bool] = mapped_column(
        default=False
    )  # had finished, and renews the certificate

    flags: Mapped[tuple[str, ...]] = mapped_column(IdList, default=())  # see ``worth.Flag``
    word_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # a tutor has had a word

    __table_args__ = (
        Index(None, "state", "last_activity_at"),
        Index(None, "completed_at"),
    )


class AllowanceRow(Model):
    """A leave at one step: a tutor's, or a renewal, which learners or officers begin. Only added.

    A renewal is at the final check, after the last try there; so two of them can never be one.
    """

    __tablename__ = "allowance"
    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))  # a value of rules.Kindness
    step: Mapped[str] = mapped_column(String(80))
    after_try: Mapped[int] = mapped_column(default=0)
    by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    at: Mapped[str] = mapped_column(String(40))  # ISO 8601 UTC, read together with the rest

    __table_args__ = (
        CheckConstraint("kind IN ('fresh-start','excused','renewal')", name="kind"),
        Index(
            "uq_allowance_renewal",
            "enrolment_id",
            "after_try",
            unique=True,
            sqlite_where=text("kind = 'renewal'"),
            postgresql_where=text("kind = 'renewal'"),
        ),
    )


class ScenarioCount(Model):
    """How everybody did in one scenario of a content: see ``answer_counts``."""

    content: Mapped[str] = mapped_column(String(64), primary_key=True)
    scenario: Mapped[str] = mapped_column(String(80), primary_key=True)
    learners: Mapped[int] = mapped_column(default=0)
    right_first: Mapped[int] = mapped_column(default=0)
    right_last: Mapped[int] = mapped_column(default=0)
    timed: Mapped[int] = mapped_column(default=0)  # learners whose time at first sight is known
    seconds: Mapped[int] = mapped_column(BigInteger, default=0)  # that these took, all together


class OptionCount(Model):
    """How many chose an option, at first and at last; the option "" is all who came there."""

    content: Mapped[str] = mapped_column(String(64), primary_key=True)
    scenario: Mapped[str] = mapped_column(String(80), primary_key=True)
    scene: Mapped[str] = mapped_column(String(80), primary_key=True)
    option: Mapped[str] = mapped_column(String(80), primary_key=True)
    first: Mapped[int] = mapped_column(default=0)
    last: Mapped[int] = mapped_column(default=0)


class ClauseCount(Model):
    """How many decided on a clause rightly at first sight, later, or not yet."""

    policy: Mapped[str] = mapped_column(String(60), primary_key=True)
    clause: Mapped[str] = mapped_column(String(80), primary_key=True)
    first: Mapped[int] = mapped_column(default=0)
    later: Mapped[int] = mapped_column(default=0)
    not_yet: Mapped[int] = mapped_column(default=0)
