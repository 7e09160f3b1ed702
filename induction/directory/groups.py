"""Groups of a directory as cohorts: who is in which, and what they are called.

Somebody may be in several groups there; here they are in the cohort of the one that they joined
last. Where a tutor has moved them since, they stay there until the directory says something new.
"""

from collections.abc import Collection, Sequence

from scim2_models import (
    ConflictException,
    InvalidValueException,
    Meta,
    UniquenessException,
)
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.database import chunks
from induction.directory.models import DirectoryGroup, DirectoryMember
from induction.directory.resources import TO_USER, SentGroup, SentMember
from induction.enrolment import setting_dates
from induction.enrolment.import_cohorts import Groups
from induction.journey.models import Enrolment
from induction.names import clean_line
from induction.people import cohorts
from induction.people.cohorts import CohortFacts
from induction.people.models import Account, Cohort, CohortTutor, Membership
from induction.policy.store import content
from induction.refusals import InvalidInput

LONGEST = 120  # characters of a cohort's name


def members_of(session: Session, rows: Sequence[DirectoryGroup]) -> dict[int, list[str]]:
    """The public ids of who is in these groups, by the group."""
    found: dict[int, list[str]] = {row.id: [] for row in rows}
    for some in chunks([row.id for row in rows]):
        query = (
            select(DirectoryMember.group_id, Account.public_id)
            .join(Account, Account.id == DirectoryMember.account_id)
            .where(DirectoryMember.group_id.in_(some))
            .order_by(Account.id)
        )
        for group_id, public_id in session.execute(query):
            found[group_id].append(public_id)
    return found


def as_sent(row: DirectoryGroup, members: Sequence[str], base: str) -> SentGroup:
    """A group as the directory is told of it. ``base`` is the address of our SCIM service."""
    return SentGroup(
        id=row.public_id,
        external_id=row.external_id,
        display_name=row.name,
        members=[_member(one, base) for one in members] or None,
        meta=Meta(
            resource_type="Group",
            created=row.since,
            last_modified=row.changed_at,
            location=f"{base}/Groups/{row.public_id}",
        ),
    )


def _member(public_id: str, base: str) -> SentMember:
    address = TO_USER(f"{base}/Users/{public_id}")
    return SentMember(value=public_id, type="User", ref=address)


def take(act: Act, group: SentGroup) -> DirectoryGroup:
    """A group that is new to us: the cohort of its name, which is made where there is none.

    Raises UniquenessException and InvalidValueException.
    """
    name = _name(group)
    called = Groups(act.session).named(name)
    cohort = act.session.scalars(select(Cohort).where(Cohort.name == called)).first()
    if cohort is None:
        cohort = cohorts.create(act, CohortFacts(name))
    elif act.session.scalar(select(DirectoryGroup.id).where(DirectoryGroup.cohort_id == cohort.id)):
        raise UniquenessException(detail=f"The cohort “{called}” is another group’s.")
    elif cohort.archived_at is not None:
        raise ConflictException(detail=f"The cohort “{called}” is archived. Take it out first.")
    row = DirectoryGroup(
        cohort_id=cohort.id, name=name, external_id=group.external_id, since=act.now,
        changed_at=act.now,
    )  # fmt: skip
    act.session.add(row)
    act.session.flush()
    act.record(Action.DIRECTORY_GROUP_CONNECTED, f"cohort:{cohort.public_id}")
    _set_members(act, row, cohort, group)
    return row


def change(act: Act, row: DirectoryGroup, group: SentGroup) -> None:
    """What the directory says of a group by now. Raises as ``take`` does."""
    cohort, name = act.session.get_one(Cohort, row.cohort_id), _name(group)
    if name != row.name and cohort.name == row.name:
        tutors = act.session.scalars(
            select(CohortTutor.account_id).where(CohortTutor.cohort_id == cohort.id)
        ).all()
        facts = CohortFacts(name, cohort.programme, cohort.starts_on, cohort.due_on)
        try:
            cohorts.change(act, cohort, facts, tutors)
        except InvalidInput as fault:
            raise UniquenessException(detail=str(fault)) from fault
    row.name, row.external_id, row.changed_at = name, group.external_id, act.now
    act.session.flush()
    _set_members(act, row, cohort, group)


def let_go(act: Act, row: DirectoryGroup) -> None:
    """The directory has deleted the group. The cohort, and who is in it, stay as they are."""
    cohort = act.session.get_one(Cohort, row.cohort_id)
    act.session.execute(delete(DirectoryMember).where(DirectoryMember.group_id == row.id))
    act.session.execute(delete(DirectoryGroup).where(DirectoryGroup.id == row.id))
    act.record(Action.DIRECTORY_GROUP_LET_GO, f"cohort:{cohort.public_id}")


def _name(group: SentGroup) -> str:
    try:
        name = clean_line(group.display_name or "")
    except InvalidInput as fault:
        raise InvalidValueException(detail=str(fault)) from fault
    if not name or len(name) > LONGEST:
        raise InvalidValueException(
            detail=f"A group is called something, in {LONGEST} characters at most."
        )
    return name


def _set_members(act: Act, row: DirectoryGroup, cohort: Cohort, group: SentGroup) -> None:
    """Let these people be in the group and no others, and the cohorts follow."""
    wanted = _accounts(act.session, {member.value or "" for member in group.members or []})
    query = select(DirectoryMember.account_id).where(DirectoryMember.group_id == row.id)
    there = set(act.session.scalars(query))
    gone, new = there - wanted.keys(), wanted.keys() - there
    for some in chunks(sorted(gone)):
        act.session.execute(
            delete(DirectoryMember).where(
                DirectoryMember.group_id == row.id, DirectoryMember.account_id.in_(some)
            )
        )
    if new:
        rows = [{"group_id": row.id, "account_id": one, "since": act.now} for one in sorted(new)]
        act.session.execute(insert(DirectoryMember), rows)
    if not gone and not new:
        return
    joining = [wanted[one] for one in sorted(new)]
    with Batch(act) as entries:
        setting_dates.move(entries, content().slug, _placed(act.session, joining, cohort))
        _take_out(entries, gone, cohort)


def _accounts(session: Session, public_ids: Collection[str]) -> dict[int, Account]:
    """The people with these ids. Raises InvalidValueException where there is none."""
    found: dict[int, Account] = {}
    for some in chunks(sorted(public_ids)):
        here = Account.public_id.in_(some), Account.erased_at.is_(None)
        found |= {one.id: one for one in session.scalars(select(Account).where(*here))}
    missing = set(public_ids) - {account.public_id for account in found.values()}
    if missing:
        raise InvalidValueException(
            detail=f"Nobody here has the id {min(missing)!r}. A group has people alone in it."
        )
    return found


def _placed(
    session: Session, people: Sequence[Account], cohort: Cohort
) -> list[tuple[Account, Cohort]]:
    """Those of them who take the induction and have not left, with where they go."""
    here = set()
    for some in chunks([account.id for account in people]):
        here |= set(
            session.scalars(
                select(Enrolment.account_id).where(
                    Enrolment.account_id.in_(some),
                    Enrolment.policy == content().slug,
                    Enrolment.left_at.is_(None),
                )
            )
        )
    return [(account, cohort) for account in people if account.id in here]


def _take_out(entries: Batch, gone: Collection[int], cohort: Cohort) -> None:
    """Whoever is still in this cohort goes to that of the group they joined last, or to none."""
    session = entries.act.session
    still = [
        account
        for some in chunks(sorted(gone))
        for account in session.scalars(
            select(Account)
            .join(Membership, Membership.account_id == Account.id)
            .where(
                Account.id.in_(some),
                Membership.cohort_id == cohort.id,
                Membership.left_at.is_(None),
            )
        )
    ]
    elsewhere = _last_joined(session, still)
    moving = [(account, elsewhere[account.id]) for account in still if account.id in elsewhere]
    cohorts.leave(entries, [one for one in still if one.id not in elsewhere], cohort)
    setting_dates.move(entries, content().slug, moving)
    for some in chunks([one.id for one in still if one.id not in elsewhere]):
        setting_dates.follow(entries, content().slug, Enrolment.account_id.in_(some))


def _last_joined(session: Session, people: Sequence[Account]) -> dict[int, Cohort]:
    """The open cohort of the group that each of them joined last, where they are in one."""
    found: dict[int, Cohort] = {}
    for some in chunks([account.id for account in people]):
        query = (
            select(DirectoryMember.account_id, Cohort)
            .join(DirectoryGroup, DirectoryGroup.id == DirectoryMember.group_id)
            .join(Cohort, Cohort.id == DirectoryGroup.cohort_id)
            .where(DirectoryMember.account_id.in_(some), Cohort.archived_at.is_(None))
            .order_by(DirectoryMember.since, DirectoryMember.group_id)
        )
        found |= {row.account_id: row.Cohort for row in session.execute(query)}
    return found
