"""Signing the declaration: the last act, and in the same transaction the certificate is issued."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import insert
from sqlalchemy.orm import Session

from induction.audit.act import Act, Somebody
from induction.audit.actions import Action
from induction.certificates.issuing import (
    FOR_NEWER_VERSION,
    RENEWED,
    CertificateFacts,
    Holder,
    Issuer,
    issue,
)
from induction.certificates.record import Answer, DecidedClause, PassedSection, signed_beside
from induction.journey import rules
from induction.journey.answering import LOCK, OutOfTurn
from induction.journey.models import Declaration
from induction.journey.queries import Journey, load
from induction.journey.summaries import summarise
from induction.journey.worth import paces, sights
from induction.people.cohorts import current_cohort
from induction.people.models import Account
from induction.people.notices import tell
from induction.policy.store import Content
from induction.refusals import NotNow

WORD_FIRST = (
    "Before the declaration is signed, a tutor has a short talk with the learner. Everything that "
    "was answered is kept."
)


@dataclass(frozen=True, slots=True)
class Witnessed:
    """How a declaration was signed away from the screen, and who recorded it."""

    how: str  # paper | supporter
    note: str
    by: Somebody


def declare(
    act: Act,
    content: Content,
    account: Account,
    signed_name: str,
    issuer: Issuer,
    *,
    witnessed: Witnessed | None = None,
) -> str:
    """Sign, complete and issue; returns the certificate's number.

    Signing twice gives the same certificate. Raises OutOfTurn while something is still to be
    passed, and NotNow while the institute wants a tutor to have a word first.
    """
    session, now = act.session, act.now
    session.execute(LOCK, {"account_id": account.id})
    journey = load(session, content, account.id)
    if journey is None:
        raise OutOfTurn
    policy = journey.policy
    if journey.standing.next.go is rules.NextKind.DONE:
        if journey.certificate is None:
            raise OutOfTurn  # it was revoked: only compliance can help
        return journey.certificate
    if journey.standing.next.go is not rules.NextKind.DECLARE:
        raise OutOfTurn
    if waits_for_a_word(journey, issuer):
        raise NotNow(WORD_FIRST)
    digest = content.keep(act)
    signed_as = signed_name
    if witnessed:
        signed_as = signed_beside(signed_name, witnessed.how, witnessed.by.full_name)
    session.execute(
        insert(Declaration).values(
            enrolment_id=journey.enrolment_id,
            policy_version=policy.version_date,
            content=digest,
            statements=list(policy.declared_by(journey.learner.audience)),
            signed_name=signed_as,
            signed_at=now,
            how=witnessed.how if witnessed else "screen",
            recorded_by_id=witnessed.by.id if witnessed else None,
            renewal=journey.learner.renewals,
        )
    )
    done = rules.standing(journey.in_force, journey.learner, declared=True)
    summarise(session, journey, done, now=now)
    act.record(
        Action.DECLARED_ON_BEHALF if witnessed else Action.DECLARED,
        f"enrolment:{journey.enrolment_public_id}",
        policy=policy.slug,
        content=digest,
        **({"how": witnessed.how} if witnessed else {}),
        personal={"signed_name": signed_as, **({"reason": witnessed.note} if witnessed else {})},
        account_id=account.id,
    )
    number = issue(
        act,
        facts_of(act, content, journey, account, signed_as),
        Holder(account.id, journey.enrolment_id),
        issuer,
        instead=RENEWED if journey.standing.renewing else FOR_NEWER_VERSION,
    )
    if issuer.by_letter:
        tell(act, account, "finished", number=number)
    return number


def waits_for_a_word(journey: Journey, issuer: Issuer) -> bool:
    """Whether the institute wants a tutor to have a word with them before they sign."""
    return issuer.word_first and journey.word_wanted


def instant(at: datetime) -> str:
    """A time as records write it: UTC, whole seconds."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def facts_of(
    act: Act, content: Content, journey: Journey, account: Account, signed_name: str
) -> CertificateFacts:
    """What the certificate of a finished journey says."""
    now = act.now
    policy, final = journey.policy, journey.standing.steps[-1]
    document = journey.in_force.document
    return CertificateFacts(
        learner={
            "name": account.full_name,
            "reference": account.learner_ref or account.public_id,
            "audience": journey.learner.audience,
            "cohort": current_cohort(act.session, account.id),
        },
        policy={
            "slug": policy.slug,
            "reference": policy.reference,
            "title": policy.title,
            "organisation": policy.organisation,
            "owner": policy.owner,
            "version_date": policy.version_date.isoformat(),
            "review_due": policy.review_due.isoformat() if policy.review_due else None,
            "content_sha256": policy.digest,
            "document_sha256": document.sha256 if document else None,
        },
        begun_at=instant(journey.begun_at or now),
        completed_at=instant(now),
        score={
            "right": final.right,
            "of": final.of,
            "per_cent": final.per_cent,
            "pass_mark": final.plan.pass_mark,
            "tries": final.tries,
        },
        sections=[_passed(step, now) for step in journey.standing.steps if step.passed_at],
        declaration={
            "statements": list(policy.declared_by(journey.learner.audience)),
            "signed_name": signed_name,
            "signed_at": instant(now),
        },
        answers=_answers(act.session, content, journey),
        decided=_decided(act.session, content, journey),
        pace=[
            {"section": p.section, "seconds": p.seconds, "reading_seconds": p.reading}
            for p in paces(policy, journey.learner.tries)
        ],
    )


def _decided(session: Session, content: Content, journey: Journey) -> list[DecidedClause]:
    found = sights(journey.learner.tries, partial(content.clauses_of, session))
    return [{"clause": clause, "right": sight.value} for clause, sight in sorted(found.items())]


def _passed(step: rules.Step, now: datetime) -> PassedSection:
    passed: PassedSection = {
        "slug": step.slug,
        "number": step.number,
        "title": f"{step.title} (excused)" if step.excused else step.title,
        "pass_mark": step.plan.pass_mark,
        "per_cent": step.per_cent,
        "tries": 0 if step.excused else step.tries,
        "passed_at": instant(step.passed_at or now),
    }
    if step.tested_out:
        passed["tested_out"] = True
    return passed


def _answers(session: Session, content: Content, journey: Journey) -> list[Answer]:
    answers: list[Answer] = []
    for tried in journey.learner.tries:
        if tried.kind is rules.AttemptKind.REVISIT:
            continue  # tells what lasted of an earlier certificate, and earns none
        policy = content.version(session, tried.content)
        for given in tried.answers:
            if given.result == "continues":
                continue
            scenario = policy.scenario(given.scenario)
            answers.append(
                {
                    "section": tried.step,
                    "scenario": given.scenario,
                    "scene": given.scene,
                    "try": tried.number,
                    "counted": tried.kind.counts,
                    "right": given.result == "right",
                    "clauses": list(scenario.clauses) if scenario else [],
                    "answered_at": instant(given.at),
                    "content_sha256": tried.content,
                }
            )
    return answers
