"""The policy's review: how near it is, and telling compliance, once before and once after."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from induction.audit.act import SYSTEM, Act, acting
from induction.audit.actions import Action
from induction.curriculum.model import Policy
from induction.database import utc_now
from induction.extensions import db
from induction.institute import institute
from induction.mail import outbox
from induction.mail.letters import letter
from induction.people.models import Account, Role, has_role
from induction.policy.models import PolicyReviewReminder
from induction.policy.store import content
from induction.uk_time import uk_day


@dataclass(frozen=True, slots=True)
class Review:
    """A review that is near, or past."""

    due: date
    days: int  # until it is due; below zero once it has passed

    @property
    def occasion(self) -> str:
        """Before or after its day."""
        return "after" if self.days < 0 else "before"


def review(policy: Policy, today: date, notice_days: int) -> Review | None:
    """The review to speak of today: past, or at most so many days ahead; else None."""
    if policy.review_due is None:
        return None
    days = (policy.review_due - today).days
    return Review(policy.review_due, days) if days <= notice_days else None


def chore() -> None:
    """Of the worker: one mail to everyone of compliance before a review, and one after its day."""
    held, now = content(), utc_now()
    held.look_now_and_then()
    found = review(held.policy, uk_day(now), institute().review_reminder_days)
    if found is None or _told(db.session(), held.policy, found):
        return
    with acting(SYSTEM, now) as act:
        if not _told(act.session, held.policy, found):
            _tell(act, held.policy, found)


def _told(session: Session, policy: Policy, found: Review) -> bool:
    key = (policy.slug, found.due, found.occasion)
    return session.get(PolicyReviewReminder, key) is not None


def _tell(act: Act, policy: Policy, found: Review) -> None:
    people = act.session.scalars(
        select(Account).where(
            has_role(Role.COMPLIANCE),
            Account.deactivated_at.is_(None),
            Account.erased_at.is_(None),
        )
    ).all()
    for person in people:
        told = letter("policy-review", account=person, policy=policy, review=found)
        outbox.queue(act.session, person.email, told, now=act.now, account_id=person.id)
    act.session.execute(
        insert(PolicyReviewReminder).values(
            policy=policy.slug, review_due=found.due, occasion=found.occasion, at=act.now
        )
    )
    act.record(
        Action.POLICY_REVIEW_REMINDED,
        f"policy:{policy.slug}",
        review_due=found.due.isoformat(),
        people=len(people),
    )
