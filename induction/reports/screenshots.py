"""The pictures that came with reports: files in the instance folder, named by their digest."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from flask import current_app
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from induction.config import Settings
from induction.pictures import NotAPicture, as_png
from induction.reports.models import BreachPicture, BreachReport

MOST = 5  # with one report
SIDE = 2000  # pixels; a screenshot stays readable


def uploads() -> Path:
    """Where they are kept: outside the web root."""
    settings: Settings = current_app.extensions["settings"]
    return settings.instance / "uploads"


def drawn(files: Sequence[bytes]) -> tuple[bytes, ...]:
    """The pictures of a report, drawn anew as PNG. Raises NotAPicture."""
    if len(files) > MOST:
        raise NotAPicture(f"Choose at most {MOST} pictures.")
    return tuple(as_png(data, widest=SIDE, highest=SIDE) for data in files)


def keep(session: Session, report: BreachReport, pictures: Sequence[bytes], folder: Path) -> None:
    """Keep the pictures of a report, each file whole or not at all."""
    for png in pictures:
        digest = hashlib.sha256(png).hexdigest()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = folder / f".{digest}"
        partial.write_bytes(png)
        partial.replace(folder / f"{digest}.png")
        session.add(BreachPicture(report_id=report.id, sha256=digest))


def forget(session: Session, reports: Sequence[int], folder: Path) -> None:
    """Let go of the pictures of these reports; a file that another report has too stays."""
    theirs = BreachPicture.report_id.in_(reports)
    digests = set(session.scalars(select(BreachPicture.sha256).where(theirs)))
    session.execute(delete(BreachPicture).where(theirs))
    shared = select(BreachPicture.sha256).where(BreachPicture.sha256.in_(digests))
    for digest in digests - set(session.scalars(shared)):
        (folder / f"{digest}.png").unlink(missing_ok=True)
