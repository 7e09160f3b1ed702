"""Beginning to renew a certificate, offered and refused by one rule: the learner's own act.

Where the certificate was revoked, it is compliance that may ask for the same: ``ask_again``.
"""

from dataclasses import dataclass
from datetime import date, datetime

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.certificates.queries import Held
from induction.journey import rules
from induction.journey.allowing import allow
from induction.journey.answering import LOCK
from induction.journey.queries import Journey, load
from induction.journey.rules import Renewal
from induction.people.models import Account
from induction.policy.store import Content
from induction.refusals import NotNow
from induction.uk_time import uk_day

REFUSALS = {
    Renewal.FIRST_FINISH: "Finish what is open first. That gives you a new certificate too.",
    Renewal.NONE_HELD: "You hold no certificate that could be renewed. Ask your tutor.",
    Renewal.NO_END: "Your certificate does not run out, so there is nothing to renew.",
    Renewal.TOO_EARLY: "Your certificate still has a while to go. You can renew it nearer its end.",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A certificate that can be renewed today, and what that takes."""

    last_day: date
    has_ended: bool
    questions: int
    minutes: int


def may_renew(journey: Journey, *, window: int, today: date) -> Renewal:
    """Whether this learner may begin a renewal; ``window`` is in days before the end."""
    return rules.renewal(
        journey.standing,
        holds=journey.certificate is not None,
        valid_until=journey.valid_until,
        window=window,
        today=today,
    )


def offer(journey: Journey, *, window: int, now: datetime) -> Offer | None:
    """What to offer on the learner's pages; None where there is nothing to renew today."""
    today, last_day = uk_day(now), journey.valid_until
    found = may_renew(journey, window=window, today=today)
    if last_day is None or found is not Renewal.OPEN:
        return None
    begun = rules.standing(
        journey.in_force, journey.learner.with_allowance(_one_more(journey.learner, now))
    )
    questions = sum(len(step.waiting) for step in begun.steps)
    return Offer(last_day, last_day < today, questions, begun.minutes_left)


def renew(act: Act, content: Content, account: Account, *, window: int) -> None:
    """Begin a renewal. One that is under way is left as it is. Raises NotNow.

    The enrolment's row is locked, and the key of the leave refuses a second one after the same
    try.
    """
    act.session.execute(LOCK, {"account_id": account.id})
    journey = load(act.session, content, account.id)
    if journey is None:
        raise NotNow(REFUSALS[Renewal.NONE_HELD])
    found = may_renew(journey, window=window, today=uk_day(act.now))
    if found is Renewal.UNDER_WAY:
        return
    if found is not Renewal.OPEN:
        raise NotNow(REFUSALS[found])
    number, after_try = _begin(act, journey)
    act.record(
        Action.RENEWAL_BEGUN,
        f"enrolment:{journey.enrolment_public_id}",
        certificate=journey.certificate,
        renewal=number,
        after_try=after_try,
    )


def why_not_asked(journey: Journey | None, held: Held) -> str:
    """Why the holder of a revoked certificate cannot be asked to earn another; "" where they can.

    The same before and after it is revoked: whether it is current itself makes no difference.
    """
    if journey is None or journey.enrolment_id != held.enrolment_id:
        return "They do not learn this policy here any more."
    if journey.standing.renewing:
        return "They have a new final check before them. Signing then gives them a new certificate."
    if not journey.declared:
        return "They have something else to finish first. That gives them a new certificate too."
    if journey.certificate not in (None, held.number):
        return f"They hold {journey.certificate}, which counts."
    return ""


def ask_again(act: Act, content: Content, held: Held, reason: str) -> int:
    """Ask the holder of a revoked certificate for a new final check and declaration.

    It is a renewal that somebody else has begun: what they did before stays on record. Returns
    its number. Raises NotNow.
    """
    act.session.execute(LOCK, {"account_id": held.account_id})
    journey = load(act.session, content, held.account_id)
    refusal = why_not_asked(journey, held)
    if journey is None or refusal:
        raise NotNow(refusal)
    number, after_try = _begin(act, journey)
    act.record(
        Action.ASKED_AGAIN,
        f"enrolment:{journey.enrolment_public_id}",
        certificate=held.number,
        renewal=number,
        after_try=after_try,
        personal={"reason": reason},
        account_id=held.account_id,
    )
    return number


def _begin(act: Act, journey: Journey) -> tuple[int, int]:
    """Begin it; returns its number, and after which try it comes."""
    begun = _one_more(journey.learner, act.now)
    allow(act, journey, begun)
    return journey.learner.renewals + 1, begun.after_try


def _one_more(learner: rules.LearnerRecord, at: datetime) -> rules.Allowance:
    """A renewal as the next allowance: it begins after the last try at the final check."""
    tries = learner.at(rules.AttemptKind.FINAL, rules.FINAL)
    last = max((t.number for t in tries), default=0)
    return rules.Allowance(rules.AllowanceKind.RENEWAL, rules.FINAL, last, at)
