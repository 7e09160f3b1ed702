"""Changing the institute's settings: checked, audited, and seen by every process at once."""

import hashlib
import io
from datetime import datetime
from typing import Any

from PIL import Image, UnidentifiedImageError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from induction.audit.actions import Action
from induction.audit.record import record
from induction.institute.models import InstituteSettings

LOGO_WIDEST, LOGO_HIGHEST = 640, 240  # pixels
MOST_PIXELS = 40_000_000  # a picture that unpacks to more is refused before it is unpacked


class NotAPicture(ValueError):
    """The file cannot be used as a picture. The message is for whoever chose it."""


def change(session: Session, values: dict[str, Any], *, actor: str, now: datetime) -> list[str]:
    """Store the settings that differ; returns their names. Call it inside ``writing()``."""
    present = session.execute(
        select(InstituteSettings).where(InstituteSettings.id == 1).with_for_update()
    ).scalar_one()
    changed = {k: v for k, v in values.items() if getattr(present, k) != v}
    if not changed:
        return []
    revision = present.revision + 1
    session.execute(
        update(InstituteSettings)
        .where(InstituteSettings.id == 1)
        .values(revision=revision, **changed)
    )
    record(
        session,
        Action.SETTINGS_CHANGED,
        "institute:settings",
        actor=actor,
        now=now,
        details={"changes": {k: v for k, v in changed.items() if k != "logo"}},
    )
    return sorted(changed)


def as_logo(data: bytes) -> dict[str, Any]:
    """The values to store for a logo: drawn anew as PNG, so that nothing else is in the file.

    Raises NotAPicture for anything but a PNG, JPEG or WebP picture of a sensible size.
    """
    picture = opened(data)
    picture.thumbnail((LOGO_WIDEST, LOGO_HIGHEST))
    out = io.BytesIO()
    picture.convert("RGBA").save(out, "PNG", optimize=True)
    png = out.getvalue()
    return {"logo": png, "logo_sha256": hashlib.sha256(png).hexdigest()}


def opened(data: bytes) -> Image.Image:
    """The picture in an upload, by its content and not by its name. Raises NotAPicture."""
    try:
        picture = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP"))
        if picture.width * picture.height > MOST_PIXELS:
            raise NotAPicture("The picture is too large. Use one of at most 40 million pixels.")
        picture.load()
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise NotAPicture(
            "This is not a PNG, JPEG or WebP picture. Choose another file."
        ) from error
    return picture
