"""Keeping what a learner did, and what they set out to change: added to, with an entry each."""

from collections.abc import Collection

from sqlalchemy import insert

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.journey.answering import LOCK, OutOfTurn
from induction.journey.queries import Journey, load
from induction.people.models import Account
from induction.policy.store import Content
from induction.practice.models import DoneNow, OwnChanges
from induction.practice.queries import last_changes, last_done


def keep_done(
    act: Act, content: Content, account: Account, slug: str, done: Collection[str]
) -> None:
    """Keep what they ticked, in the order shown. The same once more is kept once.

    Raises OutOfTurn where the section is not open, or asks nothing to be done.
    """
    journey = _locked(act, content, account)
    section, step = journey.policy.section(slug), journey.standing.step(slug)
    if section is None or step is None or not step.readable or not section.do_now:
        raise OutOfTurn
    shown = tuple(deed.id for deed in section.do_now)
    ticked = tuple(name for name in shown if name in done)
    if ticked == last_done(act.session, journey.enrolment_id, slug):
        return
    digest = content.keep(act)
    act.session.execute(
        insert(DoneNow).values(
            enrolment_id=journey.enrolment_id, step=slug, content=digest, shown=shown,
            done=ticked, at=act.now,
        )
    )  # fmt: skip
    act.record(
        Action.DONE_NOW,
        f"enrolment:{journey.enrolment_public_id}",
        step=slug,
        content=digest,
        shown=list(shown),
        done=list(ticked),
    )


def keep_changes(act: Act, content: Content, account: Account, changes: Collection[str]) -> None:
    """Keep what they set out to do differently. The same once more is kept once.

    Raises OutOfTurn where they take no induction.
    """
    journey = _locked(act, content, account)
    written = tuple(changes)
    if written == last_changes(act.session, journey.enrolment_id):
        return
    act.session.execute(
        insert(OwnChanges).values(
            enrolment_id=journey.enrolment_id, text="\n".join(written), at=act.now
        )
    )
    act.record(
        Action.CHANGES_WRITTEN,
        f"enrolment:{journey.enrolment_public_id}",
        changes=len(written),
        personal={"changes": list(written)},
        account_id=account.id,
    )


def _locked(act: Act, content: Content, account: Account) -> Journey:
    act.session.execute(LOCK, {"account_id": account.id})
    journey = load(act.session, content, account.id)
    if journey is None:
        raise OutOfTurn
    return journey
