"""A learner asks their tutors: kept on the learner's record, and told to the tutors at once."""

import json
from datetime import datetime

from sqlalchemy import select

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.audit.models import AuditEntry, AuditPersonal
from induction.curriculum.model import Policy
from induction.journey.answering import LOCK
from induction.journey.queries import Journey
from induction.mail.letters import letter
from induction.mail.outbox import queue
from induction.people.cohort_queries import tutors_of_learner
from induction.people.models import Account
from induction.refusals import NotNow
from induction.throttles import counting
from induction.throttles.rules import PRESSED_TWICE, QUESTION

ENOUGH = (
    "You have asked a lot in a short time. Your earlier questions are with your tutor; nothing is "
    "lost. Send this one later, or talk to them."
)


def place_asked_from(policy: Policy, path: str) -> tuple[str, str]:
    """The step that an address of the way belongs to, and that page in words; "" for no such page.

    The words name the situation where the page is one.
    """
    _, _, way = path.partition("/induction/")
    slug, *rest = way.split("/")
    section = policy.section(slug)
    if section is None and slug != "final-check":
        return "", ""
    words = [section.title if section else "Final check"]
    words += [found.title for name in rest if (found := policy.scenario(name))][:1]
    return slug, ": ".join(words)


def _just_now(act: Act, at: str) -> bool:
    return act.now - datetime.fromisoformat(at) < PRESSED_TWICE


def ask_tutors(act: Act, journey: Journey, learner: Account, question: str, path: str) -> None:
    """Put the question on the learner's record, and write to each of their tutors.

    The same form sent twice asks once. Raises NotNow after too many questions.
    """
    act.session.execute(LOCK, {"account_id": learner.id})
    subject = f"enrolment:{journey.enrolment_public_id}"
    last = act.session.execute(
        select(AuditEntry.at, AuditPersonal.data)
        .join(AuditPersonal, AuditPersonal.seq == AuditEntry.seq)
        .where(AuditEntry.subject == subject, AuditEntry.action == Action.HELP_ASKED)
        .order_by(AuditEntry.seq.desc())
        .limit(1)
    ).first()
    if last and json.loads(last.data).get("reason") == question and _just_now(act, last.at):
        return
    counted = counting.Metered(QUESTION, counting.digest(QUESTION.name, learner.public_id))
    if counting.wait(act.session, [counted], now=act.now):
        raise NotNow(ENOUGH)
    counting.count(act.session, [counted], now=act.now)
    step, where = place_asked_from(journey.policy, path)
    act.record(
        Action.HELP_ASKED,
        subject,
        step=step,
        personal={"reason": question},
        account_id=learner.id,
    )
    for tutor in tutors_of_learner(act.session, learner.id):
        told = letter("asked", tutor=tutor, learner=learner, where=where, question=question)
        queue(act.session, tutor.email, told, now=act.now, account_id=tutor.id)
