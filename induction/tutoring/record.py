"""One learner's record for those who look after them."""

from typing import Any

from flask import url_for
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from induction.audit.actions import Action
from induction.audit.record import record as audit
from induction.certificates.queries import held_by
from induction.curriculum.model import Policy
from induction.database import utc_now, writing
from induction.journey import rules
from induction.journey.content import Content, content
from induction.journey.queries import Journey, load
from induction.people.access import may_see
from induction.people.models import Account, Cohort, Membership
from induction.tutoring import words


def learner_record(session: Session, viewer: Account, public_id: str) -> dict[str, Any] | None:
    """Everything the page shows; None where there is no such learner for this viewer.

    Looking for a learner of somebody else's cohort is audited.
    """
    account = session.scalars(select(Account).where(Account.public_id == public_id)).first()
    if account is None:
        return None
    if not may_see(viewer, account.id):
        _note_refusal(viewer, account)
        return None
    held = content()
    journey = load(session, held, account.id)
    if journey is None:
        return None
    standing = journey.standing
    present = standing.present
    return {
        "learner": _person(account, journey, _cohort(session, account.id)),
        "state": "started" if standing.state is rules.State.IN_PROGRESS else standing.state.value,
        "state_text": words.standing(
            journey.policy, standing.state.value, present.slug if present else ""
        ),
        "missing": _missing(journey),
        "steps": [_step(journey, step) for step in standing.steps],
        "certificates": _certificates(session, account.id),
        "events": _events(session, held, journey),
    }


def _note_refusal(viewer: Account, account: Account) -> None:
    with writing() as session:
        audit(
            session,
            Action.ACCESS_REFUSED,
            account.actor,
            actor=viewer.actor,
            now=utc_now(),
            details={"what": "learner"},
        )


def _cohort(session: Session, account_id: int) -> Row[Any] | None:
    return session.execute(
        select(Cohort.name, Cohort.public_id)
        .join(Membership, Membership.cohort_id == Cohort.id)
        .where(Membership.account_id == account_id, Membership.left_at.is_(None))
    ).first()


def _person(account: Account, journey: Journey, cohort: Row[Any] | None) -> dict[str, Any]:
    return {
        "name": account.full_name,
        "reference": account.learner_ref,
        "email": account.email,
        "audience": account.audience,
        "due": journey.due_on,
        "cohort": cohort.name if cohort else None,
        "cohort_href": (url_for("tutoring.cohort", public_id=cohort.public_id) if cohort else None),
    }


def _missing(journey: Journey) -> list[str]:
    """“Why is this not complete?”, exactly."""
    standing = journey.standing
    if standing.next.go is rules.Go.DONE:
        return []
    lines = []
    for step in standing.steps:
        if step.phase is not rules.Phase.PASSED:
            of = len(step.plan.counted_of)
            lines.append(
                f"{words.step_title(journey.policy, step.slug)}: {step.right} of {of} right so "
                f"far, {step.plan.pass_mark}% needed"
            )
    return [*lines, "The declaration is not signed"]


def _step(journey: Journey, step: rules.Step) -> dict[str, Any]:
    begun = step.phase not in (rules.Phase.LOCKED, rules.Phase.OPEN)
    text = {
        rules.Phase.LOCKED: "Not open yet",
        rules.Phase.OPEN: "Ready to start",
        rules.Phase.STARTED: "Under way",
        rules.Phase.RETRY: "To be tried again",
        rules.Phase.PASSED: "Passed",
    }[step.phase]
    return {
        "title": words.step_title(journey.policy, step.slug),
        "state": {"retry": "redo"}.get(step.phase.value, step.phase.value),
        "state_text": text,
        "tries": step.failed_tries + (step.phase in (rules.Phase.PASSED, rules.Phase.STARTED)),
        "per_cent": step.per_cent if begun else None,
        "passed_at": step.passed_at,
    }


def _certificates(session: Session, account_id: int) -> list[dict[str, Any]]:
    today = utc_now().date()
    return [
        {
            "number": held.number,
            "status": held.status(today),
            "issued_at": held.issued_at,
            "href": url_for("certificates.show", number=held.number),
            "pdf_href": url_for("certificates.pdf", number=held.number),
        }
        for held in held_by(session, account_id)
    ]


def _events(session: Session, held: Content, journey: Journey) -> list[dict[str, Any]]:
    """Each answer as it was given, newest first."""
    events = [
        _event(held.version(session, tried.content), tried, given)
        for tried in journey.tries
        for given in tried.answers
    ]
    if journey.signed_at:
        events.append({"at": journey.signed_at, "title": "Signed the declaration", "kind": "good"})
    return sorted(events, key=lambda event: event["at"], reverse=True)


def _event(policy: Policy, tried: rules.Tried, given: rules.Given) -> dict[str, Any]:
    scenario = policy.scenario(given.scenario)
    scene = scenario.scene(given.scene) if scenario else None
    chosen = [o for i in given.chosen if scene and (o := scene.option(i))]
    beliefs = "; ".join(o.misconception for o in chosen if o.misconception)
    where = words.step_title(policy, tried.step)
    what = "look back" if tried.kind is rules.TryKind.LOOK_BACK else f"try {tried.number}"
    text = "Chose: " + "; ".join(o.text for o in chosen)
    return {
        "at": given.at,
        "title": f"{scenario.title if scenario else given.scenario} ({where}, {what})",
        "text": f"{text} Belief behind it: {beliefs}" if beliefs else text,
        "kind": {"right": "good", "wrong": "care"}.get(given.result, "going"),
    }
