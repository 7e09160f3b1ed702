"""Which acts of a tutor fit where a learner stands: asked by the pages that offer and by the acts.

Pure: no Flask, no database.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from induction.journey.rules import JourneyState, NextKind, Step, StepStatus


class TutorAct(StrEnum):
    """What a tutor may do to a learner's record, in the order in which it is offered."""

    SETTLE = "settle"
    WORD = "word"
    NOTE = "note"
    DUE_DATE = "due-date"
    FRESH_START = "fresh-start"
    EXCUSE = "excuse"
    DECLARATION = "declaration"
    MOVE = "move"
    JOIN = "also-in"
    TAKE_OUT = "take-out"
    INVITE = "invite"
    LEAVE = "leave"
    RETURN = "return"


# What can be done to several at once: what is no decision about one person.
FOR_MANY = (
    TutorAct.SETTLE,
    TutorAct.DUE_DATE,
    TutorAct.NOTE,
    TutorAct.INVITE,
    TutorAct.MOVE,
    TutorAct.JOIN,
    TutorAct.LEAVE,
    TutorAct.RETURN,
)


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that decides which acts fit."""

    standing: JourneyState | None  # asked for acts on one step and for the declaration alone
    stuck: bool
    finished: bool
    renewing: bool
    has_left: bool
    account_ended: bool
    settled: bool  # being stuck at the present step has been dealt with
    has_signed_in: bool
    has_address: bool = True  # that mail can reach
    word_wanted: bool = False  # how fast or how rightly they answered is worth a word
    also_in: bool = False  # is in another cohort beside the main one
    own: bool = False  # it is the record of the person who would act


def beyond_share(standing: JourneyState, per_cent: int) -> bool:
    """Whether one section more would be more than this share of them excused."""
    sections = [step for step in standing.steps if not step.is_final]
    excused = sum(step.excused for step in sections)
    return 100 * (excused + 1) > per_cent * len(sections)


OWN = "This is your own record. Ask a colleague to do it."


def refusal(act: TutorAct, at: Situation, slug: str = "") -> str:
    """Why an act does not fit now; "" where it does.

    An act on one step is asked about that step, or whether there is any that it fits.
    """
    if at.own:
        return OWN
    if act is TutorAct.RETURN:
        return "" if at.has_left else "This learner has not left."
    if at.has_left and act is not TutorAct.NOTE:
        return "This learner has left. Nothing is done until they are marked as returned."
    if act in _OF_ONE_STEP:
        return _of_steps(_OF_ONE_STEP[act], at, slug)
    return _REFUSALS[act](at) if act in _REFUSALS else ""


def _of_steps(rule: Callable[[Step, Situation], str], at: Situation, slug: str) -> str:
    """The refusal of one step; of none, where any fits, else of the step that they are at."""
    if at.standing is None:
        return "This is done for one learner at a time."
    refused = {s.slug: rule(s, at) for s in at.standing.steps if slug in ("", s.slug)}
    if "" in refused.values():
        return ""
    first = next(iter(refused.values()), "There is no such part.")
    return refused.get(at.standing.next.slug, first)


def fitting(at: Situation) -> list[TutorAct]:
    """The acts that fit now."""
    return [act for act in TutorAct if not refusal(act, at)]


def _settle(at: Situation) -> str:
    if not at.stuck:
        return "This learner is not stuck now."
    return "This has been dealt with already." if at.settled else ""


def _word(at: Situation) -> str:
    return "" if at.word_wanted else "Nothing here needs a word."


def _due_date(at: Situation) -> str:
    if at.finished:
        return "This learner has finished: there is nothing left to be due."
    return "A renewal has no due date." if at.renewing else ""


def _declaration(at: Situation) -> str:
    if at.standing and at.standing.next.go is NextKind.DECLARE:
        return ""
    return "The declaration comes when every section and the final check are passed."


def _invite(at: Situation) -> str:
    if at.account_ended:
        return "Their account has been ended."
    if not at.has_address:
        return "They have no email address. Make them a card to sign in with, on the cohort’s page."
    if at.has_signed_in:
        return "They have signed in already. The sign-in page gets them a new password."
    return ""


def _take_out(at: Situation) -> str:
    return "" if at.also_in else "This learner is in no cohort beside their main one."


def _fresh_start(step: Step, _at: Situation) -> str:
    if step.phase in (StepStatus.STARTED, StepStatus.RETRY):
        return ""
    return "A fresh start fits where a try has begun or was not enough."


def _excuse(step: Step, at: Situation) -> str:
    if step.is_final or step.phase is StepStatus.PASSED:
        return "Only a section that is not passed can be excused."
    steps = at.standing.steps if at.standing else ()
    others = (s for s in steps if not s.is_final and s.slug != step.slug)
    if all(s.excused for s in others):
        return "This is the last section; not every section can be excused."
    return ""


_REFUSALS: dict[TutorAct, Callable[[Situation], str]] = {
    TutorAct.SETTLE: _settle,
    TutorAct.WORD: _word,
    TutorAct.DUE_DATE: _due_date,
    TutorAct.DECLARATION: _declaration,
    TutorAct.INVITE: _invite,
    TutorAct.TAKE_OUT: _take_out,
}
_OF_ONE_STEP: dict[TutorAct, Callable[[Step, Situation], str]] = {
    TutorAct.FRESH_START: _fresh_start,
    TutorAct.EXCUSE: _excuse,
}
