"""What we hold on somebody, in plain words for them. Ids and fingerprints are in the JSON alone."""

import json
import re
from collections.abc import Mapping
from typing import Any

from induction.compliance.audit_log_words import in_words
from induction.curriculum.model import Policy
from induction.journey.worth import Flag
from induction.people.comfort import CHOICES
from induction.people.learner_fields import LEARNER_FIELDS
from induction.progress import words
from induction.reminders.schedule import KINDS
from induction.reports.forms import ABOUT, OUTCOMES, SEVERITIES, STATES
from induction.uk_time import uk_date, uk_datetime

_TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00))?")
TITLES = {
    "enrolments": "Being enrolled",
    "progress": "How far you are",
    "answers": "Your answers",
    "declarations": "What you signed",
    "done_now": "What you said you had done at once",
    "own_changes": "What you set out to change",
    "version_notices": "That the policy has changed for you",
    "revisits": "Times you were asked to come back to it",
    "notes": "What tutors noted about you",
    "reports": "What you reported",
    "requests": "Requests about your data",
    "messages": "Letters to you by mail",
    "letters_by_hand": "Letters handed to you",
    "cards": "Cards to sign in with",
    "sessions": "Where you are signed in",
    "devices": "Devices that you have signed in on",
    "identities": "Accounts at the sign-in provider",
    "directory": "What the directory says of you",
    "apps_with_codes": "Apps that give codes",
    "acts": "The record of what you did and what concerned you",
}
LABELS = {
    **{field.name: field.label for field in LEARNER_FIELDS},
    "first_signed_in_at": "First signed in",
    "has_second_factor": "A second step is asked for at sign-in",
    "comfort": "How pages look to you",
    "corrected": "What lists said before staff put it right",
    "reminders_by_mail": "Reminders come by mail",
    "demo": "Made up for the demonstration",
    "last_day": "Last day of the account",
    "deactivated_at": "Account ended",
    "enrolled_at": "Enrolled",
    "due_on": "Due",
    "own_due": "The due date is yours alone, not your cohort’s",
    "left_at": "Left",
    "notice": "The latest reminder on your page",
    "notice_at": "Shown since",
    "state": "State",
    "step": "Step",
    "part": "Part",
    "passed": "Steps passed",
    "steps": "Steps there are",
    "failed_tries": "Tries at the present step that were not enough",
    "begun_at": "Begun",
    "last_activity_at": "Last here",
    "completed_at": "Completed",
    "settled_step": "A tutor helped you on at",
    "settled_tries": "Tries that you had had by then",
    "renewing": "You are renewing your certificate",
    "flags": "Why a tutor may want a word with you",
    "word_at": "A tutor had a word with you",
    "signed_name": "Signed as",
    "how": "How",
    "renewal": "Number of the renewal that it was for",
    "by_mail": "By mail too",
    "news": "What has changed",
    "questions": "Questions to answer again",
    "signs": "You sign again",
    "text": "Words",
    "of_reader": "About somebody who reads reports",
    "what": "What happened",
    "affected": "Whom it concerns",
    "may_contact": "You may be contacted about it",
    "outcome": "What came of it",
    "user_name": "Name there",
    "said": "What it says",
    "ended": "The directory has ended your account",
    "let_go": "You were deleted there",
    "of": "Of",
    "right": "Right",
}
# The same in the JSON: of use to programs, or said elsewhere on the page in words.
FOR_PROGRAMS = frozenset([
    "account", "answers", "asked_by", "by_id", "clauses", "confirmed_by", "content",
    "content_sha256", "counted", "decided", "document_sha256", "enrolment_id", "entered",
    "external_id", "owner_id", "pace", "public_id", "record_sha256", "recorded_by_id", "schema",
    "seq", "sha256", "slug", "sort_name", "subject", "version_id",
])  # fmt: skip
_OF_ACTS = frozenset(["chosen", "scenario", "scene", "shown"])  # ids; answers are told in words
_VALUES: Mapping[str, Mapping[str, str]] = {
    "flags": {
        Flag.HURRIED: "Some answers came faster than reading takes. It accuses nobody",
        Flag.BY_CHANCE: "At first sight no more was right than by chance. It accuses nobody",
    },
    "how": {"screen": "on the screen", "paper": "on paper", "supporter": "with a supporter"},
    "about": ABOUT,
    "severity": SEVERITIES,
    "outcome": {**OUTCOMES, "waiting": "Waits for a second person", "confirmed": "Confirmed"},
    "kind": {**KINDS, "access": "A copy of what we hold", "erasure": "To be erased"},
    "state": {
        **STATES,
        "not-started": "Not begun",
        "in-progress": "Under way",
        "complete": "Complete",
    },
    **CHOICES,
}
_STEPS = frozenset(["part", "section", "settled_step", "step"])


def in_plain_words(held: Mapping[str, Any], policy: Policy) -> dict[str, Any]:
    """What we hold, by heading; what is empty, or so of nearly everybody, is left out."""
    return {
        TITLES.get(kind, _label(kind)): [_said(kind, one, policy) for one in rows]
        for kind, rows in held.items()
    }


def _said(key: str, value: Any, policy: Policy) -> Any:
    """A value for whoever reads it: times of the UK, yes and no, and words for codes."""
    if isinstance(value, Mapping):
        return _pairs(value, policy)
    if isinstance(value, list | tuple):
        return [_said(key, one, policy) for one in value]
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _in_words(key, value, policy) if isinstance(value, str) else value


def _in_words(key: str, value: str, policy: Policy) -> str:
    if key in _STEPS:
        return words.step_title(policy, value)
    if key == "policy" and value == policy.slug:
        return policy.title
    if _TIME.fullmatch(value):
        return uk_datetime(value) if "T" in value else uk_date(value)
    return _VALUES.get(key, {}).get(value, value)


def _pairs(row: Mapping[str, Any], policy: Policy) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in row.items():
        if key in ("details", "beside"):
            told = json.loads(value or "{}")
            said = _pairs({k: one for k, one in told.items() if k not in _OF_ACTS}, policy)
            found |= {_beside(label) if label in found else label: said[label] for label in said}
        elif key == "action":
            found["What"] = in_words(value)
        elif key not in FOR_PROGRAMS and not _says_nothing(key, value):
            found[_label(key)] = _said(key, value, policy)
    return found


def _beside(label: str) -> str:
    """What is called as what stands before it: when something was planned for, or the words."""
    return "For" if label == "At" else f"{label}, in words"


def _says_nothing(key: str, value: Any) -> bool:
    """Whether nothing is there, or what is so of nearly everybody."""
    if key in ("demo", "own_due", "of_reader", "renewal", "renewing", "settled_tries"):
        return not value
    return value is None or value in ("", [], {}, ())


def _label(key: str) -> str:
    return LABELS.get(key, key.replace("_", " ").removesuffix(" at").capitalize())
