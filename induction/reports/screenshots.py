"""The pictures that came with reports, in the database: every machine can show them."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from induction.pictures import NotAPicture, as_png
from induction.reports.models import BreachPicture, BreachReport

MOST = 5  # with one report
SIDE = 2000  # pixels; a screenshot stays readable
FOLDER = "uploads"  # of the instance: where earlier releases kept them, as files


def drawn(files: Sequence[bytes]) -> tuple[bytes, ...]:
    """The pictures of a report, drawn anew as PNG. Raises NotAPicture."""
    if len(files) > MOST:
        raise NotAPicture(f"Choose at most {MOST} pictures.")
    return tuple(as_png(data, widest=SIDE, highest=SIDE) for data in files)


def keep(session: Session, report: BreachReport, pictures: Sequence[bytes]) -> None:
    """Keep the pictures of a report, in the transaction that keeps the report."""
    for png in pictures:
        digest = hashlib.sha256(png).hexdigest()
        session.add(BreachPicture(report_id=report.id, sha256=digest, png=png))


def forget(session: Session, reports: Sequence[int]) -> None:
    """Let go of the pictures of these reports."""
    session.execute(delete(BreachPicture).where(BreachPicture.report_id.in_(reports)))


def take_in(session: Session, instance: Path) -> list[Path]:
    """Move into the database what an earlier release kept as files on this machine.

    Returns the files that are of no use any more: remove them after the commit. A file that
    belongs to no report is one of them.
    """
    found = sorted((instance / FOLDER).glob("*.png"))
    for path in found:
        png = path.read_bytes()
        waiting = (BreachPicture.sha256 == path.stem, BreachPicture.png.is_(None))
        if hashlib.sha256(png).hexdigest() == path.stem:
            session.execute(update(BreachPicture).where(*waiting).values(png=png))
    wanted = select(BreachPicture.sha256).where(BreachPicture.png.is_(None))
    kept = set(session.scalars(wanted))
    return [path for path in found if path.stem not in kept]
