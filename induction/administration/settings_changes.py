"""Changing the institute's settings: checked, audited, and seen by every process at once."""

import hashlib
from typing import Any

from sqlalchemy import select, update

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.institute.models import Institute
from induction.pictures import as_png

IN_WORDS = (  # they may name a person
    *("name", "contact", "signatory", "safeguarding_name", "safeguarding_phone"),
    *("safeguarding_email", "out_of_hours", "leaders", "checkpoint_email"),
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
    revision = present.revision + 1
    act.session.execute(
        update(Institute).where(Institute.id == 1).values(revision=revision, **changed)
    )
    act.record(
        Action.SETTINGS_CHANGED,
        "institute:settings",
        changes={k: v for k, v in changed.items() if k not in (*IN_WORDS, "logo")},
        personal={k: changed[k] for k in IN_WORDS if k in changed},
    )
    return sorted(changed)


def as_logo(data: bytes) -> dict[str, Any]:
    """The values to store for a logo. Raises NotAPicture."""
    png = as_png(data, widest=LOGO_WIDEST, highest=LOGO_HIGHEST)
    return {"logo": png, "logo_sha256": hashlib.sha256(png).hexdigest()}
