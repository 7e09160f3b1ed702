"""The evidence against the record of acts, both ways: answers, declarations and certificates.

The chain shows that its own entries are whole. That a row of another table was ever an act, and
that no act has lost its row, only a comparison shows. It is made in parts of bounded size, so that
a page can do it a while at a time.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from induction.audit.act import written
from induction.audit.actions import Action
from induction.audit.chain import canonical
from induction.audit.models import AuditEntry, AuditPersonal
from induction.certificates.models import Certificate, CertificateRecordRow
from induction.certificates.queries import faults
from induction.database import AnyRow, table
from induction.journey.models import Answer, Attempt, Declaration, Enrolment
from induction.journey.rules import AttemptKind
from induction.people.models import Account

AT_ONCE = 100  # enrolments or certificates that are compared together
_DECLARED = (Action.DECLARED, Action.DECLARED_ON_BEHALF)
_entry, _beside = table(AuditEntry), table(AuditPersonal)
_enrolment = table(Enrolment)
_attempt, _answer, _declaration = table(Attempt), table(Answer), table(Declaration)

# What is wrong in a part, one line each, and after which id the next part begins; None: no more.
Part = tuple[list[str], int | None]
_Told = tuple[str, str, str]  # of an act: whose enrolment, when, and what


def faults_of(session: Session) -> Iterator[str]:
    """Every difference between the tables and the record of acts, one line each."""
    for compare in COMPARISONS:
        after: int | None = 0
        while after is not None:
            found, after = compare(session, after)
            yield from found


def enrolments(session: Session, after: int) -> Part:
    """Answers and declarations of the next enrolments."""
    some = session.execute(
        select(_enrolment.c.id, _enrolment.c.public_id, Account.public_id.label("account"))
        .join(Account, Account.id == _enrolment.c.account_id)
        .where(_enrolment.c.id > after)
        .order_by(_enrolment.c.id)
        .limit(AT_ONCE)
    ).all()
    ids, names = [row.id for row in some], {row.id: f"enrolment:{row.public_id}" for row in some}
    entries = _entries(session, [*names.values()], (Action.ANSWERED, *_DECLARED))
    rows = Counter(_told(names, _answers(session, ids), _answered))
    acts = Counter(_acts(entries[Action.ANSWERED]))
    found = [*_differing(rows, acts, "an answer")]
    declarations = _declarations(session, ids)
    declared = [entry for action in _DECLARED for entry in entries[action]]
    rows, acts = Counter(_told(names, declarations, _declared)), Counter(_acts(declared))
    erased = _erased(session, [row.account for row in some])
    gone = {names[row.id] for row in some if row.account in erased}
    lasting = Counter({told: count for told, count in acts.items() if told[0] not in gone})
    found += _differing(rows, lasting, "a declaration")
    found += _signed_otherwise(names, declarations, declared)
    return found, _next(ids)


def certificates(session: Session, after: int) -> Part:
    """The next certificates, and whether those without a record are of people who were erased."""
    some = session.execute(
        select(Certificate.id, Certificate.number, CertificateRecordRow.name, Account.public_id)
        .join(Account, Account.id == Certificate.account_id)
        .outerjoin(CertificateRecordRow, CertificateRecordRow.certificate_id == Certificate.id)
        .where(Certificate.id > after)
        .order_by(Certificate.id)
        .limit(AT_ONCE)
    ).all()
    ids = [row.id for row in some]
    wrong = faults(session, ids)
    erased = _erased(session, [row.public_id for row in some if row.name is None])
    for row in some:
        if row.name is None and row.public_id not in erased:
            wrong.setdefault(
                row.id, "its record is gone, and no act says that its holder was erased"
            )
    return [f"certificate {r.number}: {wrong[r.id]}" for r in some if r.id in wrong], _next(ids)


def lost(session: Session, _after: int) -> Part:
    """Acts about a certificate or an enrolment that the tables do not have.

    An enrolment on which nothing was answered or signed may have been removed, with an act of that.
    """
    number = func.substr(_entry.c.subject, len("certificate:") + 1)
    learner = func.substr(_entry.c.subject, len("enrolment:") + 1)
    has_certificate = select(Certificate.id).where(Certificate.number == number).exists()
    has_enrolment = select(_enrolment.c.id).where(_enrolment.c.public_id == learner).exists()
    later = aliased(_entry)
    about_it = select(later.c.seq).where(later.c.subject == _entry.c.subject)
    removed = about_it.where(later.c.action == Action.ENROLMENT_REMOVED).exists()
    used = about_it.where(later.c.action.in_([Action.ANSWERED, *_DECLARED])).exists()
    found = []
    for what, action, is_there in (
        ("certificate", Action.CERTIFICATE_ISSUED, has_certificate),
        ("enrolment", Action.ENROLLED, has_enrolment | (removed & ~used)),
    ):
        query = select(_entry.c.seq, _entry.c.subject).where(_entry.c.action == action, ~is_there)
        query = query.where(_entry.c.subject.startswith(f"{what}:"))
        found += [
            f"entry {row.seq}: {row.subject.replace(':', ' ')} is not in the tables"
            for row in session.execute(query.order_by(_entry.c.seq))
        ]
    return found, None


COMPARISONS: tuple[Callable[[Session, int], Part], ...] = (enrolments, certificates, lost)


def _next(ids: Sequence[int]) -> int | None:
    return ids[-1] if len(ids) == AT_ONCE else None


def _entries(
    session: Session, subjects: Sequence[str], actions: Iterable[Action]
) -> dict[str, list[AnyRow]]:
    columns = (_entry.c.at, _entry.c.action, _entry.c.subject, _entry.c.details)
    query = (
        select(*columns, _beside.c.data)
        .outerjoin(_beside, _beside.c.seq == _entry.c.seq)
        .where(
            _entry.c.subject.in_(subjects),
            _entry.c.action.in_([action.value for action in actions]),
        )
    )
    found: dict[str, list[AnyRow]] = defaultdict(list)
    for row in session.execute(query):
        found[row.action].append(row)
    return found


def _answers(session: Session, enrolment_ids: Sequence[int]) -> Sequence[AnyRow]:
    query = select(
        _attempt.c.enrolment_id, _attempt.c.kind, _attempt.c.step, _attempt.c.number,
        _attempt.c.content, _answer.c.scenario, _answer.c.scene, _answer.c.shown,
        _answer.c.chosen, _answer.c.result, _answer.c.answered_at.label("at"),
    ).join(_answer, _answer.c.attempt_id == _attempt.c.id)  # fmt: skip
    return session.execute(query.where(_attempt.c.enrolment_id.in_(enrolment_ids))).all()


def _declarations(session: Session, enrolment_ids: Sequence[int]) -> Sequence[AnyRow]:
    query = select(
        _declaration.c.enrolment_id, _declaration.c.content, _declaration.c.how,
        _declaration.c.signed_name, _declaration.c.signed_at.label("at"), _enrolment.c.policy,
    ).join(_enrolment, _enrolment.c.id == _declaration.c.enrolment_id)  # fmt: skip
    return session.execute(query.where(_declaration.c.enrolment_id.in_(enrolment_ids))).all()


def _told(
    names: dict[int, str], rows: Iterable[AnyRow], details: Callable[[AnyRow], dict[str, Any]]
) -> Iterator[_Told]:
    for row in rows:
        yield names[row.enrolment_id], written(row.at), canonical(details(row))


def _acts(entries: Iterable[AnyRow]) -> Iterator[_Told]:
    return ((entry.subject, entry.at, entry.details) for entry in entries)


def _answered(row: AnyRow) -> dict[str, Any]:
    """An answer as its act has it."""
    return {
        "step": row.step,
        "try": row.number,
        "scenario": row.scenario,
        "scene": row.scene,
        "shown": row.shown,
        "chosen": row.chosen,
        "result": row.result,
        "counted": AttemptKind(row.kind).counts,
        "content": row.content,
    }


def _declared(row: AnyRow) -> dict[str, Any]:
    """A declaration as its act has it."""
    away = {} if row.how == "screen" else {"how": row.how}
    return {"policy": row.policy, "content": row.content, **away}


def _differing(rows: Counter[_Told], acts: Counter[_Told], what: str) -> Iterator[str]:
    for subject, at, _ in (rows - acts).elements():
        yield f"{subject.replace(':', ' ')}: {what} of {at} is in the tables and is no act"
    for subject, at, _ in (acts - rows).elements():
        yield f"{subject.replace(':', ' ')}: {what} of {at} is an act and is not in the tables"


def _signed_otherwise(
    names: dict[int, str], rows: Iterable[AnyRow], acts: Iterable[AnyRow]
) -> Iterator[str]:
    """Declarations under another name than the one beside their act, where that is still kept."""
    signed = {
        (act.subject, act.at): json.loads(act.data)["signed_name"] for act in acts if act.data
    }
    for row in rows:
        subject, at = names[row.enrolment_id], written(row.at)
        if signed.get((subject, at), row.signed_name) != row.signed_name:
            yield f"{subject.replace(':', ' ')}: the declaration of {at} was signed by another name"


def _erased(session: Session, accounts: Sequence[str]) -> set[str]:
    """Those of these accounts (public ids) that were erased, as the record of acts says."""
    query = select(_entry.c.subject).where(
        _entry.c.subject.in_([f"account:{account}" for account in accounts]),
        _entry.c.action == Action.ERASED.value,
    )
    return {subject.removeprefix("account:") for subject in session.scalars(query)}
