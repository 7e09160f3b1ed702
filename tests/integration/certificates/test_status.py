"""A certificate has one status, whoever is asked: Python for one, the database for many."""

from datetime import UTC, datetime, timedelta
from itertools import product

from sqlalchemy import delete, insert, select, update

from induction.certificates.models import (
    Certificate,
    CertificateRecordRow,
    Revocation,
    Supersession,
)
from induction.certificates.queries import by_number
from induction.certificates.status import CertificateStatus, has_status
from induction.database import writing
from induction.people.models import Account, Role
from induction.uk_time import uk_day
from tests.support.cast import Cast

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_whatever_has_happened_to_a_certificate_python_and_database_agree(tiny: Cast) -> None:
    everything = list(product((False, True), repeat=4))
    numbers = [
        tiny.graduate(
            tiny.learner(), now=NOW - timedelta(days=400 if ended else 20), valid_months=12
        )
        for _, _, _, ended in everything
    ]
    seen, today = {}, uk_day(NOW)
    with tiny.app.app_context(), writing() as session:
        ids = {row.number: row.id for row in session.scalars(select(Certificate))}
        for number, (revoked, erased, replaced, _) in zip(numbers, everything, strict=True):
            which, at = {"certificate_id": ids[number]}, {"at": NOW}
            if revoked:
                gone = {"reason": "x", "actor": "system"}
                session.execute(insert(Revocation).values(**which, **at, **gone))
            if replaced:
                session.execute(
                    insert(Supersession).values(**which, **at, by_id=ids[number], reason="")
                )
            if erased:
                whose = select(Certificate.account_id).where(Certificate.number == number)
                session.execute(
                    update(Account)
                    .where(Account.id == whose.scalar_subquery())
                    .values(erased_at=NOW)
                )
                mine = CertificateRecordRow.certificate_id == ids[number]
                session.execute(delete(CertificateRecordRow).where(mine))
        for number in numbers:
            held = by_number(session, number)
            assert held is not None
            seen[number] = held.status(today)
        for status in CertificateStatus:
            fits = session.scalars(select(Certificate.number).where(has_status(status, today)))
            assert set(fits) == {n for n, found in seen.items() if found is status}, status
    assert set(seen.values()) == {*CertificateStatus}
    assert [seen[n] for n in numbers].count(CertificateStatus.REVOKED) == 8, "it goes before all"


def test_every_place_calls_a_status_by_the_same_words(tiny: Cast) -> None:
    tutor = tiny.account(Role.ADMIN)
    learner = tiny.learner("Amina Yusuf")
    number = tiny.graduate(learner, now=NOW - timedelta(days=400), valid_months=12)
    officer, holder = tiny.signed_in(tiny.account(Role.COMPLIANCE)), tiny.signed_in(learner)
    for visitor, page in (
        (holder, "/certificates"),
        (holder, f"/certificates/{number}"),
        (tiny.signed_in(tutor), f"/tutor/learners/{learner.public_id}"),
        (officer, "/compliance/certificates?status=expired"),
        (officer, f"/compliance/certificates/{number}/evidence"),
    ):
        assert CertificateStatus.EXPIRED.label in visitor.read(page).text, page
