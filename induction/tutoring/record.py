"""One learner's record for those who look after them."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.certificates.queries import Held, held_by, last_revoked
from induction.certificates.record import signed_otherwise
from induction.database import AnyRow
from induction.journey import rules
from induction.journey.queries import Journey, load
from induction.journey.worth import Sight, paces, sights
from induction.mail.outbox import last_refused
from induction.people.learner_fields import LEARNER_FIELDS, facts_of
from induction.people.lookups import seen_account
from induction.people.models import Account, Cohort, Membership
from induction.policy.store import Content, content
from induction.progress import words
from induction.progress.status import status_of
from induction.revisit.figures import occasion_label, of_learner
from induction.tutoring import acts, correcting, merging, timeline
from induction.tutoring.act_kinds import ACTS
from induction.tutoring.rules import fitting
from induction.uk_time import uk_date, uk_day


def learner_record(
    session: Session, viewer: Account, public_id: str, *, now: datetime
) -> dict[str, Any] | None:
    """Everything the page shows; None where there is no such learner for this viewer."""
    account = seen_account(session, viewer, public_id, now=now)
    if account is None:
        return None
    held = content()
    journey = load(session, held, account.id)
    if journey is None:
        return None
    flags = acts.flags(session, journey)
    facts, present = _facts(journey, account, flags), journey.standing.present
    status = status_of(facts, uk_day(now))
    certificates = held_by(session, account.id)
    memberships = _memberships(session, account.id)
    return {
        "learner": _person(account, journey, memberships),
        "same_person": merging.same_person(session, account),
        "merged": account.merged_into_id is not None,
        "details_href": None
        if correcting.why_not(viewer, account, enrolled=True)
        else url_for("corrections.details", public_id=public_id),
        "status": status,
        "status_text": words.standing(
            journey.policy, status, facts, present.slug if present else ""
        ),
        "overdue": journey.is_late(uk_day(now)) and status.here,
        "missing": _missing(session, journey),
        "steps": [_step(journey, step) for step in journey.standing.steps],
        "undelivered": last_refused(session, account.id, account.email),
        "word": _word(journey) if journey.word_wanted else None,
        "sights": _sights(session, held, journey),
        "revisits": [
            (occasion_label(row.occasion), row) for row in of_learner(session, journey.enrolment_id)
        ],
        "certificates": [_certificate(one, uk_day(now)) for one in certificates],
        "events": timeline.events(
            session, held, journey, account, memberships, [one.number for one in certificates]
        ),
        "notes": timeline.notes(session, account.id),
        "cards_href": _cards_href(memberships),
        "acts": [
            (ACTS[name].heading, url_for("acts.act", public_id=public_id, name=name))
            for name in fitting(
                acts.situation(journey, account, flags, own=account.id == viewer.id)
            )
        ],
    }


def _cards_href(memberships: list[AnyRow]) -> str | None:
    """Where a card to sign in with is made: on the page of the cohort that they are in."""
    present = next((one for one in memberships if one.left_at is None), None)
    return url_for("card_pages.cards", public_id=present.public_id) if present else None


@dataclass(frozen=True, slots=True)
class LearnerFacts:
    """What the status of one learner follows from, worked out from their journey."""

    state: str
    settled: bool
    renewing: bool
    withdrawn: bool
    number: str | None
    valid_until: date | None
    left_at: datetime | None
    ended_at: datetime | None


def _facts(journey: Journey, account: Account, flags: acts.Flags) -> LearnerFacts:
    return LearnerFacts(
        state=journey.standing.state.value,
        settled=flags.settled,
        renewing=journey.standing.renewing,
        withdrawn=journey.withdrawn,
        number=journey.certificate,
        valid_until=journey.valid_until,
        left_at=flags.left_at,
        ended_at=account.deactivated_at or account.erased_at,
    )


def _memberships(session: Session, account_id: int) -> list[AnyRow]:
    """Every cohort this person has been in, the present one first."""
    rows = session.execute(
        select(
            Cohort.name, Cohort.public_id, Membership.joined_at, Membership.left_at,
            Membership.is_main,
        )
        .join(Membership, Membership.cohort_id == Cohort.id)
        .where(Membership.account_id == account_id)
        .order_by(
            Membership.left_at.is_not(None), Membership.is_main.desc(), Membership.joined_at.desc()
        )
    )  # fmt: skip
    return list(rows.all())


def _person(account: Account, journey: Journey, memberships: list[AnyRow]) -> dict[str, Any]:
    facts = facts_of(account)
    here = memberships[0] if memberships and memberships[0].left_at is None else None
    return {
        "name": account.full_name,
        "facts": [
            (field.word[0].upper() + field.word[1:], fact.capitalize() if field.of_policy else fact)
            for field in LEARNER_FIELDS
            if field.name != "full_name" and (fact := facts[field.name])
        ],
        "due": journey.due,
        "cohort": here.name if here else None,
        "also_in": [m.name for m in memberships[1:] if m.left_at is None],
        "cohort_href": url_for("tutoring.cohort", public_id=here.public_id) if here else None,
    }


def _withdrawn(session: Session, journey: Journey) -> list[str]:
    """When and why the certificate was taken back, and who can do something about it."""
    lines = [
        "Everything is passed and signed, but the certificate was withdrawn and no other counts"
    ]
    last = last_revoked(session, journey.enrolment_id)
    if last is None:
        return lines
    by = session.scalar(
        select(Account.full_name).where(
            Account.public_id == last.actor.removeprefix("account:"),
            Account.deactivated_at.is_(None),
        )
    )
    whom = f"{by}, who withdrew it, or to anyone else in compliance" if by else "compliance"
    return [
        *lines,
        f"Withdrawn on {uk_date(last.at)}: “{last.reason}”",
        f"Turn to {whom}: they can ask for a new final check and signature",
    ]


def _missing(session: Session, journey: Journey) -> list[str]:
    """“Why is this not complete?”, exactly; what is next comes first."""
    standing = journey.standing
    if standing.next.go is rules.NextKind.DONE:
        return _withdrawn(session, journey) if journey.withdrawn else []
    lines = [
        f"{words.step_title(journey.policy, step.slug)}: {_wanting(step)}"
        for step in standing.steps
        if step.phase is not rules.StepStatus.PASSED
    ]
    return [*lines, "The declaration is not signed"]


def _wanting(step: rules.Step) -> str:
    if not step.of:
        return "not begun yet"
    so_far = f"{step.right} of {step.of} right so far"
    need = -(-step.of * step.plan.pass_mark // 100)
    if need == step.of:
        return f"{so_far}, each of them needed"
    return f"{so_far}, {need} needed ({step.plan.pass_mark}%)"


_PHASES = {
    rules.StepStatus.LOCKED: "Not open yet",
    rules.StepStatus.OPEN: "Ready to start",
    rules.StepStatus.STARTED: "Under way",
    rules.StepStatus.RETRY: "To be tried again",
    rules.StepStatus.PASSED: "Passed",
}


def _step(journey: Journey, step: rules.Step) -> dict[str, Any]:
    begun = step.phase not in (rules.StepStatus.LOCKED, rules.StepStatus.OPEN)
    tries = [t for t in journey.learner.at(step.kind, step.slug) if not t.before_reading]
    return {
        "title": words.step_title(journey.policy, step.slug),
        "state": {"retry": "redo"}.get(step.phase.value, step.phase.value),
        "state_text": _state_text(step),
        "tries": len(tries),
        "per_cent": step.per_cent if begun and not step.excused else None,
        "passed_at": step.passed_at,
    }


def _state_text(step: rules.Step) -> str:
    if step.excused:
        return "Excused"
    if step.tested_out:
        return "Passed before reading"
    return "Not taken: new since they signed" if step.new else _PHASES[step.phase]


def _word(journey: Journey) -> dict[str, Any]:
    """What is worth a word, with the figures behind it."""
    hurried = [p for p in paces(journey.policy, journey.learner.tries) if p.hurried]
    return {
        "flags": journey.flags,
        "hurried": [(words.step_title(journey.policy, p.section), p) for p in hurried],
    }


def _sights(session: Session, held: Content, journey: Journey) -> dict[Sight, list[str]]:
    """The rules that this learner has decided on, by when they first did so rightly."""
    found = sights(journey.learner.tries, partial(held.clauses_of, session))
    return {
        sight: [c.words for c in journey.policy.clauses if found.get(c.id) is sight]
        for sight in Sight
    }


def _certificate(held: Held, today: date) -> dict[str, Any]:
    return {
        "number": held.number,
        "status": held.shown(today),
        "issued_at": held.issued_at,
        "signed_otherwise": signed_otherwise(held.record) if held.record else "",
        "href": url_for("certificates.show", number=held.number),
        "pdf_href": url_for("certificates.pdf", number=held.number),
    }
