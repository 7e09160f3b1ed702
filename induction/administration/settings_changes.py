"""Changing the institute's settings: checked, audited, and seen by every process at once."""

import hashlib
from typing import Any

from flask import g
from sqlalchemy import JSON, String, select, update

from induction.approvals import asking
from induction.audit.act import Act
from induction.audit.actions import Action
from induction.database import table
from induction.institute.models import Institute
from induction.pictures import as_png

CODES = ("ukprn", "accent", "logo_sha256")  # texts that cannot name a person
IN_WORDS = frozenset(  # they may: what was typed stands beside the chain of acts, never in it
    column.name
    for column in table(Institute).c
    if isinstance(column.type, String | JSON) and column.name not in CODES
)
LOGO_WIDEST, LOGO_HIGHEST = 640, 240  # pixels


def change(act: Act, values: dict[str, Any]) -> list[str]:
    """Store the settings that differ; returns their names."""
    present = act.session.execute(
        select(Institute).where(Institute.id == 1).with_for_update()
    ).scalar_one()
    changed = {k: v for k, v in values.items() if getattr(present, k) != v}
    if not changed:
        return []
    revision, waited = present.revision + 1, present.wait_days
    act.session.execute(
        update(Institute).where(Institute.id == 1).values(revision=revision, **changed)
    )
    g.pop("institute_revision", None)  # what follows here reads them as they are now
    one_person = changed.get("two_people") is False
    wait_days = changed.get("wait_days", 0)
    if one_person or 0 < wait_days < waited:
        shorter = wait_days if wait_days < waited else 0
        asking.tell(
            act, "approvals-loosened", by=act.name, one_person=one_person, wait_days=shorter
        )
    act.record(
        Action.SETTINGS_CHANGED,
        "institute:settings",
        changes={k: _told(v) for k, v in changed.items() if k not in {*IN_WORDS, "logo"}},
        personal={k: v for k, v in changed.items() if k in IN_WORDS},
    )
    return sorted(changed)


def _told(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def as_logo(data: bytes) -> dict[str, Any]:
    """The values to store for a logo. Raises NotAPicture."""
    png = as_png(data, widest=LOGO_WIDEST, highest=LOGO_HIGHEST)
    return {"logo": png, "logo_sha256": hashlib.sha256(png).hexdigest()}
