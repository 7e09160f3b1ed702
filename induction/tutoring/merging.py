"""Two accounts of one person: one goes on, the other is ended, and both records stay."""

from dataclasses import dataclass

from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.certificates.models import CurrentCertificate
from induction.directory import one_person
from induction.journey.answering import LOCK
from induction.journey.models import Enrolment
from induction.people import details, links, sessions
from induction.people.learner_fields import facts_of
from induction.people.models import Account
from induction.people.notices import tell
from induction.refusals import NotNow


@dataclass(frozen=True, slots=True)
class Merge:
    """Which account goes on, which one is ended, and whose reference and address hold."""

    kept: Account
    other: Account
    take_details: bool  # of the other: the newer number, the newer address


def somebody(session: Session, text: str) -> Account | None:
    """The account of this reference or email address."""
    asked = text.strip().lower()
    ways = or_(func.lower(Account.learner_ref) == asked, Account.email == asked)
    return session.scalars(select(Account).where(ways, Account.erased_at.is_(None))).first()


def why_not(session: Session, one: Merge) -> str:
    """Why these two cannot be made one; "" where they can."""
    kept, other = one.kept, one.other
    if kept.id == other.id:
        return "That is this account itself."
    for account in (kept, other):
        if account.erased_at or account.deactivated_at:
            return f"The account of {account.full_name} has been ended or erased."
        if not session.scalar(select(exists().where(Enrolment.account_id == account.id))):
            return f"{account.full_name} ({account.sign_in_name}) is not enrolled."
    if other.roles:
        return (
            f"{other.email} is an account of staff, and it would be ended. Ask from its record "
            "instead, so that it is the one that goes on."
        )
    return _why_not_this_way_round(session, one)


def _why_not_this_way_round(session: Session, one: Merge) -> str:
    kept, other = one.kept, one.other
    if one.take_details and kept.roles:
        return (
            f"{kept.full_name} is staff, and would sign in with another address. Keep this "
            "account’s: an administrator corrects what staff sign in with."
        )
    if _holds(session, other) and not _holds(session, kept):
        return (
            "The other account holds a certificate that counts, and this one holds none. Ask from "
            "the other’s record, so that it is the one that goes on."
        )
    return ""


def _holds(session: Session, account: Account) -> bool:
    current = exists().where(CurrentCertificate.account_id == account.id)
    return bool(session.scalar(select(current)))


def merge(act: Act, one: Merge, reason: str) -> None:
    """Make them one. Whatever either has answered, signed and earned stays where it is.

    Where the other’s reference and address hold, the two accounts change places in both: lists
    that name either mean the one that goes on. Raises NotNow.
    """
    session, kept, other = act.session, one.kept, one.other
    for account_id in sorted((kept.id, other.id)):
        session.execute(LOCK, {"account_id": account_id})
    for account in (kept, other):
        session.refresh(account)  # as it is now, after whoever held the lock
    if refused := why_not(session, one):
        raise NotNow(refused)
    for account in (kept, other):
        tell(act, account, "accounts-merged", kept=kept)
    ways = ("learner_ref", "email")
    mine, theirs = ({n: facts_of(a)[n] for n in ways} for a in (kept, other))
    with Batch(act) as entries:
        if one.take_details:
            aside = {"learner_ref": None, "email": f"{other.public_id.lower()}@merged.invalid"}
            session.execute(update(Account).where(Account.id == other.id).values(aside))
            details.change(entries, kept, {n: v for n, v in theirs.items() if v}, reason=reason)
            back = {n: v or None for n, v in mine.items()}
            session.execute(update(Account).where(Account.id == other.id).values(back))
        details.keep_by_hand(entries, kept, mine if one.take_details else theirs)
        sessions.end_all(act, other)
        links.remove_all(act, other)
        one_person.goes_to(session, kept.id, other.id)
        session.execute(
            update(Account)
            .where(Account.id == other.id)
            .values(deactivated_at=act.now, merged_into_id=kept.id)
        )
        session.execute(  # of earlier ones too: nobody is found at the end of a chain
            update(Account).where(Account.merged_into_id == other.id).values(merged_into_id=kept.id)
        )
        entries.record(
            Action.ACCOUNTS_MERGED,
            kept.actor,
            other=other.public_id,
            details_of_other=one.take_details,
            personal={"reason": reason},
            account_id=kept.id,
        )


def same_person(session: Session, account: Account) -> list[Account]:
    """Other accounts of this person: the one that goes on, and those that were ended for it."""
    theirs = Account.merged_into_id == account.id
    if account.merged_into_id:
        theirs |= Account.id == account.merged_into_id
    return list(session.scalars(select(Account).where(theirs).order_by(Account.id)))
