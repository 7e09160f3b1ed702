"""Every learner's way at once, for what concerns all: read in batches, memory stays flat."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from induction.database import AnyRow
from induction.journey import rules
from induction.journey.content import InForce
from induction.journey.models import Attempt, Declaration, Enrolment, Progress
from induction.journey.queries import ALL_TRIES, ALLOWED, allowances_in, stand, tries_in
from induction.people.models import Account, Cohort, Membership

AT_ONCE = 400  # enrolments


@dataclass(frozen=True, slots=True)
class Life:
    """One learner with everything that decides where they stand."""

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
    progress: tuple[str, str, int, int, int, datetime | None]
    allowances: tuple[rules.Allowance, ...]
    tries: tuple[rules.Tried, ...]

    def under(self, held: InForce) -> rules.Standing:
        """Where they stand, or would stand, under a content."""
        signed = held.editions.number(self.signed_content or "") if self.signed_at else None
        return stand(held, self.audience, self.seed, self.tries, self.allowances, signed)


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
        Account.audience,
        Cohort.name.label("cohort"),
        (
            Enrolment.left_at.is_(None)
            & Account.deactivated_at.is_(None)
            & Account.erased_at.is_(None)
        ).label("here"),
        Enrolment.seed,
        Enrolment.due_on,
        Enrolment.enrolled_at,
        Declaration.signed_at,
        Declaration.content.label("signed_content"),
        Progress.state,
        Progress.step,
        Progress.passed,
        Progress.steps,
        Progress.failed_tries,
        Progress.completed_at,
        ALLOWED.label("allowed"),
    )
    .join(Account, Account.id == Enrolment.account_id)
    .join(Progress, Progress.enrolment_id == Enrolment.id)
    .outerjoin(Membership, (Membership.account_id == Account.id) & Membership.left_at.is_(None))
    .outerjoin(Cohort, Cohort.id == Membership.cohort_id)
    .outerjoin(Declaration, Declaration.id == _LAST_SIGNED)
    .order_by(Enrolment.id)
    .limit(AT_ONCE)
)


def everyone(session: Session, policy: str) -> Iterator[Life]:
    """Everyone who is enrolled on a policy, in the order of enrolment."""
    after = 0
    while True:
        query = _PEOPLE.where(Enrolment.policy == policy, Enrolment.id > after)
        rows = session.execute(query).all()
        if not rows:
            return
        after = rows[-1].id
        tries = _tries(session, [row.id for row in rows])
        for row in rows:
            yield _life(row, tries.get(row.id, ()))


def _tries(session: Session, enrolments: list[int]) -> dict[int, tuple[rules.Tried, ...]]:
    owners = defaultdict(list)
    rows = session.connection().execute(
        ALL_TRIES.add_columns(Attempt.enrolment_id).where(Attempt.enrolment_id.in_(enrolments))
    )
    for row in rows:
        owners[row.enrolment_id].append(row)
    return {owner: tries_in(group) for owner, group in owners.items()}


def _life(row: AnyRow, tries: tuple[rules.Tried, ...]) -> Life:
    return Life(
        enrolment_id=row.id,
        public_id=row.public_id,
        full_name=row.full_name,
        learner_ref=row.learner_ref,
        audience=row.audience,
        cohort=row.cohort,
        here=bool(row.here),
        seed=row.seed,
        due_on=row.due_on,
        enrolled_at=row.enrolled_at,
        signed_at=row.signed_at,
        signed_content=row.signed_content,
        progress=(
            row.state, row.step, row.passed, row.steps, row.failed_tries, row.completed_at,
        ),
        allowances=allowances_in(row.allowed),
        tries=tries,
    )  # fmt: skip
