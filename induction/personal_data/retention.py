"""How long each class of record is kept, why, and what is past its time."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.audit.models import AuditEntry, AuditPersonal
from induction.database import rows_hit
from induction.journey.models import Enrolment, Progress
from induction.mail.models import OutboxMail
from induction.people.models import IS_STAFF, Account
from induction.personal_data import erasure
from induction.personal_data.models import RetentionRule
from induction.reports import screenshots
from induction.reports.models import BreachNote, BreachReport, ReportState


@dataclass(frozen=True, slots=True)
class RetentionPeriod:
    """One class of record: how many months it is kept after what, and on which legal basis."""

    record_class: str
    title: str
    after: str
    months: int
    basis: str
    floor: int = 1  # months; a shorter period takes two people

    @property
    def kept_for(self) -> str:
        """In years where it is full years: “7 years”, “18 months”."""
        years, rest = divmod(self.months, 12)
        count, unit = (self.months, "month") if rest or not years else (years, "year")
        return f"{count} {unit}{'' if count == 1 else 's'}"


# What we suggest: six full years and the current one, as providers keep evidence of funded
# learning. Each institute decides for itself; what is evidence is kept shorter by two people alone.
SUGGESTED = (
    RetentionPeriod(
        "learners",
        "A learner’s details, answers, declaration and certificates",
        "their last activity",
        84,
        "Legal obligation and public task: evidence of a mandatory induction",
        floor=84,
    ),
    RetentionPeriod(
        "audit",
        "Names and addresses beside the record of acts",
        "the act",
        84,
        "Legitimate interest: being able to show who did what",
        floor=84,
    ),
    RetentionPeriod(
        "reports",
        "Reports of a breach, with their screenshots",
        "they were closed",
        36,
        "Legitimate interest: handling complaints and disciplinary procedures",
        floor=36,
    ),
    RetentionPeriod("mail", "Messages that were sent", "they were sent", 6, "Legitimate interest"),
)


def rules(session: Session) -> list[RetentionPeriod]:
    """The rules in force: the institute's own, and our suggestion where it has none."""
    own = {r.record_class: r for r in session.scalars(select(RetentionRule))}
    return [
        replace(r, months=o.months, basis=o.basis) if (o := own.get(r.record_class)) else r
        for r in SUGGESTED
    ]


def months_before(now: datetime, months: int) -> datetime:
    """The same time so many months ago; the 28th where that month has no such day."""
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    return now.replace(year=year, month=month + 1, day=min(now.day, 28))


def past_learners(session: Session, before: datetime) -> list[Account]:
    """Learners whose last activity is older; enrolled people who never began count from then."""
    last = func.coalesce(Progress.last_activity_at, Enrolment.enrolled_at)
    # Nobody is active before they are enrolled: so an index leaves out whoever came since.
    long_here = Enrolment.enrolled_at < before
    return list(
        session.scalars(
            select(Account)
            .join(Enrolment, Enrolment.account_id == Account.id)
            .join(Progress, Progress.enrolment_id == Enrolment.id)
            .where(Account.erased_at.is_(None), ~IS_STAFF, long_here, last < before)
            .order_by(Account.sort_name, Account.id)
        ).unique()
    )


def _old_acts(before: datetime) -> ColumnElement[bool]:
    return AuditPersonal.seq.in_(
        select(AuditEntry.seq).where(AuditEntry.at < before.isoformat(timespec="microseconds"))
    )


def _old_reports(before: datetime) -> ColumnElement[bool]:
    return (BreachReport.state == ReportState.CLOSED.value) & (BreachReport.changed_at < before)


def _old_mail(before: datetime) -> ColumnElement[bool]:
    return OutboxMail.sent_at < before


def dry_run(
    session: Session, *, now: datetime, least: Mapping[str, int] | None = None
) -> list[tuple[RetentionPeriod, int, list[str]]]:
    """For each class: how many would go, and some of them by name. Nothing is changed.

    ``least`` are months that hold where the period is shorter today.
    """
    found: list[tuple[RetentionPeriod, int, list[str]]] = []
    for rule in rules(session):
        before = _before(rule, now, least)
        if rule.record_class == "learners":
            people = past_learners(session, before)
            found.append((rule, len(people), [p.full_name for p in people[:200]]))
            continue
        source, condition = {
            "audit": (AuditPersonal, _old_acts(before)),
            "reports": (BreachReport, _old_reports(before)),
            "mail": (OutboxMail, _old_mail(before)),
        }[rule.record_class]
        count = session.scalar(select(func.count()).select_from(source).where(condition)) or 0
        found.append((rule, count, []))
    return found


def _before(rule: RetentionPeriod, now: datetime, least: Mapping[str, int] | None) -> datetime:
    return months_before(now, max(rule.months, (least or {}).get(rule.record_class, 0)))


def periods(session: Session) -> dict[str, int]:
    """The months of each class today."""
    return {rule.record_class: rule.months for rule in rules(session)}


@dataclass(slots=True)
class LetGo:
    """What went: how many of each class, and which reports."""

    learners: int = 0
    audit: int = 0
    mail: int = 0
    reports: tuple[str, ...] = ()  # public ids

    def __str__(self) -> str:
        return (
            f"Gone: {self.learners} learners, {self.audit} names and addresses beside the record of"
            f" acts, {len(self.reports)} reports, {self.mail} messages."
        )


def carry_out(
    act: Act, instance: Path, *, as_of: datetime, least: Mapping[str, int] | None = None
) -> LetGo:
    """Let everything go whose time was over at ``as_of``, as it was shown then; says what went.

    Whoever has been active since then is kept.
    """
    session, gone = act.session, LetGo()
    for rule in rules(session):
        before = _before(rule, as_of, least)
        if rule.record_class == "learners":
            people = past_learners(session, before)
            erasure.erase_all(act, people, instance)
            gone.learners = len(people)
        elif rule.record_class == "audit":
            gone.audit = rows_hit(session, delete(AuditPersonal).where(_old_acts(before)))
        elif rule.record_class == "reports":
            gone.reports = _forget_reports(session, before)
        else:
            gone.mail = rows_hit(session, delete(OutboxMail).where(_old_mail(before)))
    act.record(
        Action.LET_GO,
        "retention",
        learners=gone.learners,
        audit=gone.audit,
        reports=len(gone.reports),
        mail=gone.mail,
        which=[f"report:{public_id}" for public_id in gone.reports],
    )
    return gone


def _forget_reports(session: Session, before: datetime) -> tuple[str, ...]:
    found = session.execute(
        select(BreachReport.id, BreachReport.public_id)
        .where(_old_reports(before))
        .order_by(BreachReport.id)
    ).all()
    ids = [row.id for row in found]
    screenshots.forget(session, ids)
    session.execute(delete(BreachNote).where(BreachNote.report_id.in_(ids)))
    session.execute(delete(BreachReport).where(BreachReport.id.in_(ids)))
    return tuple(row.public_id for row in found)
