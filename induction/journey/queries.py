"""Reading a learner's way from the database: two queries, whatever has been answered."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter

from sqlalchemy import Integer, String, bindparam, cast, func, select
from sqlalchemy.orm import Session, aliased

from induction.certificates.models import Certificate, CurrentCertificate
from induction.curriculum.model import Policy
from induction.database import AnyRow, joined
from induction.journey import rules
from induction.journey.models import (
    AllowanceRow,
    Answer,
    Attempt,
    Declaration,
    Enrolment,
    Progress,
)
from induction.people.models import Account
from induction.policy.in_force import marks_of
from induction.policy.store import Content


@dataclass(frozen=True, slots=True)
class Journey:
    """One learner's way, as it stands."""

    enrolment_id: int
    enrolment_public_id: str
    account_id: int
    due_on: date | None  # for the induction; ``due`` says whether that is still of use
    signed_at: datetime | None  # the last declaration, whether or not it counts today
    certificate: str | None  # number of the current one
    valid_until: date | None  # its last day; None: no end, or no certificate
    notice: str  # the latest reminder's words, "" where there is none
    notice_at: datetime | None
    flags: tuple[str, ...]  # what is worth a word: see ``worth.Flag``
    word_at: datetime | None  # when a tutor had it
    learner: rules.LearnerRecord
    in_force: rules.InForce
    standing: rules.JourneyState

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self.in_force.policy

    @property
    def declared(self) -> bool:
        """Whether the last declaration counts today."""
        return self.standing.next.go is rules.NextKind.DONE

    @property
    def withdrawn(self) -> bool:
        """Whether what was earned has been taken back, and no other certificate is current."""
        return self.signed_at is not None and self.certificate is None

    @property
    def word_wanted(self) -> bool:
        """Whether something is worth a word, and no tutor has had it yet."""
        return bool(self.flags) and self.word_at is None

    @property
    def due(self) -> date | None:
        """When it is due. A renewal has no such day, nor has one in place of what was withdrawn."""
        return None if self.standing.renewing else self.due_on

    def is_late(self, today: date) -> bool:
        """Whether the due date has passed."""
        return self.due is not None and self.due < today and not self.declared

    def look_back(self, slug: str) -> rules.AttemptRecord | None:
        """The look-back at the beginning of this section, where it has been answered."""
        return self.learner.tried(rules.AttemptKind.LOOK_BACK, slug, 1)

    @property
    def last_activity_at(self) -> datetime | None:
        """When something was last answered."""
        times = [a.at for t in self.learner.tries for a in t.answers]
        return max(times) if times else None

    @property
    def begun_at(self) -> datetime | None:
        """When the first answer was given."""
        return min((t.begun_at for t in self.learner.tries), default=None)


# Leaves as one text, since hardly anyone has one: kind, step, try and time in words.
ALLOWED = (
    select(
        joined(
            AllowanceRow.kind
            + " "
            + AllowanceRow.step
            + " "
            + cast(AllowanceRow.after_try, String)
            + " "
            + AllowanceRow.at,
            "|",
        )
    )
    .where(AllowanceRow.enrolment_id == Enrolment.id)
    .correlate(Enrolment)
    .scalar_subquery()
)
_Earlier = aliased(Declaration)
_LAST_SIGNED = (
    select(func.max(_Earlier.id))
    .where(_Earlier.enrolment_id == Enrolment.id)
    .correlate(Enrolment)
    .scalar_subquery()
)
_STEP_MARK, _DOCUMENT_MARK = marks_of(bindparam("slug"))
# Built once, and run on the connection itself: putting a statement together and the ORM's
# bookkeeping cost more than the database does.
_ENROLMENT = (
    select(
        Enrolment.id,
        Enrolment.public_id,
        Enrolment.account_id,
        Enrolment.seed,
        Enrolment.due_on,
        Enrolment.notice,
        Enrolment.notice_at,
        ALLOWED.label("allowed"),
        Account.audience,
        Declaration.signed_at,
        Declaration.content.label("signed_content"),
        Declaration.renewal,
        Certificate.number,
        Certificate.valid_until,
        Progress.flags,
        Progress.word_at,
        _STEP_MARK.label("step_mark"),
        _DOCUMENT_MARK.label("document_mark"),
    )
    .join(Account, Account.id == Enrolment.account_id)
    .join(Progress, Progress.enrolment_id == Enrolment.id)
    .outerjoin(Declaration, Declaration.id == _LAST_SIGNED)
    .outerjoin(
        CurrentCertificate,
        (CurrentCertificate.account_id == Enrolment.account_id)
        & (CurrentCertificate.policy == Enrolment.policy),
    )
    .outerjoin(Certificate, Certificate.id == CurrentCertificate.certificate_id)
    .where(Enrolment.policy == bindparam("slug"))
)
_ONE_ENROLMENT = _ENROLMENT.where(Enrolment.account_id == bindparam("account_id"))
_THEIR_ENROLMENTS = _ENROLMENT.where(
    Enrolment.account_id.in_(bindparam("accounts", type_=Integer, expanding=True))
)
ALL_TRIES = (
    select(
        Attempt.id,
        Attempt.kind,
        Attempt.step,
        Attempt.number,
        Attempt.content,
        Attempt.asked,
        Attempt.counted_of,
        Attempt.pass_mark,
        Attempt.begun_at,
        Answer.scenario,
        Answer.scene,
        Answer.shown,
        Answer.chosen,
        Answer.result,
        Answer.next_scene,
        Answer.answered_at,
    )
    .outerjoin(Answer, Answer.attempt_id == Attempt.id)
    .order_by(Attempt.id, Answer.id)
)
_ATTEMPT, _ANSWER = slice(9), slice(9, 16)  # of its columns, in the order of their records
_TRIES = ALL_TRIES.where(Attempt.enrolment_id == bindparam("enrolment_id"))
_THEIR_TRIES = (
    ALL_TRIES.add_columns(Attempt.enrolment_id)
    .where(Attempt.enrolment_id.in_(bindparam("enrolments", type_=Integer, expanding=True)))
    .order_by(None)
    .order_by(Attempt.enrolment_id, Attempt.id, Answer.id)
)


def load(session: Session, content: Content, account_id: int) -> Journey | None:
    """The way of this person, or None where they are not enrolled on the policy taught here."""
    row = (
        session.connection()
        .execute(_ONE_ENROLMENT, {"account_id": account_id, "slug": content.slug})
        .first()
    )
    return _journey(session, content, row, load_tries(session, row.id)) if row else None


def load_many(session: Session, content: Content, account_ids: Sequence[int]) -> Iterator[Journey]:
    """The ways of those of these people who are enrolled; two queries, however many they are."""
    connection, asked = session.connection(), {"accounts": account_ids, "slug": content.slug}
    rows = connection.execute(_THEIR_ENROLMENTS, asked).all()
    found = connection.execute(_THEIR_TRIES, {"enrolments": [row.id for row in rows]}).all()
    theirs = {of: tries_in(list(tried)) for of, tried in groupby(found, key=itemgetter(-1))}
    for row in rows:
        yield _journey(session, content, row, theirs.get(row.id, ()))


def _journey(
    session: Session, content: Content, row: AnyRow, tries: tuple[rules.AttemptRecord, ...]
) -> Journey:
    held = content.seen(session, row.step_mark, row.document_mark)
    learner = rules.LearnerRecord(
        row.audience,
        row.seed,
        tries,
        allowances_in(row.allowed),
        held.editions.number(row.signed_content) if row.signed_at else None,
        row.renewal or 0,
    )
    return Journey(
        enrolment_id=row.id,
        enrolment_public_id=row.public_id,
        account_id=row.account_id,
        due_on=row.due_on,
        signed_at=row.signed_at,
        certificate=row.number,
        valid_until=row.valid_until,
        notice=row.notice,
        notice_at=row.notice_at,
        flags=row.flags,
        word_at=row.word_at,
        learner=learner,
        in_force=held,
        standing=rules.standing(held, learner),
    )


def allowances_in(text: str | None) -> tuple[rules.Allowance, ...]:
    """The leaves out of their one text."""
    parts = (line.split(" ") for line in text.split("|")) if text else ()
    return tuple(
        rules.Allowance(rules.AllowanceKind(kind), step, int(after), datetime.fromisoformat(at))
        for kind, step, after, at in parts
    )


def load_tries(session: Session, enrolment_id: int) -> tuple[rules.AttemptRecord, ...]:
    """Every try and answer of an enrolment, in order. One query."""
    rows = session.connection().execute(_TRIES, {"enrolment_id": enrolment_id})
    return tries_in(rows.all())


def tries_in(rows: Iterable[AnyRow]) -> tuple[rules.AttemptRecord, ...]:
    """Tries out of rows of ``ALL_TRIES``."""
    by_attempt = groupby(rows, key=itemgetter(0))
    return tuple(_tried(list(group)) for _, group in by_attempt)


def _tried(rows: list[AnyRow]) -> rules.AttemptRecord:
    given = (row[_ANSWER] for row in rows)
    answers = tuple(rules.AnswerRecord._make(one) for one in given if one[0] is not None)
    attempt_id, kind, step, number, content, asked, counted_of, mark, begun_at = rows[0][_ATTEMPT]
    return rules.AttemptRecord(
        rules.AttemptKind(kind), step, number, content, asked, counted_of, mark, begun_at,
        answers, attempt_id,
    )  # fmt: skip
