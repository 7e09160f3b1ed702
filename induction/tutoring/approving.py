"""What of a tutor’s acts takes a compliance officer: excusing more than they may by themselves."""

from typing import Any

from sqlalchemy.orm import Session

from induction.approvals import asking
from induction.approvals.asking import Asking
from induction.approvals.kinds import ApprovalKind
from induction.approvals.models import Approval
from induction.audit.act import Act
from induction.journey.queries import Journey
from induction.people.models import Account
from induction.policy.store import content
from induction.progress import words
from induction.tutoring import acts
from induction.tutoring.acts import Case

ASKED = "A compliance officer has been asked. The section is excused once they confirm it."


def ask(act: Act, case: Case, journey: Journey, slug: str) -> None:
    """Ask an officer to excuse a section. Raises NotNow where one is asked for already."""
    subject = f"enrolment:{journey.enrolment_public_id}"
    asking.ask(act, EXCUSAL, Asking(subject, case.reason, case.learner.id, {"step": slug}))


def _excuse(act: Act, asked: Approval) -> str:
    learner = act.session.get_one(Account, asked.account_id)
    acts.excuse(act, Case(content(), learner, asked.reason), asked.wanted["step"])
    return "The section is excused."


def _facts(_session: Session, asked: Approval) -> dict[str, Any]:
    return {"section": words.step_title(content().policy, asked.wanted["step"])}


EXCUSAL = ApprovalKind(
    "excusal",
    "Excuse a section",
    _excuse,
    always=True,
    template="tutoring/excusal.html",
    facts=_facts,
)
KINDS = (EXCUSAL,)
