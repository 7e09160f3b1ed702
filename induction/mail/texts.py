"""Letters in the institute's own words: which may have them, and what stands in braces there."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from flask import current_app, g
from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.extensions import db
from induction.institute import institute
from induction.mail.models import LetterText
from induction.refusals import InvalidInput
from induction.uk_time import uk_date

_BRACES = re.compile(r"\{([^{}\n]{0,40})\}")
LONGEST_SUBJECT, LONGEST = 150, 4000  # characters


class NotAText(InvalidInput):
    """The text cannot be sent. The message says why."""


@dataclass(frozen=True, slots=True)
class OwnText:
    """A letter that an institute may put in its own words."""

    title: str  # when it is sent
    words: Mapping[str, str]  # what may stand in braces: what it becomes
    needed: str  # of these, what has to stand in it: the way to go on
    fits: Callable[[Mapping[str, Any]], bool] = lambda _facts: True  # else ours is sent
    stops: bool = True  # ends with how to turn such letters off


_EVERYBODY = {
    "name": "the name of whoever it is for",
    "institute": "the name of the institute",
    "policy": "the name of the policy",
    "minutes": "how many minutes the induction takes",
}
_PAGE = {"page": "the address at which they go on"}
_DUE = {"due": "the due date"}
_WHERE = {"where": "the part at which they are"}
_ENDS = {"ends": "the last day of the certificate"}


def _unchanged(facts: Mapping[str, Any]) -> bool:
    """Whoever does again what has changed in the policy is told what that is, by our letter."""
    return not facts["person"].changed


TEXTS = {
    "invitation": OwnText(
        "Invitation of a learner",
        {**_EVERYBODY, "link": "the address that opens the induction, once"},
        "link",
        fits=lambda facts: not facts["account"].roles,
        stops=False,
    ),
    "reminder-start": OwnText("Ready to start", {**_EVERYBODY, **_PAGE}, "page"),
    "reminder-due": OwnText(
        "Due soon", {**_EVERYBODY, **_PAGE, **_DUE, **_WHERE}, "page", fits=_unchanged
    ),
    "reminder-overdue": OwnText(
        "Overdue", {**_EVERYBODY, **_PAGE, **_DUE, **_WHERE}, "page", fits=_unchanged
    ),
    "reminder-stuck": OwnText("Stuck at a part", {**_EVERYBODY, **_PAGE, **_WHERE}, "page"),
    "reminder-expiring": OwnText(
        "The certificate runs out soon", {**_EVERYBODY, **_PAGE, **_ENDS}, "page"
    ),
    "reminder-expired": OwnText(
        "The certificate has run out", {**_EVERYBODY, **_PAGE, **_ENDS}, "page"
    ),
}


def sample(today: date) -> dict[str, Any]:
    """Somebody made up, for a look at a letter and for a test."""
    person = SimpleNamespace(
        full_name="Amina Yusuf", changed=None,
        due_on=today + timedelta(days=7), ends_on=today + timedelta(days=30),
    )  # fmt: skip
    return {
        "person": person,
        "account": SimpleNamespace(full_name=person.full_name, roles=()),
        "where": "Section 3",
        "path": "/link/EXAMPLE",
    }


def own_text(template: str, facts: Mapping[str, Any]) -> tuple[str, str] | None:
    """The subject and the body in the institute's own words; None where ours is sent.

    One query for all letters of a request, or of a round of the worker.
    """
    kind = TEXTS.get(template)
    if kind is None or not kind.fits(facts):
        return None
    if "letter_texts" not in g:
        rows = db.session.execute(select(LetterText.name, LetterText.subject, LetterText.body))
        g.letter_texts = {row.name: (row.subject, row.body) for row in rows}
    found: tuple[str, str] | None = g.letter_texts.get(template)
    return filled(template, *found, facts) if found else None


def filled(template: str, subject: str, body: str, facts: Mapping[str, Any]) -> tuple[str, str]:
    """A text with its braces filled in, and how to turn such letters off where that belongs."""
    base = current_app.extensions["settings"].base_url
    values = _values(facts, base)
    end = (
        f"\n\nYou can turn these messages off at {base}/account\n"
        if TEXTS[template].stops
        else "\n"
    )

    def put(text: str) -> str:
        return _BRACES.sub(lambda found: values.get(found[1], found[0]), text)

    return put(subject), put(body).rstrip() + end


def in_braces(template: str, subject: str, body: str, facts: Mapping[str, Any]) -> tuple[str, str]:
    """The other way round: a letter to somebody made up, as a text to begin with."""
    base, words = current_app.extensions["settings"].base_url, TEXTS[template].words
    body = body.partition("\n\nYou can turn these messages off")[0]
    known = [(n, value) for n, value in _values(facts, base).items() if n in words and value]
    for name, value in sorted(known, key=lambda one: -len(one[1])):
        if name != "minutes":  # a number alone may mean anything
            subject, body = (text.replace(value, f"{{{name}}}") for text in (subject, body))
    return subject, body.strip()


def _values(facts: Mapping[str, Any], base: str) -> dict[str, str]:
    about = facts.get("person") or facts["account"]
    words: dict[str, Any] = current_app.jinja_env.globals
    due, ends = getattr(about, "due_on", None), getattr(about, "ends_on", None)
    return {
        "name": about.full_name,
        "institute": institute().name,
        "policy": words["policy_title"](),
        "minutes": str(words["policy_minutes"]()),
        "link": f"{base}{facts.get('path', '')}",
        "page": f"{base}/induction",
        "due": uk_date(due) if due else "",
        "where": facts.get("where") or "",
        "ends": uk_date(ends) if ends else "",
    }


def checked(template: str, subject: str, body: str) -> tuple[str, str]:
    """What was typed, as it is kept. Raises NotAText."""
    kind = TEXTS[template]
    line, text = " ".join(subject.split()), body.replace("\r\n", "\n").strip()
    if not line or not text:
        raise NotAText("A letter has a subject and a text.")
    if len(line) > LONGEST_SUBJECT or len(text) > LONGEST:
        raise NotAText(f"At most {LONGEST_SUBJECT} characters of subject and {LONGEST:,} of text.")
    unknown = [name for name in _BRACES.findall(f"{line}\n{text}") if name not in kind.words]
    if unknown:
        raise NotAText(f"Nothing is known as {{{unknown[0]}}}. The list below says what is.")
    if f"{{{kind.needed}}}" not in text:
        raise NotAText(f"{{{kind.needed}}} has to stand in the text: {kind.words[kind.needed]}.")
    if not _stands_by_itself(f"{{{kind.needed}}}", line, text):
        raise NotAText(
            f"{{{kind.needed}}} stands in the text alone, with a space or a new line before and "
            "after it: it opens somebody’s own pages."
        )
    return line, text


def _stands_by_itself(word: str, subject: str, text: str) -> bool:
    """Whether an address of ours is in no subject, which lists show, and no part of another’s.

    Behind the address of another site it would hand over a link that signs somebody in.
    """
    free = re.findall(rf"(?<!\S)[(<]?{re.escape(word)}(?=[.,;:!?)>]*(?:\s|$))", text)
    return word not in subject and len(free) == text.count(word)


def in_own_words(session: Session) -> dict[str, LetterText]:
    """The letters that the institute has put in its own words."""
    return {row.name: row for row in session.scalars(select(LetterText))}
