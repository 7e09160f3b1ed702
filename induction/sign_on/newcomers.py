"""The waiting room: people whom the provider knows and nobody here, until a tutor knows them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.database import AnyRow, AnySelect
from induction.folding import fold
from induction.names import visible
from induction.people import sessions
from induction.people.access import visible_accounts
from induction.people.models import HAS_SIGNED_IN, IS_STAFF, MAIN_NOW, Account, Cohort, Membership
from induction.refusals import NotNow
from induction.searching import Folded
from induction.sign_on import identities
from induction.sign_on.models import Newcomer
from induction.sign_on.rules import Arrival

KEPT = timedelta(days=30)  # since they last tried
WAITING = Newcomer.sent_away_at.is_(None)


class NotThem(NotNow):
    """The newcomer cannot be connected with that learner. The message says why."""


def wait(act: Act, issuer: str, arrival: Arrival) -> bool:
    """Let them wait, or note that they tried once more; whether they have just begun to."""
    same = Newcomer.issuer == issuer, Newcomer.subject == arrival.subject
    found = act.session.scalars(select(Newcomer).where(*same).with_for_update()).first()
    name = " ".join(arrival.name.split())
    said = {"name": visible(name)[:200], "address": visible(arrival.address)[:254]}
    if found is not None:
        found.name, found.address, found.seen_at = said["name"], said["address"], act.now
        return False
    row = Newcomer(
        issuer=issuer, subject=arrival.subject, first_seen_at=act.now, seen_at=act.now, **said
    )
    try:
        with act.session.begin_nested():
            act.session.add(row)
    except IntegrityError:
        return False  # another window of theirs was quicker
    return True


def how_many(session: Session) -> int:
    """How many wait; none where there is no provider."""
    if sessions.provider() is None:
        return 0
    return session.scalar(select(func.count()).select_from(Newcomer).where(WAITING)) or 0


def likely(
    session: Session, viewer: Account, newcomers: Sequence[AnyRow]
) -> dict[str, list[AnyRow]]:
    """For each newcomer, learners of this viewer's who may be them, by its public id. One query.

    Of the same name, or with a reference that stands before the @ of the address.
    """
    names = {fold(one.name) for one in newcomers}
    before = {one.address.partition("@")[0].lower() for one in newcomers}
    query = _never_here(viewer).where(
        Folded(Account.full_name).in_(names) | func.lower(Account.learner_ref).in_(before)
    )
    found = session.execute(query.order_by(Account.sort_name, Account.id).limit(100)).all()
    return {
        one.public_id: [
            learner
            for learner in found
            if fold(learner.full_name) == fold(one.name)
            or (learner.learner_ref or "").lower() == one.address.partition("@")[0].lower()
        ][:3]
        for one in newcomers
    }


def _never_here(viewer: Account) -> AnySelect:
    """Learners of this viewer's whom nobody has signed in as: a newcomer may be one of them."""
    return (
        select(
            Account.public_id, Account.full_name, Account.learner_ref, Cohort.name.label("cohort")
        )
        .outerjoin(Membership, (Membership.account_id == Account.id) & MAIN_NOW)
        .outerjoin(Cohort, Cohort.id == Membership.cohort_id)
        .where(
            visible_accounts(viewer),
            ~HAS_SIGNED_IN,
            ~IS_STAFF,
            ~identities.CONNECTED,
            Account.deactivated_at.is_(None),
        )
    )


def match(act: Act, newcomer_id: str, viewer: Account, learner_ref: str) -> Account:
    """Say that a newcomer is that learner: from now on they sign in so. Raises NotThem.

    An account that somebody uses is not given away by a tutor: its owner connects it.
    """
    session = act.session
    newcomer = session.scalars(
        select(Newcomer).where(Newcomer.public_id == newcomer_id).with_for_update()
    ).first()
    if newcomer is None:
        raise NotThem("Somebody else has settled this meanwhile. Nothing was changed.")
    learner = session.scalars(
        select(Account)
        .where(
            func.lower(Account.learner_ref) == learner_ref.strip().lower(),
            visible_accounts(viewer),
            ~IS_STAFF,
            Account.deactivated_at.is_(None),
        )
        .with_for_update(of=Account)
    ).first()
    if learner is None:
        raise NotThem("None of your learners has that reference. Nothing was changed.")
    if learner.has_signed_in or identities.of(session, learner) is not None:
        raise NotThem(
            f"{learner.full_name} has signed in already, so only they can connect the account: "
            "they sign in as before, and press “Connect” under Your account. Nothing was changed."
        )
    identities.connect(act, learner, newcomer.issuer, newcomer.subject, identities.TUTOR)
    identities.record(act, learner, identities.TUTOR)
    return learner


def send_away(act: Act, newcomer_id: str) -> None:
    """Nobody of ours: they are in no list any more."""
    newcomer = act.session.scalars(
        select(Newcomer).where(Newcomer.public_id == newcomer_id).with_for_update()
    ).first()
    if newcomer is None or newcomer.sent_away_at is not None:
        return
    newcomer.sent_away_at = act.now
    act.record(Action.NEWCOMER_SENT_AWAY, f"newcomer:{newcomer.public_id}")


def any_old(session: Session, now: datetime) -> bool:
    """Whether there is somebody to let go of."""
    return (
        session.scalar(select(Newcomer.id).where(Newcomer.seen_at < now - KEPT).limit(1))
        is not None
    )


def forget_old(session: Session, now: datetime) -> None:
    """Let go of whoever has not tried for a month."""
    session.execute(delete(Newcomer).where(Newcomer.seen_at < now - KEPT))
