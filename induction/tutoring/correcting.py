"""Correcting what is known of one person by hand: who may change what, and doing it."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.batch import Batch
from induction.journey import summaries
from induction.journey.answering import LOCK
from induction.journey.models import Enrolment, Progress
from induction.journey.rules import LearnerState
from induction.people import details, invitations, links
from induction.people.access import TRUSTED
from induction.people.learner_fields import LEARNER_FIELDS, facts_of
from induction.people.models import Account, OneTimeLink, Role
from induction.policy.store import Content
from induction.refusals import InvalidInput
from induction.tutoring.rules import OWN

OF_STAFF = ("full_name", "family_name", "email")  # all that is known of whoever learns nothing
WAYS_IN = ("learner_ref", "email")  # what somebody signs in with, and is known by in lists
STAFF = "This is an account of staff. An administrator corrects it."
ENDED = "Their details have been erased."
IN_USE = (
    "Somebody signs in with this account. Compliance or an administrator corrects its reference "
    "and its email address."
)


class Taken(InvalidInput):
    """Somebody else has this reference or address, or it is not theirs to be without."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def standing(session: Session, account: Account) -> tuple[bool, bool]:
    """Whether somebody is enrolled, and whether they have begun."""
    state = session.scalar(
        select(Progress.state)
        .join(Enrolment, Enrolment.id == Progress.enrolment_id)
        .where(Enrolment.account_id == account.id)
    )
    return state is not None, state not in (None, LearnerState.NOT_STARTED.value)


def may_correct(viewer: Account, account: Account, *, enrolled: bool, begun: bool) -> list[str]:
    """The fields that this viewer may correct; see ``why_not`` where there are none.

    An address is the way into an account: whoever may change it may become its owner. So that of
    staff is changed by administrators, and that of an account in use by those who look after
    accounts and evidence.
    """
    if why_not(viewer, account, enrolled=enrolled):
        return []
    fields = [field.name for field in LEARNER_FIELDS if enrolled or field.name in OF_STAFF]
    in_use = account.has_signed_in or begun
    if in_use and viewer.roles.isdisjoint(TRUSTED):
        fields = [name for name in fields if name not in WAYS_IN]
    return fields


def why_not(viewer: Account, account: Account, *, enrolled: bool) -> str:
    """Why this viewer corrects nothing of this person; "" where they may."""
    if account.erased_at is not None:
        return ENDED
    if viewer.id == account.id and enrolled:
        return OWN
    if (account.roles or not enrolled) and Role.ADMIN not in viewer.roles:
        return STAFF
    return ""


def correct(
    act: Act, content: Content, account: Account, facts: Mapping[str, str], reason: str
) -> bool:
    """Change these fields, which differ from what is there; whether an invitation went out anew.

    Raises Taken where somebody else has the reference or the address.
    """
    session = act.session
    session.execute(LOCK, {"account_id": account.id})
    _refuse_taken(session, account, facts)
    if account.roles and facts.get("email") == "":
        raise Taken("email", "Staff sign in with their address, so they need one.")
    invited = exists().where(
        OneTimeLink.account_id == account.id, OneTimeLink.purpose == links.INVITATION
    )
    anew = "email" in facts and not account.has_signed_in and session.scalar(select(invited))
    before = facts_of(account)
    with Batch(act) as entries:
        details.keep_by_hand(entries, account, {name: before[name] for name in facts})
        details.change(entries, account, facts, reason=reason)
    if "audience" in facts:
        summaries.refresh(session, content, [account])
    if anew:
        session.refresh(account)
        invitations.invite(act, [account])
    return bool(anew)


def _refuse_taken(session: Session, account: Account, facts: Mapping[str, str]) -> None:
    ways: dict[str, tuple[ColumnElement[str | None], str]] = {
        "learner_ref": (func.lower(Account.learner_ref), "Another learner has this reference."),
        "email": (func.lower(Account.email), "Another account has this email address."),
    }
    for name, (column, message) in ways.items():
        value = facts.get(name)
        taken = select(Account.id).where(column == (value or "").lower(), Account.id != account.id)
        if value and session.scalar(taken.limit(1)):
            raise Taken(name, f"{message} If that is the same person, leave it as it is.")
