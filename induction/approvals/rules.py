"""Who decides what somebody asked for. Pure.

Nobody decides what they asked for. Where there is one officer alone, and the settings do
not insist on two people, that officer may confirm it once the wait is over: until then everybody
who was told can stop it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from induction.uk_time import uk_date


@dataclass(frozen=True, slots=True)
class Officers:
    """Who could decide, and how long what cannot be undone waits."""

    others: int  # officers beside whoever asked
    insist: bool  # two people whatever the number: the setting
    wait_days: int

    @property
    def wait(self) -> timedelta:
        """How long everybody has to stop it."""
        return timedelta(days=self.wait_days)

    @property
    def alone(self) -> bool:
        """Whether whoever asked may confirm in the end, since nobody else is here."""
        return not self.others and not self.insist


def why_not_confirmed(*, own: bool, asked_at: datetime, now: datetime, here: Officers) -> str:
    """Why this person cannot confirm what was asked for; "" where they can."""
    if not own:
        return ""
    if not here.alone:
        return "You asked for this yourself: another officer confirms it."
    if now < asked_at + here.wait:
        return (
            "You are the only officer here, so that nobody else can confirm this. You "
            f"can do so yourself from {uk_date(asked_at + here.wait)}."
        )
    return ""


def earliest(*, own: bool, asked_at: datetime, now: datetime, here: Officers) -> datetime:
    """When what was confirmed now may be carried out: nobody's wait is counted twice."""
    return (asked_at if own else now) + here.wait
