"""Whom anybody in the country can call: facts, the same at every institute, in one place."""

from dataclasses import dataclass
from datetime import date

CHECKED = date(2026, 11, 29)  # when somebody last looked each of them up


@dataclass(frozen=True, slots=True)
class Helpline:
    """What a service does, and how to reach it."""

    name: str
    does: str
    number: str = ""
    hours: str = ""
    address: str = ""  # of its page


SAMARITANS = Helpline(
    "Samaritans", "listen to anyone, of any age", "116 123", "free, day and night"
)
CHILDLINE = Helpline(
    "Childline", "listens to you up to your 19th birthday", "0800 1111", "free, day and night"
)
TO_TALK = (SAMARITANS, CHILDLINE)
HELPLINES = (
    *TO_TALK,
    Helpline(
        "Report Remove",
        "can have a nude of you taken down, if you are under 18",
        address="https://www.childline.org.uk/info-advice/bullying-abuse-safety/"
        "online-mobile-safety/report-remove/",
    ),
    Helpline(
        "StopNCII",
        "helps to keep a nude of you from being shared, if you are 18 or over",
        address="https://stopncii.org/",
    ),
    Helpline(
        "The Revenge Porn Helpline",
        "talks with you about that, if you are 18 or over",
        "0345 6000 459",
        "Monday to Friday, 10 to 4",
        "https://revengepornhelpline.org.uk/",
    ),
    Helpline("The NSPCC", "is there if you worry about a child", "0808 800 5000"),
)
