"""The pictures that came with reports: files in the instance folder, named by their digest."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from induction.reports.models import BreachPicture


def forget(session: Session, reports: Sequence[int], folder: Path) -> None:
    """Let go of the pictures of these reports; a file that another report has too stays."""
    theirs = BreachPicture.report_id.in_(reports)
    digests = set(session.scalars(select(BreachPicture.sha256).where(theirs)))
    session.execute(delete(BreachPicture).where(theirs))
    shared = select(BreachPicture.sha256).where(BreachPicture.sha256.in_(digests))
    for digest in digests - set(session.scalars(shared)):
        (folder / f"{digest}.png").unlink(missing_ok=True)
