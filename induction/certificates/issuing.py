"""Whether a certificate may be issued, and issuing it: in the transaction of the act behind it."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from induction.approvals import asking
from induction.audit.act import Act
from induction.audit.actions import Action
from induction.certificates.earned import at_first_sight
from induction.certificates.models import (
    Certificate,
    CertificateRecordRow,
    CurrentCertificate,
    Supersession,
)
from induction.certificates.number import new_number
from induction.certificates.record import (
    SCHEMA,
    Answer,
    CertificateRecord,
    DecidedClause,
    Learner,
    PassedSection,
    Provider,
    RecordedDeclaration,
    RecordedPolicy,
    Score,
    SectionPace,
    canonical_bytes,
    fingerprint,
    printable,
)
from induction.institute import Institute
from induction.mail import by_hand
from induction.mail.letters import Letter
from induction.people.models import Account
from induction.uk_time import uk_day

# Why a certificate takes an earlier one's place.
FOR_NEWER_VERSION = "renewed for a newer version of the policy"
RENEWED = "renewed by its holder, with a new final check and declaration"


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What a certificate says, from the journey that earned it."""

    learner: Learner
    policy: RecordedPolicy
    begun_at: str
    completed_at: str
    score: Score
    sections: list[PassedSection]
    declaration: RecordedDeclaration
    answers: list[Answer]
    decided: list[DecidedClause]
    pace: list[SectionPace]


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues: named as on the certificate, the address that verifies it, and for how long."""

    provider: Provider
    base_url: str
    valid_months: int = 0  # 0: no end
    word_first: bool = False  # none while a tutor is still to have a word
    first_sight: bool = False  # print how many answers were right at first sight
    by_letter: bool = True  # holders are told that they have finished


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a certificate is, and for which enrolment."""

    account_id: int
    enrolment_id: int


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate that was issued."""

    id: int
    number: str


def issue(
    act: Act,
    facts: CertificateFacts,
    holder: Holder,
    issuer: Issuer,
    *,
    instead: str = FOR_NEWER_VERSION,
) -> str:
    """Issue a certificate for what has been earned, and return its number.

    One that was current until now is superseded by it, for the reason in ``instead``. The primary
    key of ``current_certificate`` refuses a second current one for the same learner and policy
    version, whoever asks at the same time.
    """
    number = new_number()
    earlier = _current(act.session, holder.account_id, facts.policy["slug"])
    record = composed(facts, number, issuer, now=act.now)
    record["supersedes"] = earlier[0].number if earlier else None
    record["valid_until"] = last_day(act.now, issuer.valid_months)
    for old in earlier:
        end_being_current(act.session, old.id)
    new = put(act, record, holder)
    for old in earlier:
        make_way(act, old, new, instead, account_id=holder.account_id)
    return number


def issuer_of(here: Institute, base_url: str) -> Issuer:
    """The institute as it issues certificates from now on."""
    provider: Provider = {"name": here.name, "ukprn": here.ukprn or None}
    if here.signatory:
        provider["signatory"] = here.signatory
    return Issuer(
        provider, base_url, here.validity_months, here.word_first, first_sight=here.first_sight
    )


def composed(
    facts: CertificateFacts, number: str, issuer: Issuer, *, now: datetime
) -> CertificateRecord:
    """The record of a first certificate that does not run out."""
    record: CertificateRecord = {
        "schema": SCHEMA,
        "number": number,
        "issued_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "status_url": f"{issuer.base_url}/verify/{number}",
        "provider": printable(issuer.provider),
        "learner": printable(facts.learner),
        "policy": printable(facts.policy),
        "begun_at": facts.begun_at,
        "completed_at": facts.completed_at,
        "score": facts.score,
        "sections": printable(facts.sections),
        "declaration": printable(facts.declaration),
        "answers": facts.answers,
        "decided": facts.decided,
        "pace": facts.pace,
        "supersedes": None,
        "valid_until": None,
    }
    if issuer.first_sight:
        firsts = at_first_sight(facts.answers)
        record["first_sight"] = {"right": sum(firsts), "of": len(firsts)}
    return record


def last_day(issued_at: datetime, months: int) -> str | None:
    """The last day of a certificate's validity, the same day so many months on; None for no end.

    Where that month is shorter, its last day: from 31 August, six months end on 28 February.
    """
    if not months:
        return None
    day = uk_day(issued_at)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last)).isoformat()


def _current(session: Session, account_id: int, policy: str) -> list[Issued]:
    """The current certificates of this person for this policy, newest first."""
    rows = session.execute(
        select(Certificate.id, Certificate.number)
        .join(CurrentCertificate, CurrentCertificate.certificate_id == Certificate.id)
        .where(CurrentCertificate.account_id == account_id, CurrentCertificate.policy == policy)
        .order_by(Certificate.id.desc())
    )
    return [Issued(row.id, row.number) for row in rows]


def end_being_current(session: Session, certificate_id: int) -> None:
    """Take a certificate off the list of current ones. Its own rows stay as they are."""
    session.execute(
        delete(CurrentCertificate).where(CurrentCertificate.certificate_id == certificate_id)
    )


def make_way(act: Act, old: Issued, new: Issued, reason: str, *, account_id: int) -> None:
    """Record that another certificate took this one's place; what was asked of it is overtaken."""
    asking.overtake(act, f"certificate:{old.number}")
    act.session.execute(
        insert(Supersession),
        {"certificate_id": old.id, "by_id": new.id, "reason": reason, "at": act.now},
    )
    act.record(
        Action.CERTIFICATE_SUPERSEDED,
        f"certificate:{old.number}",
        by=new.number,
        personal={"reason": reason},
        account_id=account_id,
    )


def put(act: Act, record: CertificateRecord, holder: Holder) -> Issued:
    """Write a certificate's rows and its audit entry."""
    session, digest = act.session, fingerprint(record)
    policy, version = record["policy"]["slug"], record["policy"]["version_date"]
    certificate_id: int = session.execute(
        insert(Certificate)
        .values(
            number=record["number"],
            account_id=holder.account_id,
            enrolment_id=holder.enrolment_id,
            policy=policy,
            policy_version=date.fromisoformat(version),
            record_sha256=digest,
            issued_at=act.now.replace(microsecond=0),
            valid_until=(
                date.fromisoformat(record["valid_until"]) if record["valid_until"] else None
            ),
        )
        .returning(Certificate.id)
    ).scalar_one()
    session.execute(
        insert(CertificateRecordRow),
        {
            "certificate_id": certificate_id,
            "name": record["learner"]["name"],
            "record": canonical_bytes(record).decode(),
        },
    )
    session.execute(
        insert(CurrentCertificate),
        {
            "account_id": holder.account_id,
            "policy": policy,
            "policy_version": date.fromisoformat(version),
            "certificate_id": certificate_id,
        },
    )
    if session.scalar(select(Account.email).where(Account.id == holder.account_id)) is None:
        by_hand.keep(
            session,
            holder.account_id,
            Letter("Your certificate", ""),
            now=act.now,
            certificate=record["number"],
        )
    act.record(
        Action.CERTIFICATE_ISSUED,
        f"certificate:{record['number']}",
        policy=policy,
        version_date=version,
        record_sha256=digest,
        personal={"name": record["learner"]["name"]},
        account_id=holder.account_id,
    )
    return Issued(certificate_id, record["number"])
