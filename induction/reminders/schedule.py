"""Whom to remind, of what and when. Pure: the settings, the facts and the time decide."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from induction.uk_time import uk_day, uk_time

GRACE = timedelta(days=14)  # nobody is reminded of an invitation that is older than this and n

TO_SETTLE_IN = timedelta(days=7)  # for whoever was enrolled when the due date had passed

START, DUE, OVERDUE, STUCK, BY_HAND = "start", "due", "overdue", "stuck", "by-hand"
EXPIRING, EXPIRED = "expiring", "expired"  # the certificate
WITHDRAWN = "withdrawn"  # a certificate was revoked
CHANGED = "changed"  # a new version of the policy
AGAIN = "again"  # asked by compliance, in place of a certificate that was revoked
KINDS = {
    START: "ready to start",
    DUE: "due soon",
    OVERDUE: "overdue",
    STUCK: "help with a hard part",
    BY_HAND: "from a tutor",
    EXPIRING: "certificate runs out soon",
    EXPIRED: "certificate has run out",
    WITHDRAWN: "certificate withdrawn",
    CHANGED: "the policy has changed",
    AGAIN: "asked to do it again",
}
WEEKDAYS = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip
NEVER = 7  # as a weekday


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When the institute reminds. Days, hours of the day in UK time; 0 days: never."""

    after_invitation: int = 7
    before_due: int = 7
    overdue_every: int = 7
    overdue_times: int = 4
    digest_weekday: int = 0
    quiet_from: int = 20
    quiet_until: int = 8

    def values(self) -> dict[str, int]:
        """As the columns of its table."""
        return asdict(self)


def is_quiet(rhythm: Rhythm, now: datetime) -> bool:
    """Whether this is an hour in which nothing goes out."""
    hour, begin, end = uk_time(now).hour, rhythm.quiet_from, rhythm.quiet_until
    if begin == end:
        return False
    return begin <= hour or hour < end if begin > end else begin <= hour < end


def after_quiet(rhythm: Rhythm, now: datetime) -> datetime:
    """Now, or when the quiet hours end."""
    at = now
    while is_quiet(rhythm, at):
        local = uk_time(at).replace(minute=0, second=0, microsecond=0)
        at = (local.astimezone(now.tzinfo)) + timedelta(hours=1)
    return at


def ending(window: int, today: date) -> dict[str, tuple[date, date]]:
    """Kind → between which last days of certificates it fits; ``window`` in days before the end."""
    return {
        EXPIRING: (today, today + timedelta(days=window)),
        EXPIRED: (today - GRACE, today - timedelta(days=1)),
    }


def week_of(now: datetime) -> str:
    """The week as ISO 8601 names it: 2026-W48."""
    year, week, _ = uk_day(now).isocalendar()
    return f"{year}-W{week:02}"


def overdue_occasion(rhythm: Rhythm, due: date, today: date) -> str | None:
    """Which of the overdue reminders is due, as its key; None where there is none (any more)."""
    late = (today - due).days
    if rhythm.overdue_every < 1 or late < 1:
        return None
    turn = (late - 1) // rhythm.overdue_every
    return f"{due.isoformat()}:{turn}" if turn < rhythm.overdue_times else None
