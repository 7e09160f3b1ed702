"""Letters: a template of ``templates/mail`` rendered as the subject and the text of a mail."""

import re
from dataclasses import dataclass

from flask import current_app

from induction.institute import institute
from induction.mail import texts

_AFTER_GREETING = re.compile(r"\A([^\n]{1,250},[ \t]*\n\s*)(?!https?://)(\w)")


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says."""

    subject: str  # one line: it becomes a header, and no other header can be added through it
    body: str
    about: str = ""  # what it is, where it is looked at again when it is sent: "link:invitation"


def ours(template: str, **facts: object) -> Letter:
    """The letter that a template makes of these facts; its first line is the subject.

    Every letter knows the ``institute``, and the ``base_url`` of our addresses: that of the
    settings, never that of a request.
    """
    text = current_app.jinja_env.get_template(f"mail/{template}.txt").render(
        institute=institute(), base_url=current_app.extensions["settings"].base_url, **facts
    )
    subject, _, body = text.partition("\n")
    return made(subject, body.lstrip("\n"))


def made(subject: str, body: str) -> Letter:
    """A letter of these words; the first sentence after the greeting begins with a capital."""
    begun = _AFTER_GREETING.sub(lambda found: found[1] + found[2].upper(), body, count=1)
    return Letter(" ".join(subject.split()), begun)


def letter(template: str, **facts: object) -> Letter:
    """The letter to send: in the institute's own words where it has some, else in ours."""
    if own := texts.own_text(template, facts):
        return made(*own)
    return ours(template, **facts)
