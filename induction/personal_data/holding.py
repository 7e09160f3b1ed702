"""Everything we hold on one person, as values that can be read and sent as JSON."""

import io
import json
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from flask import render_template
from sqlalchemy import case, or_, select
from sqlalchemy.orm import Session

from induction.approvals.models import Approval
from induction.audit.models import AuditEntry, AuditPersonal
from induction.certificates.delivery import stored_file
from induction.certificates.queries import held_by
from induction.database import table
from induction.directory.models import DirectoryUser
from induction.journey.models import Declaration, Enrolment, Progress
from induction.journey.queries import load_tries
from induction.mail.models import LetterByHand, OutboxMail
from induction.people.models import Account, Card, Cohort, KnownDevice, Membership, SignIn
from induction.personal_data.erasure import merged_into
from induction.personal_data.holding_words import in_plain_words
from induction.personal_data.models import RequestKind
from induction.policy.store import Content
from induction.practice.models import DoneNow, OwnChanges
from induction.reminders.models import Reminder, VersionNotice
from induction.reports.models import BreachPicture, BreachReport
from induction.revisit.models import Revisit
from induction.second_factor.models import Authenticator, Passkey
from induction.sign_on.models import Identity
from induction.tutoring.models import TutorNote

HIDDEN = {"password_hash", "token_hash", "id", "account_id", "merged_into_id", "seed"}


def holding(session: Session, content: Content, account: Account) -> dict[str, Any]:
    """What we hold, by kind. Times are UTC, ISO 8601."""
    accounts = [account, *merged_into(session, account)]  # of the same person
    whose = [one.id for one in accounts]
    enrolments = session.scalars(select(Enrolment.id).where(Enrolment.account_id.in_(whose))).all()
    mine = Enrolment.id.in_(enrolments)
    return {
        "account": _rows(session, select(table(Account)).where(Account.id.in_(whose))),
        "cohorts": _rows(
            session,
            select(Cohort.name, Membership.joined_at, Membership.left_at)
            .join(Membership, Membership.cohort_id == Cohort.id)
            .where(Membership.account_id.in_(whose)),
        ),
        "enrolments": _rows(session, select(table(Enrolment)).where(mine)),
        "progress": _rows(
            session, select(table(Progress)).where(Progress.enrolment_id.in_(enrolments))
        ),
        "answers": [a for e in enrolments for a in _answers(session, content, e)],
        "declarations": _rows(
            session, select(table(Declaration)).where(Declaration.enrolment_id.in_(enrolments))
        ),
        "done_now": _rows(
            session, select(table(DoneNow)).where(DoneNow.enrolment_id.in_(enrolments))
        ),
        "own_changes": _rows(
            session, select(table(OwnChanges)).where(OwnChanges.enrolment_id.in_(enrolments))
        ),
        "certificates": [h.record for one in whose for h in held_by(session, one) if h.record],
        "reminders": _rows(
            session, select(table(Reminder)).where(Reminder.enrolment_id.in_(enrolments))
        ),
        "version_notices": _rows(
            session, select(table(VersionNotice)).where(VersionNotice.enrolment_id.in_(enrolments))
        ),
        "revisits": _rows(
            session,
            select(
                Revisit.occasion, Revisit.sent_at, Revisit.answered_at, Revisit.asked, Revisit.kept
            ).where(Revisit.enrolment_id.in_(enrolments)),
        ),
        "notes": _rows(session, select(table(TutorNote)).where(TutorNote.account_id.in_(whose))),
        "reports": _rows(
            session, select(table(BreachReport)).where(BreachReport.account_id.in_(whose))
        ),
        "requests": _rows(
            session,
            select(
                Approval.kind,
                Approval.reason,
                Approval.asked_at,
                Approval.decided_at,
                Approval.outcome,
            ).where(Approval.account_id.in_(whose), Approval.kind.in_([*RequestKind])),
        ),
        "messages": _rows(
            session,
            select(OutboxMail.subject, OutboxMail.created_at, OutboxMail.sent_at).where(
                OutboxMail.account_id.in_(whose)
            ),
        ),
        "letters_by_hand": _rows(
            session,
            select(LetterByHand.subject, LetterByHand.created_at, LetterByHand.handed_at).where(
                LetterByHand.account_id == account.id
            ),
        ),
        "cards": _rows(session, select(Card.made_at).where(Card.account_id == account.id)),
        "sessions": _rows(
            session,
            select(SignIn.device, SignIn.created_at, SignIn.expires_at).where(
                SignIn.account_id.in_(whose)
            ),
        ),
        "devices": _rows(
            session, select(KnownDevice.seen_at).where(KnownDevice.account_id.in_(whose))
        ),
        "passkeys": _rows(
            session, select(Passkey.name, Passkey.added_at).where(Passkey.account_id.in_(whose))
        ),
        "identities": _rows(session, select(table(Identity)).where(Identity.account_id.in_(whose))),
        "directory": _rows(
            session, select(table(DirectoryUser)).where(DirectoryUser.account_id.in_(whose))
        ),
        "apps_with_codes": _rows(
            session, select(Authenticator.added_at).where(Authenticator.account_id.in_(whose))
        ),
        "acts": _acts(session, accounts, enrolments),
    }


def _rows(session: Session, query: Any) -> list[dict[str, Any]]:
    return [
        {k: _plain(v) for k, v in row._asdict().items() if k not in HIDDEN}
        for row in session.execute(query)
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _answers(session: Session, content: Content, enrolment_id: int) -> list[dict[str, Any]]:
    """Each answer in the words that were on the screen."""
    answers = []
    for tried in load_tries(session, enrolment_id):
        policy = content.version(session, tried.content)
        for given in tried.answers:
            scenario = policy.scenario(given.scenario)
            scene = scenario.scene(given.scene) if scenario else None
            texts = {o.id: o.text for o in scene.options} if scene else {}
            answers.append(
                {
                    "at": given.at.isoformat(),
                    "part": tried.step,
                    "try": tried.number,
                    "scenario": scenario.title if scenario else given.scenario,
                    "question": scene.question if scene else "",
                    "shown": [texts.get(i, i) for i in given.shown],
                    "chosen": [texts.get(i, i) for i in given.chosen],
                    "result": given.result,
                }
            )
    return answers


def _acts(session: Session, accounts: Sequence[Account], enrolments: Any) -> list[dict[str, Any]]:
    """Entries of the record of acts by this person or about them."""
    whose, actors = [one.id for one in accounts], [one.actor for one in accounts]
    subjects = session.scalars(select(Enrolment.public_id).where(Enrolment.id.in_(enrolments)))
    rows = session.execute(
        select(
            AuditEntry.seq,
            AuditEntry.at,
            AuditEntry.action,
            AuditEntry.details,
            case((AuditPersonal.account_id.in_(whose), AuditPersonal.data)).label("beside"),
        )
        .outerjoin(AuditPersonal, AuditPersonal.seq == AuditEntry.seq)
        .where(
            or_(
                AuditEntry.actor.in_(actors),
                AuditEntry.subject.in_(actors),
                AuditEntry.subject.in_([f"enrolment:{s}" for s in subjects]),
                AuditPersonal.account_id.in_(whose),
            )
        )
        .order_by(AuditEntry.seq)
    )
    return [row._asdict() for row in rows]


def as_zip(session: Session, content: Content, account: Account) -> bytes:
    """One ZIP: everything to read in a browser, the same as JSON, certificates and screenshots."""
    held = holding(session, content, account)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("what-we-hold.json", json.dumps(held, indent=1, ensure_ascii=False))
        told = in_plain_words(held, content.policy)
        page = render_template("personal_data/holding.html", held=told, subject=account)
        pack.writestr("what-we-hold.html", page)
        accounts = [account, *merged_into(session, account)]
        for certificate in [held for one in accounts for held in held_by(session, one.id)]:
            pdf = stored_file(session, certificate.id)
            if pdf is not None:
                pack.writestr(f"certificates/{certificate.number}.pdf", pdf)
        for digest, png in _screenshots(session, accounts).items():
            pack.writestr(f"screenshots/{digest[:16]}.png", png)
    return out.getvalue()


def _screenshots(session: Session, accounts: Sequence[Account]) -> dict[str, bytes]:
    """The pictures that came with their reports, by their digests."""
    query = select(BreachPicture.sha256, BreachPicture.png).join(
        BreachReport, BreachReport.id == BreachPicture.report_id
    )
    whose = BreachReport.account_id.in_([one.id for one in accounts])
    mine = query.where(whose, BreachPicture.png.is_not(None))
    return {row.sha256: row.png for row in session.execute(mine)}
