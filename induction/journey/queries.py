"""Reading a learner's way from the database: two queries, whatever has been answered."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter

from sqlalchemy import String, bindparam, cast, func, select
from sqlalchemy.orm import Session

from induction.certificates.models import Certificate, CurrentCertificate
from induction.curriculum.model import Policy
from induction.database import AnyRow
from induction.journey import rules
from induction.journey.content import Content
from induction.journey.models import Allowed, Answer, Attempt, Declaration, Enrolment
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
    allowances: tuple[rules.Allowance, ...]
    notice: str  # the latest reminder's words, "" where there is none
    notice_at: datetime | None
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


# A tutor's leaves as one text, since hardly anyone has one: kind, step, try and time in words.
_ALLOWED = (
    select(
        func.aggregate_strings(
            Allowed.kind
            + " "
            + Allowed.step
            + " "
            + cast(Allowed.after_try, String)
            + " "
            + Allowed.at,
            "|",
        )
    )
    .where(Allowed.enrolment_id == Enrolment.id)
    .correlate(Enrolment)
    .scalar_subquery()
)
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
        _ALLOWED.label("allowed"),
        Account.audience,
        Declaration.signed_at,
        Certificate.number,
    )
    .join(Account, Account.id == Enrolment.account_id)
    .outerjoin(
        Declaration,
        (Declaration.enrolment_id == Enrolment.id)
        & (Declaration.policy_version == bindparam("version")),
    )
    .outerjoin(
        CurrentCertificate,
        (CurrentCertificate.account_id == Enrolment.account_id)
        & (CurrentCertificate.policy == Enrolment.policy)
        & (CurrentCertificate.policy_version == bindparam("version")),
    )
    .outerjoin(Certificate, Certificate.id == CurrentCertificate.certificate_id)
    .where(Enrolment.account_id == bindparam("account_id"), Enrolment.policy == bindparam("slug"))
)
_TRIES = (
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
    .where(Attempt.enrolment_id == bindparam("enrolment_id"))
    .order_by(Attempt.id, Answer.id)
)


def load(session: Session, content: Content, account_id: int) -> Journey | None:
    """The way of this person, or None where they are not enrolled on the policy taught here."""
    policy = content.policy
    row = (
        session.connection()
        .execute(
            _ENROLMENT,
            {"account_id": account_id, "slug": policy.slug, "version": policy.version_date},
        )
        .first()
    )
    if row is None:
        return None
    tries = load_tries(session, row.id)
    allowances = _allowances(row.allowed)
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
        allowances=allowances,
        notice=row.notice,
        notice_at=row.notice_at,
        standing=rules.standing(
            policy,
            row.audience,
            row.seed,
            tries,
            declared=row.signed_at is not None,
            allowances=allowances,
        ),
    )


def _allowances(text: str | None) -> tuple[rules.Allowance, ...]:
    """The leaves out of their one text."""
    parts = (line.split(" ") for line in text.split("|")) if text else ()
    return tuple(
        rules.Allowance(rules.Kindness(kind), step, int(after), datetime.fromisoformat(at))
        for kind, step, after, at in parts
    )


def load_tries(session: Session, enrolment_id: int) -> tuple[rules.Tried, ...]:
    """Every try and answer of an enrolment, in order. One query."""
    rows = session.connection().execute(_TRIES, {"enrolment_id": enrolment_id})
    by_attempt = groupby(rows, key=attrgetter("id"))
    return tuple(_tried(list(group)) for _, group in by_attempt)


def _tried(rows: list[AnyRow]) -> rules.Tried:
    first = rows[0]
    answers = tuple(
        rules.Given(
            scenario=row.scenario,
            scene=row.scene,
            shown=row.shown,
            chosen=row.chosen,
            result=row.result,
            next_scene=row.next_scene,
            at=row.answered_at,
        )
        for row in rows
        if row.scenario is not None
    )
    return rules.Tried(
        kind=rules.TryKind(first.kind),
        step=first.step,
        number=first.number,
        content=first.content,
        asked=first.asked,
        counted_of=first.counted_of,
        pass_mark=first.pass_mark,
        begun_at=first.begun_at,
        answers=answers,
        id=first.id,
    )
