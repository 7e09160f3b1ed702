"""What waits to be handed over, for whom a viewer may see."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from induction.database import AnySelect
from induction.mail.models import LetterByHand
from induction.people.access import visible_accounts
from induction.people.models import MAIN_NOW, Account, Cohort, Membership


def waiting(viewer: Account) -> AnySelect:
    """Letters and certificates that nobody has handed over yet, by cohort and name."""
    query: AnySelect = (
        select(
            LetterByHand.id, LetterByHand.public_id, LetterByHand.certificate, LetterByHand.subject,
            LetterByHand.body, LetterByHand.created_at, Account.full_name,
            Account.public_id.label("learner"), Cohort.name.label("cohort"),
        )
        .join(Account, Account.id == LetterByHand.account_id)
        .outerjoin(Membership, (Membership.account_id == Account.id) & MAIN_NOW)
        .outerjoin(Cohort, Cohort.id == Membership.cohort_id)
        .where(
            visible_accounts(viewer),
            LetterByHand.handed_at.is_(None),
            Account.deactivated_at.is_(None),
        )
        .order_by(Cohort.sort_name, Account.sort_name, LetterByHand.id)
    )  # fmt: skip
    return query


def one_waiting(viewer: Account, public_id: str) -> AnySelect:
    """One of them, by its id."""
    return waiting(viewer).where(LetterByHand.public_id == public_id)


def how_many(session: Session, viewer: Account) -> int:
    """How many wait for this viewer's learners."""
    mine = waiting(viewer).with_only_columns(func.count(LetterByHand.id)).order_by(None)
    return session.scalar(mine) or 0
