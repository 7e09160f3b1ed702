"""The register of certificates: what can be asked of it, and its rows.

First the ids that fit, from narrow indexed tables; then the facts of those on the page. So a page
costs the same however many certificates there are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, false, func, or_, select
from sqlalchemy.orm import Session, aliased

from induction.certificates.models import (
    Certificate,
    CertificateFile,
    CertificateRecordRow,
    Revocation,
    Supersession,
)
from induction.certificates.number import normalise
from induction.certificates.queries import ACTS
from induction.certificates.status import CertificateStatus, has_status
from induction.database import AnyRow, AnySelect, chunks
from induction.journey.models import Enrolment, Progress
from induction.paging import Pages, page_found, plainly
from induction.people.finding import found_by
from induction.people.models import Account, Cohort, CohortTutor, Membership
from induction.searching import matching, patterns
from induction.uk_time import uk_day_after, uk_midnight

MOST_COUNTED = 1000  # of a list on a page; files hold all of it
_Tutor = aliased(Account)
TOGETHER = 64  # certificates that are held in memory at once: with files, two or three megabytes


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of the register. Empty fields ask nothing."""

    search: str = ""  # in names, references and numbers
    cohorts: tuple[str, ...] = ()  # public ids: in one of these at the time of issue
    named: str = ""  # in a cohort in whose name or programme these words are, at that time
    audience: str = ""
    tutor: str = ""  # public id of who looks after that cohort
    taught_by: str = ""  # words of the name of who does
    version: date | None = None  # of the policy
    first: date | None = None  # issued on this day (UK time) or later
    last: date | None = None  # issued on this day or earlier
    started: date | None = None  # their induction, on this day or later
    started_by: date | None = None  # on this day or earlier
    status: CertificateStatus | None = None
    ends: date | None = None  # its last day is this one or earlier

    def as_words(self) -> dict[str, Any]:
        """The fields that ask something, as an address has them: text, or a list of texts."""
        asked = {name: value for name, value in asdict(self).items() if value}
        cohorts = {"cohort": list(asked.pop("cohorts"))} if self.cohorts else {}
        return cohorts | {name: str(value) for name, value in asked.items()}

    def without_names(self) -> dict[str, Any]:
        """The same for the chain: what was searched for may be a name, which stays out of it."""
        words = self.as_words()
        typed = words.keys() & {"search", "named", "taught_by"}
        return words | dict.fromkeys(typed, "given")


def ids(wanted: Wanted, today: date) -> Select[int]:
    """The ids of the certificates that fit."""
    return select(Certificate.id).where(*_conditions(wanted, today))


def _conditions(wanted: Wanted, today: date) -> Iterator[ColumnElement[bool]]:
    if wanted.search:
        yield _found(wanted.search)
    if wanted.version:
        yield Certificate.policy_version == wanted.version
    if wanted.first:
        yield Certificate.issued_at >= uk_midnight(wanted.first)
    if wanted.last:
        yield Certificate.issued_at < uk_day_after(wanted.last)
    if wanted.ends:
        yield Certificate.valid_until <= wanted.ends
    if wanted.status:
        yield has_status(wanted.status, today)
    yield from _holders(wanted)


def _holders(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.cohorts:
        yield _issued_in(select(Cohort.id).where(Cohort.public_id.in_(wanted.cohorts)))
    if wanted.named:
        yield _issued_in(so_named(wanted.named))
    if wanted.tutor or wanted.taught_by:
        yield _issued_in(of_tutors(wanted))
    if wanted.started or wanted.started_by:
        yield Certificate.enrolment_id.in_(
            select(Enrolment.id)
            .outerjoin(Progress, Progress.enrolment_id == Enrolment.id)
            .where(*started(wanted))
        )
    if wanted.audience:
        learning_so = select(Account.id).where(Account.audience == wanted.audience)
        yield Certificate.account_id.in_(learning_so)


def so_named(typed: str) -> Select[int]:
    """The cohorts in whose name or programme each of these words is."""
    return select(Cohort.id).where(matching(patterns(typed), Cohort.name, Cohort.programme))


def of_tutors(wanted: Wanted) -> Select[int]:
    """The cohorts of the tutor who was chosen, and of those whose name was typed."""
    query = select(CohortTutor.cohort_id).join(_Tutor, _Tutor.id == CohortTutor.account_id)
    if wanted.tutor:
        query = query.where(_Tutor.public_id == wanted.tutor)
    if wanted.taught_by:
        query = query.where(found_by(wanted.taught_by, _Tutor.full_name, of=_Tutor.id))
    return query


def started(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    """Conditions on an enrolment and its progress: the day of the first answer.

    Who has not begun counts by the day they were enrolled.
    """
    day = func.coalesce(Progress.begun_at, Enrolment.enrolled_at)
    if wanted.started:
        yield day >= uk_midnight(wanted.started)
    if wanted.started_by:
        yield day < uk_day_after(wanted.started_by)


def _found(search: str) -> ColumnElement[bool]:
    """By what was typed: a number, the beginning of one or of a reference, beginnings of a name.

    Numbers and references are found through their indexes, names by the words of their holders.
    """
    number = normalise(search)
    if number:
        return Certificate.number == number
    one, holder, upper = aliased(Certificate), aliased(Account), search.upper()
    numbered = select(one.id).where(_begins(one.number, upper))
    # One after the other, each by its index: with “or” between them all would be read.
    if " " not in search and any(c.isdigit() for c in search):
        known_so = (_begins(holder.learner_ref, search), _begins(holder.learner_ref, upper))
        theirs = select(one.id).join(holder, holder.id == one.account_id).where(or_(*known_so))
        return Certificate.id.in_(numbered.union(theirs))
    named = (
        select(one.id)
        .join(CertificateRecordRow, CertificateRecordRow.certificate_id == one.id)
        .where(found_by(search, CertificateRecordRow.name, of=one.account_id))
    )
    if " " in search or not search.isascii():
        return Certificate.id.in_(named)
    # One in six beginnings of a number has no digit in it, and may begin a name as well.
    return Certificate.id.in_(named.union(numbered))


def _begins(column: Any, text: str) -> ColumnElement[bool]:
    """A range of the index: everything that begins with this text.

    Numbers and references are not written with the last characters there are.
    """
    last = ord(text[-1])
    if last >= 0xD7FF:  # what follows is no character, or there is none
        return false()
    return and_(column >= text, column < text[:-1] + chr(last + 1))


def _at_issue() -> ColumnElement[bool]:
    """The membership that held when the certificate was issued."""
    return and_(
        Membership.account_id == Certificate.account_id,
        Membership.joined_at <= Certificate.issued_at,
        or_(Membership.left_at.is_(None), Membership.left_at > Certificate.issued_at),
    )


def _issued_in(cohorts: Select[int]) -> ColumnElement[bool]:
    """Certificates of people who were in one of these cohorts at the time of issue."""
    theirs = (
        select(Certificate.id)
        .join(Membership, _at_issue())
        .where(Membership.cohort_id.in_(cohorts))
    )
    return Certificate.id.in_(theirs)


_NEWEST = (Certificate.issued_at.desc(), Certificate.id.desc())
# Plain columns: what the mapper does for each row costs more than reading it.
_C, _R = Certificate.__table__.c, CertificateRecordRow.__table__.c
_A, _S, _V = Account.__table__.c, Supersession.__table__.c, Revocation.__table__.c
_BY = Certificate.__table__.alias("newer")
_ROWS: AnySelect = (
    select(
        _C.id,
        _C.number,
        _C.policy,
        _C.policy_version,
        _C.record_sha256,
        _C.issued_at,
        _C.valid_until,
        _R.name,
        _A.learner_ref,
        _A.uln,
        _A.public_id,
        _A.audience,
        Cohort.__table__.c.name.label("cohort"),
        _S.at.label("superseded_at"),
        _BY.c.number.label("superseded_by"),
        _V.at.label("revoked_at"),
        _V.reason.label("revoked_because"),
    )
    .select_from(Certificate.__table__)
    .join(Account.__table__, _A.id == _C.account_id)
    .outerjoin(Membership.__table__, and_(_at_issue(), Membership.is_main))
    .outerjoin(Cohort.__table__, Cohort.id == Membership.cohort_id)
    .outerjoin(CertificateRecordRow.__table__, _R.certificate_id == _C.id)
    .outerjoin(Supersession.__table__, _S.certificate_id == _C.id)
    .outerjoin(_BY, _BY.c.id == _S.by_id)
    .outerjoin(Revocation.__table__, _V.certificate_id == _C.id)
)

# With what shows whether each agrees with the acts about it, and how it was earned.
_F = CertificateFile.__table__.c
_WITH_RECORDS: AnySelect = (
    _ROWS.add_columns(_R.record, _F.sha256.label("file_sha256"), ACTS.label("acts"))
    .outerjoin(CertificateFile.__table__, _F.certificate_id == _C.id)
    .where(_C.id.in_(bindparam("these", type_=Integer, expanding=True)))
    .order_by(_C.id)
)
_WITH_FILES: AnySelect = _WITH_RECORDS.add_columns(_F.pdf)


def rows(session: Session, of: Sequence[int]) -> list[AnyRow]:
    """The facts of these certificates, newest first."""
    return list(session.execute(_ROWS.where(Certificate.id.in_(of)).order_by(*_NEWEST)))


def batches(
    session: Session, wanted: Wanted, today: date, *, files: bool = False
) -> Iterator[Sequence[AnyRow]]:
    """All that fit with their records, and with their files where wanted: oldest first, a few
    at a time. No reading is open between two batches; certificates issued meanwhile are left out.
    """
    fit = session.scalars(ids(wanted, today).order_by(Certificate.id)).all()
    query = _WITH_FILES if files else _WITH_RECORDS
    for some in chunks(fit, TOGETHER):
        yield plainly(session.connection().execute(query, {"these": some}))


def count(session: Session, wanted: Wanted, today: date) -> int:
    """How many fit."""
    return session.scalar(select(func.count()).select_from(ids(wanted, today).subquery())) or 0


def count_without_file(session: Session, wanted: Wanted, today: date) -> int:
    """How many of them have to be drawn first."""
    if wanted == Wanted():  # a file is made of a record, and goes with it
        records, files = (
            select(func.count()).select_from(of).scalar_subquery()
            for of in (CertificateRecordRow, CertificateFile)
        )
        return session.scalar(select(records - files)) or 0
    query = (
        select(func.count(Certificate.id))
        .join(CertificateRecordRow, CertificateRecordRow.certificate_id == Certificate.id)
        .outerjoin(CertificateFile, CertificateFile.certificate_id == Certificate.id)
        .where(CertificateFile.certificate_id.is_(None), Certificate.id.in_(ids(wanted, today)))
    )
    return session.scalar(query) or 0


def page(session: Session, query: Select[int]) -> tuple[list[AnyRow], Pages]:
    """The page of certificates that the address asks for, newest first. Two queries."""
    newest = query.order_by(*_NEWEST)
    found, pages = page_found(session, newest, counted=MOST_COUNTED, goes_on=False)
    return rows(session, [row.id for row in found]), pages


def average_size(session: Session) -> int:
    """Bytes of a certificate's file, from the newest ones; 0 where there is none."""
    newest = (
        select(func.length(CertificateFile.pdf).label("size"))
        .order_by(CertificateFile.certificate_id.desc())
        .limit(100)
        .subquery()
    )
    return round(session.scalar(select(func.avg(newest.c.size))) or 0)
