"""What takes an officer: what is more than tutors may decide alone, and merging accounts."""

from datetime import datetime
from typing import Any

from flask import current_app as app
from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.approvals import asking, queries
from induction.approvals.asking import Asking
from induction.approvals.kinds import ApprovalKind
from induction.approvals.models import Approval
from induction.audit.act import Act
from induction.certificates.issuing import issuer_of
from induction.institute import institute
from induction.journey.queries import Journey
from induction.people.models import Account
from induction.policy.store import content
from induction.progress import words
from induction.refusals import NotNow
from induction.tutoring import acts, merging
from induction.tutoring.acts import Case, SignedAway
from induction.tutoring.merging import Merge
from induction.tutoring.rules import TutorAct


def waits(session: Session, what: TutorAct, journey: Journey, by: Account, now: datetime) -> bool:
    """Whether this act on this learner is not for this person to decide alone."""
    if what is TutorAct.EXCUSE:
        return acts.waits_for_officer(journey, by)
    return what is TutorAct.DECLARATION and acts.declaration_waits_for_officer(session, by, now)


def ask(act: Act, case: Case, journey: Journey, what: TutorAct, form: Any) -> str:
    """Ask an officer for what the form of this act says; returns what to tell whoever asks.

    Raises NotNow where the same is asked for already, or it fits no more.
    """
    kind, fields, said = _ASKED[what]
    details = {name: form[name].data for name in fields}
    acts.refuse_unfit(act, case, what, details.get("step", ""))
    subject = f"enrolment:{journey.enrolment_public_id}"
    _refuse_second(act.session, kind, subject, details)
    asking.ask(act, kind, Asking(subject, case.reason, case.learner.id, details))
    return f"A compliance officer has been asked. {said} once they confirm it."


def _refuse_second(
    session: Session, kind: ApprovalKind, subject: str, details: dict[str, Any]
) -> None:
    """Raise NotNow where another section of this learner waits: one is decided at a time."""
    first = queries.open_for(session, kind.name, subject)
    step = first.wanted.get("step") if first else None
    if step and step != details.get("step"):
        raise NotNow(
            f"Somebody has asked to excuse “{words.step_title(content().policy, step)}”, and it "
            "waits to be decided. Ask for this section after that: they are decided one by one."
        )


def _case(act: Act, asked: Approval) -> Case:
    return Case(content(), act.session.get_one(Account, asked.account_id), asked.reason)


def _excuse(act: Act, asked: Approval) -> str:
    acts.excuse(act, _case(act, asked), asked.wanted["step"])
    return "The section is excused."


def _section(_session: Session, asked: Approval) -> dict[str, Any]:
    step = asked.wanted.get("step")  # none where the learner was erased
    return {"section": words.step_title(content().policy, step) if step else None}


def _declare(act: Act, asked: Approval) -> str:
    public_id = asked.asked_by.removeprefix("account:")
    query = select(Account).where(Account.public_id == public_id, Account.erased_at.is_(None))
    by = act.session.scalars(query).first()
    if by is None:
        raise NotNow("Whoever recorded it has been erased. Ask for it to be recorded again.")
    wanted = asked.wanted
    signed = SignedAway(wanted["full_name"], wanted["how"], by)
    issuer = issuer_of(institute(), app.extensions["settings"].base_url)
    number = acts.witness(act, _case(act, asked), signed, issuer)
    return f"The declaration is recorded, and certificate {number} is issued."


def _signature(_session: Session, asked: Approval) -> dict[str, Any]:
    return {"signed": asked.wanted}


EXCUSAL = ApprovalKind(
    "excusal",
    "Excuse a section",
    _excuse,
    always=True,
    template="tutoring/excusal.html",
    facts=_section,
)
DECLARATION = ApprovalKind(
    "declaration",
    "Record a declaration for a learner",
    _declare,
    always=True,
    template="tutoring/declaration.html",
    facts=_signature,
)


def ask_to_merge(act: Act, one: Merge, reason: str) -> Approval:
    """Ask an officer to make two accounts of one person one. Raises NotNow."""
    if refused := merging.why_not(act.session, one):
        raise NotNow(refused)
    wanted = {"other": one.other.public_id, "take_details": one.take_details}
    return asking.ask(act, MERGE, Asking(one.kept.actor, reason, one.kept.id, wanted))


def _both(session: Session, asked: Approval) -> Merge:
    wanted = asked.wanted
    query = select(Account).where(Account.public_id == wanted.get("other", ""))
    other = session.scalars(query).first()
    kept = session.get(Account, asked.account_id) if asked.account_id else None
    if kept is None or other is None or kept.erased_at or other.erased_at:
        raise NotNow("One of the two has been erased.")
    return Merge(kept, other, bool(wanted["take_details"]))


def _may_be_merged(act: Act, asked: Approval) -> None:
    one = _both(act.session, asked)
    if act.account_id == one.other.id:
        raise NotNow("This is about you: another compliance officer confirms it.")


def _merge(act: Act, asked: Approval) -> str:
    one = _both(act.session, asked)
    merging.merge(act, one, asked.reason)
    return f"The account of {one.kept.full_name} goes on. Both records are kept."


def _merge_facts(session: Session, asked: Approval) -> dict[str, Any]:
    try:
        one = _both(session, asked)
    except NotNow:
        return {"merge": None}
    return {"merge": one}


MERGE = ApprovalKind(
    "merge",
    "Make two accounts of one person one",
    _merge,
    always=True,
    check=_may_be_merged,
    template="tutoring/merge.html",
    facts=_merge_facts,
)
KINDS = (EXCUSAL, DECLARATION, MERGE)
# For each act that may wait: what is asked for, the fields of its form that say it exactly, and
# what then happens.
_ASKED = {
    TutorAct.EXCUSE: (EXCUSAL, ("step",), "The section is excused"),
    TutorAct.DECLARATION: (
        DECLARATION,
        ("full_name", "how"),
        "The declaration is recorded, and the certificate issued,",
    ),
}
