"""Tables of people. Addresses use ``public_id``; the integer ids never leave the database."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from flask_login import UserMixin
from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    SQLColumnExpression,
    String,
    UniqueConstraint,
    func,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from induction.database import UtcDateTime, joined, new_public_id
from induction.extensions import Model, db
from induction.searching import LONGEST_WORD
from induction.uk_time import uk_day

LINK, CARD = "link", "card"  # how a session began that proves less than a password
NEVER = datetime.min.replace(tzinfo=UTC)


class Role(StrEnum):
    """Which pages an account oversees; one account may have several roles.

    Taking an induction needs an enrolment, not a role: LEARNER is what an account without any is
    called, and is never given.
    """

    LEARNER = "learner"
    TUTOR = "tutor"
    HEAD = "head"  # of a programme: what a tutor may do, in every cohort
    SAFEGUARDING = "safeguarding"  # reads reports, and nothing else
    SECOND_READER = "second-reader"  # of reports about those who read the others
    DATA_PROTECTION = "data-protection"  # personal data, and nothing else of compliance's
    AUDITOR = "auditor"  # reads the evidence until a day, and changes nothing
    COMPLIANCE = "compliance"
    ADMIN = "admin"


class AccountChanged(Model):
    """Something that is kept of this account is not up to date: see ``progress.keeping``.

    Triggers of the database write it, so that no writer can forget it.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(index=True)


class AccountWord(Model):
    """By which words an account is found: see ``searching.words_of``, and ``progress.keeping``."""

    word: Mapped[str] = mapped_column(
        String(LONGEST_WORD).with_variant(String(LONGEST_WORD, collation="C"), "postgresql"),
        primary_key=True,
    )
    account_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    of: Mapped[int]  # where it stands: see ``finding.STANDS_IN``

    __table_args__ = ({"sqlite_with_rowid": False},)


class AccountRole(Model):
    """An account has this role."""

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(16), primary_key=True)

    __table_args__ = (
        CheckConstraint(
            "role IN ('tutor','head','safeguarding','second-reader','data-protection','auditor',"
            "'compliance','admin')",
            name="role",
        ),
        Index(None, "role"),
    )


@dataclass(frozen=True, slots=True)
class OpenSession:
    """The session that a request came with, as far as pages ask about it."""

    public_id: str = ""
    proved_at: datetime = NEVER
    open_until: datetime = NEVER
    expires_at: datetime = NEVER
    only_roles: str | None = None  # as the provider named them; None: all that were given
    came_by: str = ""  # LINK or CARD; "": in any other way


class Account(UserMixin, Model):  # type: ignore[misc]  # Flask-Login ships no types
    """A person who can sign in."""

    id: Mapped[int] = mapped_column(primary_key=True)
    # By it many are inserted at once and told apart afterwards.
    public_id: Mapped[str] = mapped_column(
        String(24), unique=True, default=new_public_id, insert_sentinel=True
    )
    # Lower case. None: a learner with no address of their own, who signs in by a card.
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    full_name: Mapped[str] = mapped_column(String(200))
    family_name: Mapped[str | None] = mapped_column(String(200))  # None: the last word of the name
    sort_name: Mapped[str] = mapped_column(String(400), default="")  # see ``names.sort_name``
    learner_ref: Mapped[str | None] = mapped_column(String(40), unique=True)
    audience: Mapped[str] = mapped_column(String(40), default="learner")
    uln: Mapped[str | None] = mapped_column(String(10))
    employer: Mapped[str | None] = mapped_column(String(120))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    first_signed_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    has_second_factor: Mapped[bool] = mapped_column(default=False)  # asked for at each sign-in
    comfort: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # What staff corrected by hand: the values before, by field. A list that still says one of them
    # changes nothing.
    corrected: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    reminders_by_mail: Mapped[bool] = mapped_column(default=True)  # off: on the page alone
    demo: Mapped[bool] = mapped_column(default=False, index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # The last day in the UK on which an auditor signs in; None: there is none.
    last_day: Mapped[date | None] = mapped_column(index=True)
    deactivated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The same person's account that goes on; this one is ended, and its record stays.
    merged_into_id: Mapped[int | None] = mapped_column(index=True)

    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower"),
        Index(None, "full_name"),
        Index(None, "sort_name", "id"),
    )

    given: Mapped[list[AccountRole]] = relationship(lazy="selectin", cascade="all, delete-orphan")

    # Of the session that this request came with; no columns.
    sign_in_token = ""
    session = OpenSession()

    def get_id(self) -> str:
        """What Flask-Login keeps in the cookie: the session's token, never the account's id."""
        return self.sign_in_token

    @property
    def roles(self) -> frozenset[Role]:
        """The roles that it has; none: a learner's account."""
        return frozenset(Role(one.role) for one in self.given)

    def is_open(self, now: datetime) -> bool:
        """Whether it can be used: it has not been ended, and its last day is not over."""
        over = self.last_day is not None and uk_day(now) > self.last_day
        return self.deactivated_at is None and not over

    @property
    def has_signed_in(self) -> bool:
        """Whether whoever the account is for has ever been here, by whatever way in.

        Until then it is nobody's yet: a tutor may correct its address, and it can be invited.
        """
        return self.first_signed_in_at is not None

    @property
    def sign_in_name(self) -> str:
        """What wrong tries are counted for, and apps keep codes under: the address, where any."""
        return self.email or self.learner_ref or self.public_id

    @property
    def actor(self) -> str:
        """How this person is named in the audit chain."""
        return f"account:{self.public_id}"


def account_of(actor: SQLColumnExpression[str]) -> ColumnElement[str]:
    """The public id in how an act names an account, so that the index of accounts finds it."""
    return func.substr(actor, len("account:") + 1)


HAS_SIGNED_IN = Account.first_signed_in_at.is_not(None)  # ``has_signed_in`` as a condition
IS_STAFF = Account.id.in_(select(AccountRole.account_id))  # has any role
ROLES = (  # ``roles`` as a column: words with spaces between them, None for a learner
    select(joined(AccountRole.role, " "))
    .where(AccountRole.account_id == Account.id)
    .scalar_subquery()
)


def has_role(*roles: Role) -> ColumnElement[bool]:
    """A condition on Account: it has one of these roles."""
    return Account.id.in_(select(AccountRole.account_id).where(AccountRole.role.in_(roles)))


class SignIn(Model):
    """A session kept by us: the cookie holds a token, this row its digest.

    Ending a session removes the row, so a stolen cookie ends with it.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    device: Mapped[str] = mapped_column(String(60), default="")  # "Firefox on Windows"
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # When they last proved who they are; None: a password was right, and the second step is due.
    proved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    open_until: Mapped[datetime] = mapped_column(UtcDateTime)  # unless it is used before
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)  # however much it is used
    # Words with spaces between them: no other role counts here; None: all that were given.
    only_roles: Mapped[str | None] = mapped_column(String(120))
    came_by: Mapped[str] = mapped_column(String(8), default="")  # LINK or CARD, else ""


class Card(Model):
    """Somebody's card: of its PIN only a hash is kept, as of a password."""

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    pin_hash: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class KnownDevice(Model):
    """A browser in which somebody has signed in: its cookie holds a token, this row its digest."""

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OneTimeLink(Model):
    """A mailed link: used once, within a day. Only its digest is kept."""

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(16))  # password | invitation
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Cohort(Model):
    """A group of learners who start together."""

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    sort_name: Mapped[str] = mapped_column(String(400), default="")  # see ``names.list_order``
    programme: Mapped[str] = mapped_column(String(120), default="")
    starts_on: Mapped[date | None]
    due_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "sort_name"),)


class CohortTutor(Model):
    """A tutor looks after a cohort."""

    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)

    __table_args__ = (Index(None, "account_id"),)


class Membership(Model):
    """A learner's time in a cohort. Moving ends one membership and begins another.

    One at a time is the main one: its cohort stands beside the name, and its due date holds. Others
    are further ones, as of somebody who resits maths beside an apprenticeship.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id"))
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_main: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (
        UniqueConstraint("account_id", "cohort_id", "joined_at"),
        Index(
            "uq_membership_current",
            "account_id",
            unique=True,
            sqlite_where=db.text("left_at IS NULL AND is_main"),
            postgresql_where=db.text("left_at IS NULL AND is_main"),
        ),
        Index(
            "uq_membership_once",
            "account_id",
            "cohort_id",
            unique=True,
            sqlite_where=db.text("left_at IS NULL"),
            postgresql_where=db.text("left_at IS NULL"),
        ),
        Index(None, "cohort_id", "left_at"),
    )


# Conditions on Membership: somebody is in a cohort now, and it is their main one.
IN_NOW = Membership.left_at.is_(None)
MAIN_NOW = IN_NOW & Membership.is_main
