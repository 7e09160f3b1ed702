"""The register of certificates: what can be asked of it, and its rows.

First the ids that fit, from narrow indexed tables; then the facts of those on the page. So a page
costs the same however many certificates there are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, false, func, or_, select
from sqlalchemy.orm import Session

from induction.certificates.earned import Earned, earned_as_stored
from induction.certificates.models import (
    Certificate,
    CertificateFile,
    CertificateRecordRow,
    Revocation,
    Supersession,
)
from induction.certificates.number import normalise
from induction.certificates.status import CertificateStatus, has_status
from induction.database import AnyRow, AnySelect, chunks, table
from induction.journey.models import Enrolment, Progress
from induction.paging import Pages, page_of
from induction.people.models import Account, Cohort, CohortTutor, Membership
from induction.searching import matching, patterns
from induction.uk_time import uk_day_after, uk_midnight

MOST_COUNTED = 1000  # of a list on a page; files hold all of it
BATCH = 1280  # rows that are held in memory together


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of the register. Empty fields ask nothing."""

    search: str = ""  # in names, references and numbers
    cohorts: tuple[str, ...] = ()  # public ids: in one of these at the time of issue
    audience: str = ""
    tutor: str = ""  # public id of who looks after that cohort
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
        return words | {"search": "given"} if "search" in words else words


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
    if wanted.tutor:
        tutor = select(Account.id).where(Account.public_id == wanted.tutor).scalar_subquery()
        yield _issued_in(select(CohortTutor.cohort_id).where(CohortTutor.account_id == tutor))
    if wanted.started or wanted.started_by:
        yield Certificate.enrolment_id.in_(
            select(Enrolment.id)
            .outerjoin(Progress, Progress.enrolment_id == Enrolment.id)
            .where(*started(wanted))
        )
    if wanted.audience:
        learning_so = select(Account.id).where(Account.audience == wanted.audience)
        yield Certificate.account_id.in_(learning_so)


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
    """By what was typed: a whole number, the beginning of a number or reference, part of a name.

    Numbers and references are found through their indexes, names by reading the index of names.
    """
    number = normalise(search)
    if number:
        return Certificate.number == number
    if " " not in search and any(c.isdigit() for c in search):
        upper = search.upper()
        return or_(
            _begins(Certificate.number, upper),
            Certificate.account_id.in_(
                select(Account.id).where(
                    or_(_begins(Account.learner_ref, search), _begins(Account.learner_ref, upper))
                )
            ),
        )
    named = select(CertificateRecordRow.certificate_id).where(
        matching(patterns(search), CertificateRecordRow.name)
    )
    if " " in search or not search.isascii():
        return Certificate.id.in_(named)
    # One in six beginnings of a number has no digit in it, and may be part of a name as well.
    return or_(Certificate.id.in_(named), _begins(Certificate.number, search.upper()))


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
    .outerjoin(Membership.__table__, _at_issue())
    .outerjoin(Cohort.__table__, Cohort.id == Membership.cohort_id)
    .outerjoin(CertificateRecordRow.__table__, _R.certificate_id == _C.id)
    .outerjoin(Supersession.__table__, _S.certificate_id == _C.id)
    .outerjoin(_BY, _BY.c.id == _S.by_id)
    .outerjoin(Revocation.__table__, _V.certificate_id == _C.id)
)


def rows(session: Session, of: Sequence[int]) -> list[AnyRow]:
    """The facts of these certificates, newest first."""
    return list(session.execute(_ROWS.where(Certificate.id.in_(of)).order_by(*_NEWEST)))


def batches(session: Session, wanted: Wanted, today: date) -> Iterator[Sequence[AnyRow]]:
    """All that fit, oldest first, a few at a time: no reading is open between two batches.

    Certificates issued meanwhile are left out.
    """
    newest = session.scalar(select(func.max(Certificate.id))) or 0
    query = _ROWS.where(Certificate.id > bindparam("after"), Certificate.id <= newest)
    if wanted != Wanted():  # in a query of its own: its conditions ask the tables joined here
        query = query.where(Certificate.id.in_(ids(wanted, today)))
    query, after = query.order_by(Certificate.id).limit(BATCH), 0
    while True:
        found = session.execute(query, {"after": after}).all()
        if found:
            yield found
        if len(found) < BATCH:
            return
        after = found[-1].id


def files(session: Session, of: Sequence[int]) -> dict[int, AnyRow]:
    """The stored files of these certificates with their digests, by their ids."""
    file = table(CertificateFile)
    query = select(file.c.certificate_id, file.c.pdf, file.c.sha256)
    found = session.connection().execute(query.where(file.c.certificate_id.in_(of))).all()
    return {row.certificate_id: row for row in found}


def earned(session: Session, of: Sequence[int]) -> dict[int, Earned]:
    """How these certificates were earned, by their ids; nothing of whoever was erased."""
    found: dict[int, Earned] = {}
    for some in chunks(of):
        query = select(_R.certificate_id, _R.record).where(_R.certificate_id.in_(some))
        for row in session.execute(query):
            found[row.certificate_id] = earned_as_stored(row.record)
    return found


def count(session: Session, wanted: Wanted, today: date) -> int:
    """How many fit."""
    return session.scalar(select(func.count()).select_from(ids(wanted, today).subquery())) or 0


def count_without_file(session: Session, wanted: Wanted, today: date) -> int:
    """How many of them have to be drawn first."""
    query = (
        select(func.count(Certificate.id))
        .join(CertificateRecordRow, CertificateRecordRow.certificate_id == Certificate.id)
        .outerjoin(CertificateFile, CertificateFile.certificate_id == Certificate.id)
        .where(CertificateFile.certificate_id.is_(None), Certificate.id.in_(ids(wanted, today)))
    )
    return session.scalar(query) or 0


def page(session: Session, query: Select[int]) -> tuple[list[AnyRow], Pages]:
    """The page of certificates that the address asks for, newest first. Three queries."""
    found, pages = page_of(session, query.order_by(*_NEWEST), most=MOST_COUNTED)
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
