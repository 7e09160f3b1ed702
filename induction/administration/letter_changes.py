"""Putting a letter in the institute's own words, and going back to ours; both are on record."""

from flask import g

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.mail.models import LetterText


def keep(act: Act, template: str, subject: str, body: str) -> None:
    """Send this letter in these words from now on. They have been checked."""
    act.session.merge(LetterText(name=template, subject=subject, body=body, changed_at=act.now))
    _record(act, template, {"subject": subject, "text": body})


def forget(act: Act, template: str) -> bool:
    """Send our words again; False where nobody else's were there."""
    found = act.session.get(LetterText, template)
    if found is None:
        return False
    act.session.delete(found)
    _record(act, template, None)
    return True


def _record(act: Act, template: str, said: dict[str, str] | None) -> None:
    """What it says stands beside the chain, as settings in words do: it may name somebody."""
    g.pop("letter_texts", None)
    subject, own = f"letter-text:{template}", said is not None
    act.record(Action.LETTER_TEXT_CHANGED, subject, personal=said, own=own)
