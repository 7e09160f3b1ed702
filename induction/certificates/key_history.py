"""Every key that signed here: from when until when, why it was replaced, and whether to trust it.

Rotations are acts, so that nobody changes this unseen. A key that is the provider's own (PKCS#12)
comes and goes with a setting, of which there is no act: its certificate alone says since when.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.audit.actions import Action
from induction.audit.models import AuditEntry, AuditPersonal
from induction.signing.keys import fingerprint, may_sign

SUBJECT = "key:signing"


@dataclass(frozen=True, slots=True)
class KeyUse:
    """One key and the time of its use; None where nobody noted it."""

    fingerprint: str
    pem: bytes  # of the public key
    since: datetime | None
    until: datetime | None
    reason: str
    compromised_since: date | None


def history(session: Session, certificates: Sequence[x509.Certificate]) -> list[KeyUse]:
    """The keys of these certificates, the newest first. One query."""
    rows = session.execute(
        select(AuditEntry.at, AuditEntry.details, AuditPersonal.data)
        .outerjoin(AuditPersonal, AuditPersonal.seq == AuditEntry.seq)
        .where(AuditEntry.action == Action.KEY_ROTATED, AuditEntry.subject == SUBJECT)
        .order_by(AuditEntry.seq)
    ).all()
    began: dict[str, datetime] = {}
    ended: dict[str, tuple[datetime, str, date | None]] = {}
    present = ""
    for row in rows:
        details, at = json.loads(row.details), datetime.fromisoformat(row.at)
        reason = json.loads(row.data).get("reason", "") if row.data else ""
        since = details.get("compromised_since")
        bad = date.fromisoformat(since) if since else None
        ended[details.get("replaced") or present] = (at, reason, bad)
        present = details["fingerprint"]
        began[present] = at
    keys = {fingerprint(c): c for c in certificates if may_sign(c)}
    uses = [
        KeyUse(of, _pem(certificate), began.get(of), *ended.get(of, (None, "", None)))
        for of, certificate in keys.items()
    ]
    return sorted(uses, key=_order, reverse=True)


def compromised(session: Session, certificates: Sequence[x509.Certificate]) -> dict[str, date]:
    """The keys (fingerprints) whose signature alone proves nothing, and since which day."""
    return {
        use.fingerprint: use.compromised_since
        for use in history(session, certificates)
        if use.compromised_since
    }


def _order(use: KeyUse) -> tuple[bool, float]:
    """Those in use above those that ended; among these the last to end first."""
    return use.until is None, use.until.timestamp() if use.until else 0.0


def _pem(certificate: x509.Certificate) -> bytes:
    public = certificate.public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
