"""Reading a learner's way from the database: two queries, whatever has been answered."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from induction.certificates.models import Certificate, CurrentCertificate
from induction.curriculum.model import Policy
from induction.journey import rules
from induction.journey.content import Content
from induction.journey.models import Answer, Attempt, Declaration, Enrolment
from induction.people.models import Account


@dataclass(frozen=True, slots=True)
class Journey:
    """One learner's way, as it stands."""

    enrolment_id: int
    enrolment_public_id: str
    account_id: int
    audience: str
    seed: str
    due_on: date | None
    signed_at: datetime | None
    certificate: str | None  # number of the current one for the version in force
    policy: Policy
    tries: tuple[rules.Tried, ...]
    standing: rules.Standing

    def tried(self, kind: rules.TryKind, step: str, number: int) -> rules.Tried | None:
        """A stored try, or None."""
        return next(
            (t for t in self.tries if (t.kind, t.step, t.number) == (kind, step, number)), None
        )

    def look_back(self, slug: str) -> rules.Tried | None:
        """The look-back at the beginning of this section, where it has been answered."""
        return self.tried(rules.TryKind.LOOK_BACK, slug, 1)

    @property
    def last_activity_at(self) -> datetime | None:
        """When something was last answered."""
        times = [a.at for t in self.tries for a in t.answers]
        return max(times) if times else None

    @property
    def begun_at(self) -> datetime | None:
        """When the first answer was given."""
        return min((t.begun_at for t in self.tries), default=None)


def load(session: Session, content: Content, account_id: int) -> Journey | None:
    """The way of this person, or None where they are not enrolled on the policy taught here."""
    policy = content.policy
    row = session.execute(
        select(
            Enrolment.id,
            Enrolment.public_id,
            Enrolment.account_id,
            Enrolment.seed,
            Enrolment.due_on,
            Account.audience,
            Declaration.signed_at,
            Certificate.number,
        )
        .join(Account, Account.id == Enrolment.account_id)
        .outerjoin(
            Declaration,
            (Declaration.enrolment_id == Enrolment.id)
            & (Declaration.policy_version == policy.version_date),
        )
        .outerjoin(
            CurrentCertificate,
            (CurrentCertificate.account_id == Enrolment.account_id)
            & (CurrentCertificate.policy == Enrolment.policy)
            & (CurrentCertificate.policy_version == policy.version_date),
        )
        .outerjoin(Certificate, Certificate.id == CurrentCertificate.certificate_id)
        .where(Enrolment.account_id == account_id, Enrolment.policy == policy.slug)
    ).first()
    if row is None:
        return None
    tries = load_tries(session, row.id)
    return Journey(
        enrolment_id=row.id,
        enrolment_public_id=row.public_id,
        account_id=row.account_id,
        audience=row.audience,
        seed=row.seed,
        due_on=row.due_on,
        signed_at=row.signed_at,
        certificate=row.number,
        policy=policy,
        tries=tries,
        standing=rules.standing(
            policy, row.audience, row.seed, tries, declared=row.signed_at is not None
        ),
    )


def load_tries(session: Session, enrolment_id: int) -> tuple[rules.Tried, ...]:
    """Every try and answer of an enrolment, in order. One query."""
    rows = session.execute(
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
        .where(Attempt.enrolment_id == enrolment_id)
        .order_by(Attempt.id, Answer.id)
    ).all()
    by_attempt: dict[int, list[Row[tuple[object, ...]]]] = {}
    for row in rows:
        by_attempt.setdefault(row.id, []).append(row)
    return tuple(_tried(group) for group in by_attempt.values())


def _tried(rows: list[Row[tuple[object, ...]]]) -> rules.Tried:
    first = rows[0]
    answers = tuple(
        rules.Given(
            r.scenario, r.scene, tuple(r.shown), tuple(r.chosen), r.result, r.next_scene,
            r.answered_at,
        )
        for r in rows
        if r.scenario is not None
    )  # fmt: skip
    return rules.Tried(
        rules.TryKind(first.kind),
        first.step,
        first.number,
        first.content,
        tuple(first.asked),
        tuple(first.counted_of),
        first.pass_mark,
        first.begun_at,
        answers,
    )
