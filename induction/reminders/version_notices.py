"""What a new version of the policy asks of whom, kept for the letters about it.

Publishing keeps a notice for everybody whom the version concerns, in its own transaction. The
worker tells them and their tutors, each once, outside quiet hours; other letters to somebody who
has that to do say it too.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.journey.models import Enrolment
from induction.people.models import Account, Membership
from induction.policy import news
from induction.policy.editions import InForce, News
from induction.policy.news import ChangedRule
from induction.policy.store import content
from induction.progress.status import HERE
from induction.reminders.models import VersionNotice


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """What a version asks of one learner."""

    enrolment_id: int
    news: tuple[News, ...]
    sections: Collection[str]  # that came after they signed
    questions: int  # to be answered again elsewhere
    signs: bool


def keep(act: Act, version_id: int, asked: Collection[AskedAgain]) -> None:
    """Keep a notice for each learner whom a version concerns."""
    if asked:
        rows = [
            {
                "enrolment_id": one.enrolment_id, "version_id": version_id,
                "news": _keys(one),
                "questions": one.questions, "signs": one.signs, "at": act.now,
            }
            for one in asked
        ]  # fmt: skip
        act.session.execute(insert(VersionNotice), rows)


def _keys(one: AskedAgain) -> tuple[str, ...]:
    sections = [f"{_SECTION}{slug}" for slug in sorted(one.sections)]
    return tuple(dict.fromkeys([*(new.key for new in one.news), *sections]))


_SECTION = "section:"


@dataclass(frozen=True, slots=True)
class Notice:
    """The same in words."""

    version_id: int
    rules: list[ChangedRule]
    sections: list[str]  # titles
    questions: int
    signs: bool


def newest(session: Session, enrolments: Collection[int]) -> dict[int, Notice]:
    """The last notice of each of these learners, as far as there is one. One query."""
    held = content().look(session)
    query = (
        select(VersionNotice)
        .where(VersionNotice.enrolment_id.in_(enrolments))
        .order_by(VersionNotice.version_id)
    )
    return {one.enrolment_id: _in_words(held, one) for one in session.scalars(query)}


def _in_words(held: InForce, one: VersionNotice) -> Notice:
    new = [new for new in held.news if new.key in one.news]
    sections = [s.title for s in held.policy.sections if f"{_SECTION}{s.slug}" in one.news]
    rules = news.in_words(held.policy, new)
    return Notice(one.version_id, rules, sections, one.questions, one.signs)


def by_cohort(session: Session, version_id: int) -> dict[int, int]:
    """Cohort → how many of its learners a version concerns."""
    query = (
        select(Membership.cohort_id, func.count().label("n"))
        .join(Enrolment, Enrolment.account_id == Membership.account_id)
        .join(Account, Account.id == Membership.account_id)
        .join(VersionNotice, VersionNotice.enrolment_id == Enrolment.id)
        .where(VersionNotice.version_id == version_id, Membership.left_at.is_(None), HERE)
        .group_by(Membership.cohort_id)
    )
    return {row.cohort_id: row.n for row in session.execute(query)}
