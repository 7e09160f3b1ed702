"""Everything that has happened with one learner, newest first, each answer as it was shown."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.audit.act import written
from induction.audit.actions import Action
from induction.audit.models import AuditEntry, AuditPersonal
from induction.curriculum.model import Option, Policy
from induction.database import AnyRow
from induction.journey import rules
from induction.journey.queries import Journey
from induction.people.learner_fields import WORDS
from induction.people.models import Account, account_of
from induction.policy.store import Content
from induction.progress import words
from induction.reminders import sending
from induction.reminders.models import Reminder
from induction.reminders.schedule import BY_HAND, KINDS
from induction.tutoring.models import TutorNote
from induction.uk_time import uk_date, uk_datetime

_ACTS = {
    Action.COHORT_JOINED: "Joined the cohort",
    Action.COHORT_LEFT: "Taken out of the cohort",
    Action.ENROLLED: "Enrolled",
    Action.DUE_CHANGED: "Due date changed",
    Action.FRESH_START: "Fresh start",
    Action.EXCUSED: "Section excused",
    Action.LEFT: "Marked as left",
    Action.RETURNED: "Marked as returned",
    Action.STUCK_SETTLED: "Stuck: dealt with",
    Action.HELP_ASKED: "Asked their tutor",
    Action.WORD_HAD: "A tutor had a word",
    Action.DECLARED: "Signed the declaration",
    Action.DONE_NOW: "Did it now",
    Action.CHANGES_WRITTEN: "Wrote down what to change",
    Action.RENEWAL_BEGUN: "Began to renew the certificate",
    Action.ASKED_AGAIN: "Asked to take the final check again and to sign again",
    Action.DECLARED_ON_BEHALF: "Declaration recorded on behalf",
    Action.REVISIT_ASKED: "Asked to revisit",
    Action.REVISITED: "Revisited",
    Action.SECTION_PASSED: "Passed",
    Action.SECTION_FAILED: "Not enough yet",
    Action.LINK_SENT: "Link to sign in sent",
    Action.INVITATION_PLANNED: "Invitation planned",
    Action.INVITATION_CALLED_BACK: "Planned invitation called back",
    Action.CARD_MADE: "Card to sign in with made",
    Action.CARD_USED: "Signed in with a card",
    Action.CARD_TRIED: "Many wrong PINs were typed for their card",
    Action.HANDED_OVER: "Letter or certificate handed over",
    Action.IDENTITY_CONNECTED: "Connected with an account of the institute",
    Action.IDENTITY_RELEASED: "Connection with an account of the institute taken away",
    Action.ACCOUNT_CHANGED: "Details changed",
    Action.ACCOUNTS_MERGED: "Found to be the same person as another account",
    Action.CERTIFICATE_ISSUED: "Certificate issued",
    Action.CERTIFICATE_SUPERSEDED: "Certificate replaced",
    Action.CERTIFICATE_REVOKED: "Certificate withdrawn",
}
_LOOKS = {
    Action.SECTION_PASSED: "good",
    Action.DECLARED: "good",
    Action.DECLARED_ON_BEHALF: "good",
    Action.CERTIFICATE_ISSUED: "good",
    Action.SECTION_FAILED: "care",
    Action.ASKED_AGAIN: "care",
    Action.CARD_TRIED: "care",
    Action.CERTIFICATE_REVOKED: "care",
}


def events(
    session: Session,
    held: Content,
    journey: Journey,
    account: Account,
    memberships: list[AnyRow],
    certificates: Sequence[str],
) -> list[dict[str, Any]]:
    """The whole timeline; ``certificates`` are theirs, by number.

    Three queries, and the contents that were shown.
    """
    found = [
        _answer(held.version(session, tried.content), tried, given) | behind
        for tried in journey.learner.tries
        for behind in [_behind(journey, tried)]
        for given in tried.answers
    ]
    subjects = [f"enrolment:{journey.enrolment_public_id}", account.actor]
    subjects += [f"certificate:{number}" for number in certificates]
    cohorts = {m.public_id: m.name for m in memberships}
    found += [_act(journey, account, cohorts, row) for row in _acts(session, subjects)]
    found += _reminders(session, journey)
    # What the same moment brought stands in the order of above: an answer, then what it led to.
    newest_first = sorted(found, key=lambda event: event["at"])[::-1]
    runs = groupby(newest_first, key=lambda event: event.get("behind", id(event)))
    return [_folded([*run]) for _, run in runs]


def _folded(run: list[dict[str, Any]]) -> dict[str, Any]:
    """Answers of one try at a step that is passed, as one event; anything else as it is."""
    if len(run) == 1:
        return run[0]
    wrong = sum(event["kind"] == "care" for event in run)
    return {
        "at": run[0]["at"],
        "title": f"Answers: {run[0]['behind']}",
        "kind": None,
        "said": f"{len(run)} answers" + (f", {wrong} not right" if wrong else ""),
        "events": run,
    }


def notes(session: Session, account_id: int) -> list[dict[str, Any]]:
    """What tutors noted, newest first."""
    rows = session.execute(
        select(TutorNote.text, TutorNote.at, Account.full_name)
        .join(Account, Account.id == TutorNote.by_id)
        .where(TutorNote.account_id == account_id)
        .order_by(TutorNote.id.desc())
    )
    return [{"at": row.at, "title": row.full_name, "text": row.text} for row in rows]


def _acts(session: Session, subjects: Sequence[str]) -> Sequence[AnyRow]:
    return session.execute(
        select(
            AuditEntry.at, AuditEntry.action, AuditEntry.actor, AuditEntry.subject,
            AuditEntry.details, AuditPersonal.data, Account.full_name,
        )
        .outerjoin(AuditPersonal, AuditPersonal.seq == AuditEntry.seq)
        .outerjoin(Account, Account.public_id == account_of(AuditEntry.actor))
        .where(
            AuditEntry.subject.in_(subjects), AuditEntry.action.in_([a.value for a in _ACTS])
        )
        .order_by(AuditEntry.seq)
    ).all()  # fmt: skip


def _act(
    journey: Journey, account: Account, cohorts: Mapping[str, str], row: AnyRow
) -> dict[str, Any]:
    action, details = Action(row.action), json.loads(row.details)
    personal = json.loads(row.data) if row.data else {}
    said = _which(cohorts, row.subject, details)
    if details.get("step"):
        said.append(words.step_title(journey.policy, details["step"]))
    if "done" in details:
        said.append(_deeds(journey.policy, details))
    if "right" in details:
        tried = _which_try(details["try"])
        said.append(f"{tried}: {details['right']} of {details['of']} right")
    if "after" in details:
        said.append(f"{_day(details['before'])} → {_day(details['after'])}")
    for name in details.get("fields", ()):
        before = personal.get(name)
        said.append(WORDS[name] + (f" (before: {before})" if before else ""))
    if personal.get("reason"):
        said.append(f"“{personal['reason']}”")
    if row.actor != account.actor and row.full_name:
        said.append(f"by {row.full_name}")
    return {
        "at": datetime.fromisoformat(row.at),
        "title": _ACTS[action],
        "text": ", ".join(said),
        "kind": _LOOKS.get(action),
    }


def _deeds(policy: Policy, details: dict[str, Any]) -> str:
    """What somebody ticked of so many; in the words of today, or by its id where it has gone."""
    section = policy.section(details["step"])
    texts = {deed.id: deed.text for deed in section.do_now} if section else {}
    done = "; ".join(texts.get(name, name) for name in details["done"])
    return f"{len(details['done'])} of {len(details['shown'])}" + (f": {done}" if done else "")


def _which(cohorts: Mapping[str, str], subject: str, details: dict[str, Any]) -> list[str]:
    """Which cohort or certificate an act was about, or which time."""
    if "at" in details:
        return [f"for {uk_datetime(details['at'])}"]
    if "cohort" in details:
        return [cohorts.get(details["cohort"], "")]
    if not subject.startswith("certificate:"):
        return []
    number = subject.removeprefix("certificate:")
    return [f"{number} → {details['by']}" if "by" in details else number]


def _reminders(session: Session, journey: Journey) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Reminder.at, Reminder.kind, Reminder.by_mail).where(
            Reminder.enrolment_id == journey.enrolment_id
        )
    ).all()
    by_whom = _by_whom(session, [row.at for row in rows if row.kind == BY_HAND])
    return [
        {
            "at": row.at,
            "title": f"Reminded: {KINDS.get(row.kind, row.kind)}",
            "text": ", ".join([_way(by_mail=row.by_mail), *by_whom.get(written(row.at), ())]),
            "kind": None,
        }
        for row in rows
    ]


def _way(*, by_mail: bool) -> str:
    return "By mail and on their page" if by_mail else "On their page only"


def _by_whom(session: Session, moments: Sequence[datetime]) -> dict[str, list[str]]:
    """Who reminded by hand, and in which words of their own, by the moment on record."""
    if not moments:
        return {}
    rows = session.execute(
        select(AuditEntry.at, AuditPersonal.data, Account.full_name)
        .outerjoin(AuditPersonal, AuditPersonal.seq == AuditEntry.seq)
        .outerjoin(Account, Account.public_id == account_of(AuditEntry.actor))
        .where(
            AuditEntry.at.in_(map(written, moments)),
            AuditEntry.action == Action.REMINDED.value,
            AuditEntry.subject == sending.SUBJECT,
        )
    )
    return {
        row.at: [
            *([f"“{json.loads(row.data)[sending.WORDS]}”"] if row.data else []),
            *([f"by {row.full_name}"] if row.full_name else []),
        ]
        for row in rows
    }


def _day(said: str) -> str:
    """What a due date was or is, as people write it."""
    return uk_date(said) if said else "none"


def _where(policy: Policy, tried: rules.AttemptRecord) -> str:
    looking_back = tried.kind is rules.AttemptKind.LOOK_BACK
    what = "look back" if looking_back else _which_try(tried.number)
    return f"{words.step_title(policy, tried.step)}, {what}"


def _which_try(number: int) -> str:
    return "before reading" if number == rules.BEFORE_READING else f"try {number}"


def _behind(journey: Journey, tried: rules.AttemptRecord) -> dict[str, Any]:
    """Which try an answer belongs to, where that lies behind the learner and may be folded."""
    step = journey.standing.step(tried.step)
    passed = step is not None and step.phase is rules.StepStatus.PASSED
    return {"behind": _where(journey.policy, tried)} if passed else {}


def _answer(
    policy: Policy, tried: rules.AttemptRecord, given: rules.AnswerRecord
) -> dict[str, Any]:
    scenario = policy.scenario(given.scenario)
    scene = scenario.scene(given.scene) if scenario else None
    shown = [o for i in given.shown if scene and (o := scene.option(i))]
    return {
        "at": given.at,
        "title": f"{scenario.title if scenario else given.scenario} ({_where(policy, tried)})",
        "kind": {"right": "good", "wrong": "care"}.get(given.result, "going"),
        "question": scene.question if scene else "",
        "result": {"right": "Right", "wrong": "Not right"}.get(given.result, "The story goes on"),
        "options": [_option(o, given) for o in shown],
        "beliefs": [o.misconception for o in shown if o.id in given.chosen and o.misconception],
    }


def _option(option: Option, given: rules.AnswerRecord) -> dict[str, Any]:
    return {"text": option.text, "chosen": option.id in given.chosen}
