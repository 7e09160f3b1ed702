"""What an address asks of the register, and the form that asks it."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.certificates.models import Certificate
from induction.certificates.status import CertificateStatus
from induction.people.models import Account, Cohort, CohortTutor
from induction.policy.store import content
from induction.register.listing import Wanted
from induction.uk_time import uk_date

MOST_COHORTS, MOST_TUTORS = 100, 50  # to choose from


def wanted() -> Wanted:
    """The register's filters from the address; what makes no sense asks nothing."""
    status = _text("status")
    return Wanted(
        search=_text("search"),
        cohorts=tuple(
            text.strip()[:100] for text in request.values.getlist("cohort") if text.strip()
        ),
        named=_text("named"),
        audience=_text("audience"),
        tutor=_text("tutor"),
        taught_by=_text("taught_by"),
        version=day("version"),
        first=day("first"),
        last=day("last"),
        started=day("started"),
        started_by=day("started_by"),
        status=CertificateStatus(status) if status in [*CertificateStatus] else None,
        ends=day("ends"),
    )


def _text(name: str) -> str:
    return request.values.get(name, "").replace("\0", "").strip()[:100]


def day(name: str) -> date | None:
    """A date of the address or the form, or None."""
    try:
        return date.fromisoformat(_text(name))
    except ValueError:
        return None


def filters(session: Session, asked: Wanted) -> list[dict[str, Any]]:
    """The filter form above the register."""
    cohorts, all_of_them = _cohorts(session, asked)
    named = text_field("named", "Cohort or programme", asked.named)
    return [
        text_field("search", "Name, reference or number", asked.search),
        select_field("status", "State", asked.status or "", _statuses(), "Every state"),
        {
            "name": "cohort",
            "label": "Cohorts" if all_of_them else "Newest cohorts",
            "kind": "several",
            "value": asked.cohorts,
            "choices": cohorts,
        },
        *([] if all_of_them and not asked.named else [named]),
        *_tutor_fields(session, asked),
        select_field("audience", "Learning as", asked.audience, _audiences(), "Everyone"),
        select_field("version", "Policy version", str(asked.version or ""), _versions(session),
                     "Every version"),
        date_field("started", "Started from", asked.started),
        date_field("started_by", "Started to", asked.started_by),
        date_field("first", "Issued from", asked.first),
        date_field("last", "Issued to", asked.last),
        date_field("ends", "Runs out by", asked.ends),
    ]  # fmt: skip


def in_words(session: Session, asked: Wanted) -> dict[str, str]:
    """What is asked, as the form's labels and choices say it."""
    return {f["label"]: _in_words(f) for f in filters(session, asked) if f["value"]}


def _in_words(field: dict[str, Any]) -> str:
    value, choices = field["value"], dict(field.get("choices", ()))
    if field["kind"] == "date":
        return uk_date(value)
    if field["kind"] == "several":
        return "; ".join(choices.get(one, one) for one in value)
    return str(choices.get(value, value))


def select_field(
    name: str, label: str, value: str, choices: Iterable[tuple[str, str]], everything: str
) -> dict[str, Any]:
    """A choice among several; the first asks nothing."""
    found = [("", everything), *choices]
    return {"name": name, "label": label, "kind": "select", "value": value, "choices": found}


def text_field(name: str, label: str, value: str) -> dict[str, Any]:
    """Words."""
    return {"name": name, "label": label, "kind": "text", "value": value}


def date_field(name: str, label: str, value: date | None) -> dict[str, Any]:
    """A day."""
    return {
        "name": name,
        "label": label,
        "kind": "date",
        "value": value.isoformat() if value else "",
    }


def _cohorts(session: Session, asked: Wanted) -> tuple[list[tuple[str, str]], bool]:
    """Those to choose from, and whether they are all that there are.

    Of many the newest and those that were chosen; others are named.
    """
    newest = select(Cohort.public_id, Cohort.name).order_by(Cohort.id.desc())
    rows = [*session.execute(newest.limit(MOST_COHORTS + 1))]
    found = {row.public_id: row.name for row in rows[:MOST_COHORTS]}
    if missing := [one for one in asked.cohorts if one not in found]:
        chosen = newest.where(Cohort.public_id.in_(missing))
        found |= {row.public_id: row.name for row in session.execute(chosen)}
    return sorted(found.items(), key=lambda one: one[1]), len(rows) <= MOST_COHORTS


def _tutor_fields(session: Session, asked: Wanted) -> Iterator[dict[str, Any]]:
    """A choice of all tutors; of many, only the one whom the address names, and a name to type."""
    teaching = select(CohortTutor.account_id).distinct()
    several = [*session.scalars(teaching.limit(MOST_TUTORS + 1))]
    all_of_them = len(several) <= MOST_TUTORS
    if all_of_them or asked.tutor:
        meant = Account.id.in_(several) if all_of_them else Account.public_id == asked.tutor
        found = select(Account.public_id, Account.full_name).where(meant)
        rows = session.execute(found.order_by(Account.sort_name, Account.id))
        choices = [(row.public_id, row.full_name) for row in rows]
        yield select_field("tutor", "Tutor", asked.tutor, choices, "Every tutor")
    if asked.taught_by or not all_of_them:
        yield text_field("taught_by", "Tutor’s name", asked.taught_by)


def _statuses() -> list[tuple[str, str]]:
    return [(status.value, status.label) for status in CertificateStatus]


def _audiences() -> list[tuple[str, str]]:
    return [(name, name.capitalize()) for name in content().policy.audiences]


def _versions(session: Session) -> list[tuple[str, str]]:
    """The versions that certificates are of: a walk along the index, one step a version."""
    found: list[tuple[str, str]] = []
    last: date | None = None
    while True:
        query = select(Certificate.policy_version).order_by(Certificate.policy_version.desc())
        query = query.where(Certificate.policy_version < last) if last else query
        last = session.scalar(query.limit(1))
        if last is None:
            return found
        found.append((last.isoformat(), uk_date(last)))
