"""A revisit as it stands for whoever has its link: what is asked, what is open, what was kept."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.journey import rules
from induction.journey.models import Enrolment
from induction.journey.queries import Journey, load
from induction.people.models import Account
from induction.policy.store import Content
from induction.progress.status import HERE
from induction.revisit.links import is_ours, named
from induction.revisit.models import Revisit
from induction.revisit.rules import OPEN_FOR, draw


class NotALink(Exception):
    """No link of ours, or one for an address that its person has no more."""


class Closed(Exception):
    """A link of ours that opens nothing any more: too old, or nobody is asked who has it."""


@dataclass(frozen=True)
class Visit:
    """One revisit, and the way of the person whose it is."""

    row: Revisit
    account: Account
    journey: Journey

    @cached_property
    def tried(self) -> rules.AttemptRecord | None:
        """What has been answered; None before the first answer."""
        kind = rules.AttemptKind.REVISIT
        return self.journey.learner.tried(kind, rules.REVISIT, self.row.number)

    @cached_property
    def plan(self) -> rules.AttemptPlan:
        """What is asked: drawn from the content in force, until the first answer settles it."""
        if self.tried is not None:
            return rules.AttemptPlan.of(self.tried)
        journey, row = self.journey, self.row
        asked = draw(journey.policy, journey.learner, row.clauses, row.number)
        return rules.AttemptPlan(row.number, "", asked, (), 0)

    @property
    def finished(self) -> bool:
        """Whether every situation has been decided."""
        return self.tried is not None and self.tried.finished

    @property
    def waiting(self) -> tuple[str, str]:
        """The situation that is open, and the scene that it has got to. None may be finished."""
        ended = self.tried.ended() if self.tried else {}
        scenario = next(s for s in self.plan.asked if s not in ended)
        given = [a for a in (self.tried.answers if self.tried else ()) if a.scenario == scenario]
        return scenario, given[-1].next_scene if given else ""


def visit(session: Session, content: Content, link: str, *, now: datetime) -> Visit:
    """What a link opens. Raises NotALink or Closed. Looking changes nothing."""
    found = session.execute(
        select(Revisit, Account, HERE.label("here"))
        .join(Enrolment, Enrolment.id == Revisit.enrolment_id)
        .join(Account, Account.id == Enrolment.account_id)
        .where(Revisit.public_id == named(link))
    ).first()
    if found is None or not is_ours(link, found.Account.email):
        raise NotALink
    journey = load(session, content, found.Account.id)
    if journey is None or not found.here or journey.certificate is None:
        raise Closed
    if now > found.Revisit.sent_at + OPEN_FOR:
        raise Closed
    return Visit(found.Revisit, found.Account, journey)
