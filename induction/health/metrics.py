"""Figures for whoever watches many services: from the database, in one query, of nobody."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from induction.audit.models import AuditHead
from induction.kept_backups.models import KeptBackup
from induction.mail.models import FailingChore, OutboxMail, WorkerBeat

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as Prometheus reads it; a time is in seconds since 1970, and 0 for never."""

    name: str
    kind: str  # counter or gauge
    words: str


FIGURES = (
    Figure("induction_acts_total", "counter", "Acts on record."),
    Figure("induction_letters_waiting", "gauge", "Letters that have not gone yet."),
    Figure("induction_letters_late", "gauge", "Letters that were tried, and have not gone."),
    Figure("induction_chores_failing", "gauge", "Chores of the worker whose last try failed."),
    Figure("induction_worker_beat_seconds", "gauge", "When the worker last ran."),
    Figure("induction_backup_seconds", "gauge", "The moment that the newest good backup is of."),
)


def in_text(session: Session) -> str:
    """All of them, with what each is. None costs more where there are more learners."""
    waits = (OutboxMail.sent_at.is_(None), OutboxMail.refused_at.is_(None))
    waiting = select(func.count(OutboxMail.id)).where(*waits)
    row = session.execute(
        select(
            select(AuditHead.seq).scalar_subquery(),
            waiting.scalar_subquery(),
            waiting.where(OutboxMail.tries > 0).scalar_subquery(),
            select(func.count(FailingChore.name)).scalar_subquery(),
            select(WorkerBeat.at).scalar_subquery(),
            select(func.max(KeptBackup.made_at)).scalar_subquery(),
        )
    ).one()
    values = (*row[:4], *(at.timestamp() if at else 0 for at in row[4:]))
    lines = []
    for figure, value in zip(FIGURES, values, strict=True):
        lines += [
            f"# HELP {figure.name} {figure.words}",
            f"# TYPE {figure.name} {figure.kind}",
            f"{figure.name} {value}",
        ]
    return "\n".join(lines) + "\n"
