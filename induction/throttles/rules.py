"""How long somebody has to wait who has tried so often, and who counts as one. Pure.

Slower instead of shut: after the free tries each one more doubles the wait, up to the longest. So
whoever guesses gets a handful of guesses in an hour, and whoever mistyped gets in all the same.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

MEMORY = timedelta(hours=1)  # after which a try no longer counts, where nothing else is said
FIRST = timedelta(seconds=15)  # the first wait


@dataclass(frozen=True, slots=True)
class Limit:
    """How often something may be tried within its memory. docs/security.md has the figures."""

    name: str
    free: int  # tries without a wait
    longest: timedelta
    distinct: bool = False  # only tries at different things count: accounts, not presses
    first: timedelta = FIRST
    by_the_hour: bool = False  # of a try, only in which hour it was is kept: it has no name
    memory: timedelta = MEMORY


MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# Wrong passwords and codes: for one account, from one network or one device that it knows.
ACCOUNT_HERE = Limit("account-here", 5, 15 * MINUTE)
# For one account, from anywhere; devices that the account knows are not counted, and pass.
ACCOUNT = Limit("account", 30, 5 * MINUTE)
# From one network: at how many accounts. A class behind one address is one network.
NETWORK = Limit("network", 50, MINUTE, distinct=True)
# Wrong PINs: for one card, from one network; from anywhere, unless in an open class, where those in
# it are counted by themselves. Of a million PINs that leaves a stranger some 30 guesses a day.
CARD_HERE = Limit("card-here", 5, 15 * MINUTE)
CARD = Limit("card", 10, 15 * MINUTE)
CARD_IN_A_DAY = Limit("card-in-a-day", 20, 2 * HOUR, first=15 * MINUTE, memory=24 * HOUR)
CARD_IN_CLASS = Limit("card-in-class", 30, 5 * MINUTE)
CARD_NETWORK = Limit("card-network", 60, MINUTE, distinct=True)  # at how many cards
# Codes that open nothing, from one network: how many different ones, so that a class which types
# the code of yesterday is not kept from that of today. There are 300 million codes.
CLASS_CODE = Limit("class-code", 100, MINUTE, distinct=True)
FORGOTTEN = Limit("forgotten", 40, MINUTE, distinct=True)  # links asked for from one network
NUMBER = Limit("number", 30, MINUTE)  # certificates’ numbers that were never issued
FILE = Limit("file", 60, MINUTE)  # files to be compared with certificates
# Reports by people who give no name, and looks at reports by their number: until the hour ends.
REPORT = Limit("report", 20, HOUR, first=HOUR, by_the_hour=True)
LOOK_UP = Limit("look-up", 60, HOUR, first=HOUR, by_the_hour=True)
LIST = Limit("list", 30, 5 * MINUTE)  # lists of people sent in by one account
PRESSED_TWICE = timedelta(seconds=5)  # within which one press of a button came twice
QUESTION = Limit("question", 5, 10 * MINUTE)  # to tutors, by one learner
_LIMITS = [named for named in list(globals().values()) if isinstance(named, Limit)]
LONGER = [limit for limit in _LIMITS if limit.memory > MEMORY]


def wait(limit: Limit, tries: int, since_last: timedelta) -> timedelta:
    """How long to wait yet, after so many tries; nothing where the next one may come now."""
    if tries < limit.free:
        return timedelta(0)
    times: int = 2 ** min(tries - limit.free, 12)  # of many thousand tries no timedelta can hold it
    doubled = limit.first * times
    return max(min(doubled, limit.longest) - since_last, timedelta(0))


def network(address: str) -> str:
    """What counts as one visitor: an IPv4 address, or the /64 that a household or office has.

    Whoever has an IPv6 network has 2**64 addresses, so one of them says nothing.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address  # of a test, or a socket
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return f"{IPv6Address(int(found) >> 64 << 64)}/64"
    return str(found)


def hour(at: datetime) -> datetime:
    """When the hour of this moment began."""
    return at.replace(minute=0, second=0, microsecond=0)


def quarter(at: datetime) -> datetime:
    """When the quarter of an hour of this moment began."""
    return at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)


def in_words(wait: timedelta) -> str:
    """A wait as people say it, never shorter than it is."""
    seconds = -int(-wait.total_seconds() // 1)
    if seconds < 90:
        return f"{max(seconds, 1)} second{'' if seconds <= 1 else 's'}"
    return f"{-(-seconds // 60)} minutes"
