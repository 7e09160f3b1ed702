"""What lasts, as pages for staff show it: of a learner, of a cohort, of everybody."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.curriculum.model import Policy
from induction.database import AnyRow
from induction.revisit import kept_counts
from induction.revisit.kept_counts import EVERYBODY, SITUATION, Kept, KeptBy
from induction.revisit.models import Revisit
from induction.revisit.rules import Occasion


@dataclass(frozen=True, slots=True)
class ClauseKept:
    """How often one rule was decided rightly at revisits."""

    words: str
    where: str
    by: KeptBy

    @property
    def all(self) -> Kept:
        """On every occasion."""
        return sum(self.by.values(), Kept())


@dataclass(frozen=True, slots=True)
class Lasting:
    """What came of the revisits of a cohort, or of everybody."""

    whole: KeptBy
    clauses: list[ClauseKept]  # those that were asked about, what was kept least first

    @property
    def letters(self) -> int:
        """How many were asked to come back."""
        return sum(kept.letters for kept in self.whole.values())


def lasting(session: Session, policy: Policy, cohort: int = EVERYBODY) -> Lasting:
    """What lasts in a cohort, or among everybody. One query over counts, however many they are."""
    found = kept_counts.by_clause(session, policy.slug, cohort)
    clauses = [ClauseKept(c.words, c.where, found[c.id]) for c in policy.clauses if c.id in found]
    clauses.sort(key=lambda one: one.all.kept / one.all.asked)
    return Lasting(found.get(SITUATION, {}), clauses)


def of_learner(session: Session, enrolment_id: int) -> list[AnyRow]:
    """The revisits of one learner, the first one first."""
    rows = session.execute(
        select(Revisit.occasion, Revisit.sent_at, Revisit.answered_at, Revisit.asked, Revisit.kept)
        .where(Revisit.enrolment_id == enrolment_id)
        .order_by(Revisit.number)
    )
    return list(rows.all())


def occasion_label(occasion: str) -> str:
    """What an occasion is called on pages."""
    return Occasion(occasion).label
