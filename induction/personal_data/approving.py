"""What about personal data takes two people: a copy, an erasure, letting go, a short period."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from flask import current_app, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.approvals.asking import Asking
from induction.approvals.kinds import ApprovalKind
from induction.approvals.models import Approval, ApprovalOutcome
from induction.audit.act import Act
from induction.audit.actions import Action
from induction.extensions import db
from induction.institute.models import Institute
from induction.people.access import person
from induction.people.accounts import keep_an_administrator
from induction.people.models import Account, Role
from induction.personal_data import doubts, erasure, erasures, mentions, retention
from induction.personal_data.models import RequestKind, RetentionRule
from induction.refusals import NotNow

PLACES = {  # of the tables in which somebody may be named
    "account": "Their account",
    "account.employer": "Employers of other people",
    "approval": "Requests such as this one",
    "audit_personal": "Beside the record of acts",
    "breach_note": "What was done about a report",
    "breach_report": "Reports",
    "certificate_record": "Certificates",
    "cohort": "Names of cohorts",
    "declaration": "Declarations",
    "enrolment": "Reminders on learners’ pages",
    "institute": "The institute’s settings. Change them first: pages show them",
    "letter_text": "Letters in your own words",
    "outbox_mail": "Messages",
    "letter_by_hand": "Letters to hand over",
    "policy_change": "Why the policy was changed",
    "retention_rule": "Why something is kept",
    "revocation": "Why a certificate was withdrawn",
    "supersession": "Why a certificate was replaced",
    "tutor_note": "Tutors’ notes",
}
MOST = 100  # texts on a page
OUTCOMES = {"waiting": "Waiting", "done": "Done", "refused": "Refused"}


def _instance() -> Path:
    folder: Path = current_app.extensions["settings"].instance
    return folder


def request_for(session: Session, subject: Account | None, reason: str) -> Asking:
    """What is asked about this person, or, without one, about everything past its time.

    That keeps the periods as they are now: nothing more goes than was shown.
    """
    if subject is None:
        return Asking("retention", reason, details=retention.periods(session))
    return Asking(subject.actor, reason, subject.id)


def of(kind: str) -> ApprovalKind:
    """The kind of this name."""
    return next(one for one in KINDS if one.name == kind)


def _subject(session: Session, asked: Approval) -> Account:
    found = session.get(Account, asked.account_id) if asked.account_id else None
    if found is None or found.erased_at is not None:
        raise NotNow("This person has been erased already.")
    return found


def _give(act: Act, asked: Approval) -> str:
    _subject(act.session, asked)
    return "Confirmed. The copy can be taken below."


def _copy_facts(session: Session, asked: Approval) -> dict[str, Any]:
    subject = session.get(Account, asked.account_id) if asked.account_id else None
    may = asked.outcome == ApprovalOutcome.DONE and subject and subject.erased_at is None
    href = url_for("personal_data.copy", public_id=asked.public_id) if may else None
    return {"copy_href": href}


def _may_be_erased(act: Act, asked: Approval) -> None:
    keep_an_administrator(act.session, _subject(act.session, asked))


def _erase(act: Act, asked: Approval) -> str:
    chosen = asked.wanted.get("unsure_too", ())
    erasure.erase(act, _subject(act.session, asked), _instance(), unsure_too=chosen)
    return "Erased. The chain of acts is whole, and the certificate’s number still answers."


def _erasure_facts(session: Session, asked: Approval) -> dict[str, Any]:
    """Where the person is named today, in words, and in how many rows; and what may be them."""
    subject = session.get(Account, asked.account_id) if asked.account_id else None
    if not asked.is_open or subject is None or subject.erased_at is not None:
        return {"places": [], "doubts": [], "more": 0}
    people = _people(session, subject)
    naming = mentions.naming_of(session, people)
    named, chosen = mentions.places(session, naming), {*asked.wanted.get("unsure_too", ())}
    decides = not person().roles.isdisjoint(DECIDERS)  # others may stop it, and read no texts
    closed = doubts.closed_to(session, person())
    found = doubts.doubts(session, naming, people, closed) if decides else []
    return {
        "places": [(_place(one), count) for one, count in named.items()],
        "doubts": [(one, _place(one.where), chosen.issuperset(one.rows)) for one in found[:MOST]],
        "more": max(0, len(found) - MOST),
    }


def _people(session: Session, subject: Account) -> list[Account]:
    return [subject, *erasure.merged_into(session, subject)]


def _place(one: str) -> str:
    return PLACES.get(one, one.replace("_", " ").capitalize())


def _keep_ticked(act: Act, asked: Approval, ticked: Collection[str]) -> None:
    """Keep out of which texts goes what may be the person’s name, of those that were shown."""
    people = _people(act.session, _subject(act.session, asked))
    naming = mentions.naming_of(act.session, people)
    shown = {row for one in doubts.doubts(act.session, naming, people) for row in one.rows}
    chosen = sorted(shown & {row for rows in ticked for row in rows.split()})
    asked.details = json.dumps({"unsure_too": chosen})
    act.session.flush()


def _let_go(act: Act, asked: Approval) -> str:
    as_of, least = asked.asked_at, asked.wanted
    return str(retention.carry_out(act, _instance(), as_of=as_of, least=least))


def _retention_facts(session: Session, asked: Approval) -> dict[str, Any]:
    if not asked.is_open:
        return {"rules": []}
    return {"rules": retention.dry_run(session, now=asked.asked_at, least=asked.wanted)}


def _settled() -> None:
    """After the commit: nothing lingers in files, and a restored backup brings nobody back."""
    erasure.settle(db.session())
    erasures.note(db.session(), _instance())


def period_subject(record_class: str) -> str:
    """How the record of acts names a period."""
    return f"retention:{record_class}"


def set_period(act: Act, record_class: str, months: int, basis: str) -> None:
    """Keep a class of record so long from now on, on this basis."""
    act.session.execute(select(Institute.id).with_for_update())  # one after the other
    kept = act.session.get(RetentionRule, record_class, populate_existing=True)
    if kept is not None and (kept.months, kept.basis) == (months, basis):
        return  # the same form sent twice
    act.session.merge(
        RetentionRule(record_class=record_class, months=months, basis=basis, changed_at=act.now)
    )
    subject = period_subject(record_class)
    act.record(Action.RETENTION_CHANGED, subject, months=months, personal={"basis": basis})


def _shorten(act: Act, asked: Approval) -> str:
    record_class = asked.subject.partition(":")[2]
    set_period(act, record_class, asked.wanted["months"], asked.reason)
    return "Saved. Nothing goes by itself: letting go is asked for and confirmed on its own."


def _period_facts(session: Session, asked: Approval) -> dict[str, Any]:
    record_class = asked.subject.partition(":")[2]
    rule = next(r for r in retention.rules(session) if r.record_class == record_class)
    return {"rule": rule}


DECIDERS = (Role.COMPLIANCE, Role.DATA_PROTECTION)
ERASURE = ApprovalKind(
    RequestKind.ERASURE.value,
    "Erase a person",
    _erase,
    deciders=DECIDERS,
    always=True,
    waits=True,
    check=_may_be_erased,
    template="personal_data/erasure.html",
    facts=_erasure_facts,
    ticked=_keep_ticked,
    settled=_settled,
)
RETENTION = ApprovalKind(
    RequestKind.RETENTION.value,
    "Let go what is past its time",
    _let_go,
    deciders=DECIDERS,
    always=True,
    waits=True,
    template="personal_data/let_go.html",
    facts=_retention_facts,
    settled=_settled,
)
ACCESS = ApprovalKind(
    RequestKind.ACCESS.value,
    "A copy of what we hold",
    _give,
    deciders=DECIDERS,
    always=True,
    template="personal_data/copy.html",
    facts=_copy_facts,
)
PERIOD = ApprovalKind(
    "period",
    "Keep something for a shorter time",
    _shorten,
    deciders=DECIDERS,
    always=True,
    template="personal_data/shorter.html",
    facts=_period_facts,
)
KINDS = (ACCESS, ERASURE, RETENTION, PERIOD)
