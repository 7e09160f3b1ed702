"""Every learner's way at once, for what concerns all: read in batches, memory stays flat."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache

from sqlalchemy import Text, exists, func, select, type_coerce
from sqlalchemy.orm import Session, aliased

from induction.database import AnyRow, joined
from induction.journey import rules
from induction.journey.models import Answer, Attempt, Declaration, Enrolment, Progress
from induction.journey.queries import ALLOWED, allowances_in
from induction.journey.rules import LearnerState
from induction.people.models import MAIN_NOW, Account, Cohort, Membership
from induction.policy.editions import InForce
from induction.progress.status import HERE

AT_ONCE = 400  # enrolments


@dataclass(frozen=True, slots=True)
class EnrolledLearner:
    """One learner as far as lists and summaries go. Two that are equal stand where they stood."""

    enrolment_id: int
    public_id: str  # of the account
    full_name: str
    learner_ref: str | None
    audience: str
    cohort: str | None
    here: bool  # neither left, nor deactivated, nor erased
    seed: str
    due_on: date | None
    enrolled_at: datetime
    signed_at: datetime | None
    signed_content: str | None
    renewed: int  # number of the renewal that the last declaration was for
    progress: tuple[str, str, int, int, int, datetime | None, bool]
    allowances: tuple[rules.Allowance, ...]
    answers: int  # of the tries that were read
    uln: str | None = None

    def under(
        self, held: InForce, tries: tuple[rules.AttemptRecord, ...] = ()
    ) -> rules.LearnerRecord:
        """What is known of them under a content, with these tries."""
        signed = held.editions.number(self.signed_content or "") if self.signed_at else None
        return rules.LearnerRecord(
            self.audience, self.seed, tries, self.allowances, signed, self.renewed
        )

    def declared(self, held: InForce) -> bool:
        """Whether the last declaration is for what a content asks to be signed."""
        return rules.signs_for(held, self.under(held))


@dataclass(frozen=True, slots=True)
class LearnerHistory:
    """One learner with everything that decides where they stand, but for times."""

    person: EnrolledLearner
    tries: tuple[rules.AttemptRecord, ...]
    read: Collection[str] | None = None  # the steps whose tries these are; None: all

    def under(self, held: InForce) -> rules.JourneyState:
        """Where they stand, or would stand, under a content."""
        return rules.standing(held, self.person.under(held, self.tries))

    def due_again(self, held: InForce) -> dict[str, dict[str, frozenset[str]]]:
        """Section → scenarios to be answered again under a content → what changed in them."""
        return rules.due_again(held, self.person.under(held, self.tries))

    def untaken(self, held: InForce) -> dict[str, tuple[str, ...]]:
        """Section → what it asks, of those that are new to somebody who has signed."""
        found = rules.untaken(held, self.person.under(held, self.tries))
        return {s: asked for s, asked in found.items() if self.read is None or s in self.read}


_Last = aliased(Declaration)
_LAST_SIGNED = (
    select(func.max(_Last.id))
    .where(_Last.enrolment_id == Enrolment.id)
    .correlate(Enrolment)
    .scalar_subquery()
)
_PEOPLE = (
    select(
        Enrolment.id,
        Account.public_id,
        Account.full_name,
        Account.learner_ref,
        Account.uln,
        Account.audience,
        Cohort.name.label("cohort"),
        HERE.label("here"),
        Enrolment.seed,
        Enrolment.due_on,
        Enrolment.enrolled_at,
        Declaration.signed_at,
        Declaration.content.label("signed_content"),
        Declaration.renewal,
        Progress.state,
        Progress.step,
        Progress.passed,
        Progress.steps,
        Progress.failed_tries,
        Progress.completed_at,
        Progress.renewing,
        ALLOWED.label("allowed"),
    )
    .join(Account, Account.id == Enrolment.account_id)
    .join(Progress, Progress.enrolment_id == Enrolment.id)
    .outerjoin(Membership, (Membership.account_id == Account.id) & MAIN_NOW)
    .outerjoin(Cohort, Cohort.id == Membership.cohort_id)
    .outerjoin(Declaration, Declaration.id == _LAST_SIGNED)
    .order_by(Enrolment.id)
    .limit(AT_ONCE)
)


def everyone(
    session: Session, policy: str, steps: Collection[str] | None = None
) -> Iterator[LearnerHistory]:
    """Everyone who is enrolled on a policy, in the order of enrolment.

    With their tries at these steps; at all of them unless said.
    """
    for rows in _batches(session, policy):
        tries = _tries(session, [row.id for row in rows], steps)
        for row in rows:
            mine = tries.get(row.id, ())
            yield LearnerHistory(_person(row, sum(len(t.answers) for t in mine)), mine, steps)


def some_owe_a_section(session: Session, policy: str) -> bool:
    """Whether a section is new to anybody who has signed: then all their tries have to be read."""
    signed = (Progress.state == LearnerState.COMPLETE.value) | Progress.renewing
    owing = exists().where(
        Enrolment.policy == policy,
        Progress.enrolment_id == Enrolment.id,
        Progress.passed < Progress.steps,
        signed,
    )
    return bool(session.scalar(select(owing)))


def roll(session: Session, policy: str) -> Iterator[EnrolledLearner]:
    """The same people without their tries: quick, for seeing who has done something meanwhile."""
    query = (
        select(Attempt.enrolment_id, func.count())
        .join(Answer, Answer.attempt_id == Attempt.id)
        .group_by(Attempt.enrolment_id)
    )
    counts = {row[0]: row[1] for row in session.execute(query)}
    for rows in _batches(session, policy):
        for row in rows:
            yield _person(row, counts.get(row.id, 0))


def lives(session: Session, people: Iterable[EnrolledLearner]) -> Iterator[LearnerHistory]:
    """These people with their tries."""
    remaining = list(people)
    for start in range(0, len(remaining), AT_ONCE):
        some = remaining[start : start + AT_ONCE]
        tries = _tries(session, [person.enrolment_id for person in some], None)
        for person in some:
            yield LearnerHistory(person, tries.get(person.enrolment_id, ()))


def _batches(session: Session, policy: str) -> Iterator[Sequence[AnyRow]]:
    after = 0
    while True:
        query = _PEOPLE.where(Enrolment.policy == policy, Enrolment.id > after)
        rows = session.execute(query).all()
        if not rows:
            return
        after = rows[-1].id
        yield rows


# A try with its results is one row, and most learners' rows at a section are the same as others'.
_TRIES = (
    select(
        Attempt.enrolment_id,
        Attempt.kind,
        Attempt.step,
        Attempt.number,
        Attempt.content,
        type_coerce(Attempt.asked, Text),
        type_coerce(Attempt.counted_of, Text),
        Attempt.pass_mark,
        joined(Answer.scenario + " " + Answer.result, "|"),
    )
    .outerjoin(Answer, Answer.attempt_id == Attempt.id)
    .group_by(Attempt.id)
    .order_by(Attempt.id)
)
_SOME_TIME = datetime.min.replace(tzinfo=UTC)  # where somebody stands does not depend on when


def _tries(
    session: Session, enrolments: list[int], steps: Collection[str] | None
) -> dict[int, tuple[rules.AttemptRecord, ...]]:
    if steps is not None and not steps:
        return {}
    query = _TRIES.where(Attempt.enrolment_id.in_(enrolments))
    if steps is not None:
        query = query.where(Attempt.step.in_(steps))
    owners = defaultdict(list)
    for owner, *fields in session.connection().execute(query).all():
        owners[owner].append(_tried(tuple(fields)))
    return {owner: tuple(tries) for owner, tries in owners.items()}


@lru_cache(maxsize=10_000)
def _tried(fields: tuple[str, str, int, str, str, str, int, str | None]) -> rules.AttemptRecord:
    kind, step, number, content, asked, counted_of, pass_mark, results = fields
    ends = (line.split(" ") for line in results.split("|")) if results else ()
    return rules.AttemptRecord(
        rules.AttemptKind(kind), step, number, content, tuple(asked.split()),
        tuple(counted_of.split()), pass_mark, _SOME_TIME,
        tuple(
            rules.AnswerRecord(scenario, "", (), (), end, "", _SOME_TIME) for scenario, end in ends
        ),
    )  # fmt: skip


def _person(row: AnyRow, answers: int) -> EnrolledLearner:
    return EnrolledLearner(
        enrolment_id=row.id,
        public_id=row.public_id,
        full_name=row.full_name,
        learner_ref=row.learner_ref,
        uln=row.uln,
        audience=row.audience,
        cohort=row.cohort,
        here=bool(row.here),
        seed=row.seed,
        due_on=row.due_on,
        enrolled_at=row.enrolled_at,
        signed_at=row.signed_at,
        signed_content=row.signed_content,
        renewed=row.renewal or 0,
        progress=(
            row.state, row.step, row.passed, row.steps, row.failed_tries, row.completed_at,
            row.renewing,
        ),
        allowances=allowances_in(row.allowed),
        answers=answers,
    )  # fmt: skip
