"""From any clause to the evidence, from any certificate to its clauses, and old tries as shown."""

from collections import defaultdict
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from induction.certificates.earned import earned
from induction.certificates.models import Certificate, Revocation, Supersession
from induction.certificates.queries import Held
from induction.certificates.record import Answer as RecordedAnswer
from induction.certificates.record import signed_otherwise
from induction.certificates.revocation import asked_to_revoke, why_not_reissued
from induction.compliance import replay, trace
from induction.compliance.item_statistics import ENOUGH, item_statistics
from induction.curriculum import checks
from induction.curriculum.model import Policy
from induction.database import utc_now
from induction.extensions import db
from induction.institute import institute
from induction.journey.models import Enrolment
from induction.journey.queries import load_tries
from induction.journey.rules import FINAL, AttemptKind
from induction.paging import page_in_hand
from induction.people.access import READS_EVIDENCE, allow
from induction.people.models import Account, Role
from induction.policy.store import content
from induction.progress import words
from induction.register import listing, withdrawal
from induction.register.lookups import held_or_404
from induction.register.rows import lines
from induction.uk_time import uk_day

pages = Blueprint("trace", __name__, url_prefix="/compliance")


def _policy(digest: str) -> Policy:
    """The content with this digest as it was; the one in force where none is named."""
    try:
        return content().version(db.session(), digest)
    except NoResultFound:
        abort(404)


@pages.get("/clauses")
@allow(*READS_EVIDENCE)
def clauses() -> ResponseReturnValue:
    """Every clause of a content: where it is taught, what tests it, how learners did."""
    session, policy = db.session(), _policy(_digest())
    old = _old(policy)
    return render_template(
        "compliance/trace.html",
        policy=policy,
        versions=_versions(session, policy, ".clauses"),
        sights=trace.sights(session, policy),
        coverages={who: checks.trace(policy, who) for who in policy.audiences},
        lines=[
            line | {"href": url_for(".clause", clause_id=line["clause"].id, **old)}
            for line in trace.lines(session, policy)
        ],
    )


@pages.get("/item-statistics")
@allow(Role.COMPLIANCE)
def statistics() -> ResponseReturnValue:
    """How each form of a question does, for whoever writes them."""
    found = item_statistics(db.session(), current_user, content().policy)
    lines, pages = page_in_hand(found, len(found))
    return render_template(
        "compliance/item_statistics.html",
        policy=content().policy,
        lines=lines,
        flagged=sum(bool(line.flags) for line in found),
        pages=pages,
        enough=ENOUGH,
    )


@pages.get("/clauses/<clause_id>")
@allow(*READS_EVIDENCE)
def clause(clause_id: str) -> ResponseReturnValue:
    """One clause of a content, and everyone who has evidence for it as it stands there."""
    session, policy = db.session(), _policy(_digest())
    found = policy.clause(clause_id) or abort(404)
    scenarios = trace.testing(policy, clause_id)
    ids = [q.id for q in scenarios]
    done = trace.results(session, policy, ids)
    history = trace.in_force_once(session, policy.slug)
    query = listing.ids(listing.Wanted(), uk_day(utc_now())).where(
        trace.evidence(history, policy, ids, few=trace.are_few(session, ids))
    )
    rows, pages = listing.page(session, query)
    return render_template(
        "compliance/trace_clause.html",
        policy=policy,
        old=_old(policy),
        versions=_versions(session, policy, ".clause", clause_id),
        clause=found,
        sections=[s for s in policy.sections if clause_id in s.clauses],
        scenarios=[
            {"scenario": q, "result": done.get(q.id, trace.NOTHING), "scenes": replay.key(q)}
            for q in scenarios
        ],
        certificates=lines(session, rows),
        pages=pages,
    )


def _digest() -> str:
    return request.args.get("content", "")[:64]


def _old(policy: Policy) -> dict[str, Any]:
    """What an address says of a content; nothing for the one in force."""
    return {} if policy.digest == content().policy.digest else {"content": policy.digest}


def _versions(
    session: Session, shown: Policy, endpoint: str, clause_id: str = ""
) -> list[dict[str, Any]]:
    """The other contents that have been in force, newest first; those that have this clause."""
    digests = dict.fromkeys(o.content for o in reversed(trace.in_force_once(session, shown.slug)))
    others = [_policy(digest) for digest in digests if digest != shown.digest]
    there: dict[str, Any] = {"clause_id": clause_id} if clause_id else {}
    return [
        {
            "href": url_for(endpoint, **there, **_old(other)),
            "version_date": other.version_date,
            "digest": other.digest,
        }
        for other in others
        if not clause_id or other.clause(clause_id)
    ]


@pages.get("/certificates/<number>/evidence")
@allow(*READS_EVIDENCE)
def certificate(number: str) -> ResponseReturnValue:
    """One certificate: what it stands on, clause by clause."""
    held = held_or_404(number)
    found = _standing(held)
    asked = found["asked"]
    return render_template(
        "compliance/trace_certificate.html",
        held=held,
        record=held.record,
        status=held.shown(uk_day(utc_now())),
        standing=found,
        own_request=asked and institute().two_people and asked.actor == current_user.actor,
        clauses=_clauses(held) if held.record else [],
        earned=earned(held.record) if held.record else None,
        signed_otherwise=signed_otherwise(held.record) if held.record else "",
        unread=[s["title"] for s in held.record["sections"] if s.get("tested_out")]
        if held.record
        else [],
        may_reissue=not why_not_reissued(db.session(), held),
        may_revoke=held.revoked_at is None and held.superseded_at is None,
    )


def _standing(held: Held) -> dict[str, Any]:
    """Why it was revoked, what came of that, and which certificates stand before and after it."""
    session = db.session()
    by = session.execute(
        select(Certificate.number, Supersession.reason, Supersession.at)
        .join(Supersession, Supersession.by_id == Certificate.id)
        .where(Supersession.certificate_id == held.id)
    ).first()
    revoked = session.execute(
        select(Revocation.reason, Revocation.at).where(Revocation.certificate_id == held.id)
    ).first()
    others = session.execute(
        select(Certificate.number, Revocation.reason, Revocation.at)
        .join(Revocation, Revocation.certificate_id == Certificate.id)
        .where(Certificate.enrolment_id == held.enrolment_id, Certificate.id != held.id)
        .order_by(Revocation.at.desc())
    )
    return {
        "by": by,
        "by_href": url_for(".certificate", number=by.number) if by else None,
        "revoked": revoked,
        "why_not_again": withdrawal.why_not(session, content(), held) if revoked else None,
        "others_revoked": others.all(),
        "asked": asked_to_revoke(session, held),
    }


def _clauses(held: Held) -> list[dict[str, Any]]:
    """Every clause that had to be assessed, with the answers of the record that are about it."""
    record = held.record
    if record is None:
        return []
    digest = record["policy"]["content_sha256"]
    policy = _policy(digest)
    enrolment = db.session.scalar(
        select(Enrolment.public_id).where(Enrolment.id == held.enrolment_id)
    )
    about: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for given in record["answers"]:
        for clause_id in given["clauses"]:
            about[clause_id].append(_answer(given, str(enrolment)))
    old = _old(policy)
    sights = {one["clause"]: one["right"] for one in record.get("decided", ())}
    return [
        {
            "clause": clause,
            "sight": sights.get(clause.id),
            "href": url_for(".clause", clause_id=clause.id, **old),
            "sections": trace.section_titles(policy, clause.id),
            "answers": about[clause.id],
            "shown": any(a["counted"] and a["right"] for a in about[clause.id]),
        }
        for clause in policy.clauses
    ]


def _answer(given: RecordedAnswer, enrolment: str) -> dict[str, Any]:
    scenario = _policy(given["content_sha256"]).scenario(given["scenario"])
    kind = AttemptKind.FINAL if given["section"] == FINAL else AttemptKind.SECTION
    kind = kind if given["counted"] else AttemptKind.LOOK_BACK
    return {
        "title": scenario.title if scenario else given["scenario"],
        "right": given["right"],
        "counted": given["counted"],
        "try": given["try"],
        "where": "Final check" if given["section"] == FINAL else "",
        "at": given["answered_at"],
        "href": url_for(
            ".attempt",
            enrolment=enrolment,
            kind=kind.value,
            step=given["section"],
            number=given["try"],
            _anchor=given["scenario"],
        ),
    }


@pages.get("/attempts/<enrolment>/<kind>/<step>/<int:number>")
@allow(*READS_EVIDENCE)
def attempt(enrolment: str, kind: str, step: str, number: int) -> ResponseReturnValue:
    """One try as it was shown and answered, whatever has changed since."""
    session = db.session()
    row = session.execute(
        select(Enrolment.id, Account.full_name, Account.public_id, Account.erased_at)
        .join(Account, Account.id == Enrolment.account_id)
        .where(Enrolment.public_id == enrolment)
    ).first()
    tries = load_tries(session, row.id) if row else ()
    wanted = (kind, step, number)
    tried = next((t for t in tries if (t.kind.value, t.step, t.number) == wanted), None)
    if row is None or tried is None:
        abort(404)
    policy = _policy(tried.content)
    return render_template(
        "compliance/trace_attempt.html",
        policy=policy,
        tried=tried,
        title=words.step_title(policy, tried.step),
        learner=row.full_name if row.erased_at is None else "Details erased",
        learner_href=url_for("tutoring.learner", public_id=row.public_id),
        moments=replay.moments(policy, tried),
        old=policy.digest != content().policy.digest,
        certificates=[
            (found, url_for(".certificate", number=found))
            for found in session.scalars(
                select(Certificate.number)
                .where(Certificate.enrolment_id == row.id)
                .order_by(Certificate.id.desc())
            )
        ],
    )
