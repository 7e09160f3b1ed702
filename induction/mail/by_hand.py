"""Letters for people who have no address: kept for their tutor, who hands them over on paper.

Only what a tutor may read: no letter with a link that signs somebody in, and none about a report.
"""

from datetime import datetime

from sqlalchemy import delete, literal, or_
from sqlalchemy.orm import Session

from induction.mail.letters import Letter
from induction.mail.models import LetterByHand


def keep(
    session: Session, account_id: int, letter: Letter, *, now: datetime, certificate: str = ""
) -> None:
    """Keep a letter to be handed over; an earlier one of the same subject is out of date.

    So is whatever asked somebody to finish, once they get their certificate.
    """
    subject = letter.subject[:200]
    session.execute(
        delete(LetterByHand).where(
            LetterByHand.account_id == account_id,
            or_(LetterByHand.subject == subject, literal(value=bool(certificate))),
            LetterByHand.handed_at.is_(None),
        )
    )
    session.add(
        LetterByHand(
            account_id=account_id,
            certificate=certificate,
            subject=subject,
            body=letter.body,
            created_at=now,
        )
    )
