"""Views of lists of learners that somebody keeps: what narrows and sorts a list, under a name.

They belong to whoever keeps them and are no act on anybody’s record.
"""

from collections.abc import Callable

from sqlalchemy import Integer, bindparam, delete, func, select
from sqlalchemy.orm import Session

from induction.database import AnySelect, rows_hit
from induction.people.access import cohorts_visible_to, oversees_all
from induction.people.models import Account, Cohort
from induction.progress.learners import LearnerFilter
from induction.progress.selection import list_of
from induction.refusals import NotNow
from induction.tutoring.models import SavedView

MOST = 30  # views of one person


def views_of(session: Session, owner: Account) -> list[dict[str, str]]:
    """The views that somebody keeps, by name, and where each leads. One query.

    One of a cohort that is theirs no more is left out.
    """
    found = session.connection().execute(_VIEWS[oversees_all(owner)], {"owner": owner.id})
    return [
        {
            "id": row.public_id,
            "name": row.name,
            "of": row.cohort_name or "All your learners",
            "href": list_of(
                row.cohort, LearnerFilter(row.state, row.search, row.sort, row.employer)
            ),
        }
        for row in found
    ]


# By whether the owner oversees all. Built once: it runs with every list of learners.
_OWNER = bindparam("owner", type_=Integer)
_VIEWS: dict[bool, AnySelect] = {
    everywhere: select(
        SavedView.public_id,
        SavedView.name,
        SavedView.state,
        SavedView.search,
        SavedView.sort,
        SavedView.employer,
        Cohort.public_id.label("cohort"),
        Cohort.name.label("cohort_name"),
    )
    .outerjoin(Cohort, Cohort.id == SavedView.cohort_id)
    .where(
        SavedView.account_id == _OWNER,
        SavedView.cohort_id.is_(None) | cohorts_visible_to(_OWNER, everywhere=everywhere),
    )
    .order_by(func.lower(SavedView.name), SavedView.id)
    for everywhere in (False, True)
}


def keep(
    session: Session, owner: Account, name: str, cohort: Cohort | None, wanted: LearnerFilter
) -> None:
    """Keep a list as it is narrowed and sorted; one of the same name gives way.

    Raises NotNow where there are as many as one person may keep.
    """
    mine = SavedView.account_id == owner.id
    session.execute(select(Account.id).where(Account.id == owner.id).with_for_update())
    session.execute(delete(SavedView).where(mine, SavedView.name == name))
    if (session.scalar(select(func.count()).where(mine)) or 0) >= MOST:
        raise NotNow(f"You keep {MOST} views already. Delete one first.")
    session.add(
        SavedView(
            account_id=owner.id,
            name=name,
            cohort_id=cohort.id if cohort else None,
            state=wanted.state,
            search=wanted.search,
            sort=wanted.sort,
            employer=wanted.employer,
        )
    )


def forget(session: Session, owner: Account, public_id: str) -> bool:
    """Delete a view of theirs; whether there was one."""
    mine = SavedView.account_id == owner.id, SavedView.public_id == public_id
    return bool(rows_hit(session, delete(SavedView).where(*mine)))


def leave_out(session: Session, is_meant: Callable[[str], bool]) -> None:
    """Delete every view that names somebody, whoever keeps it."""
    for view in session.scalars(select(SavedView)):
        if any(is_meant(said) for said in (view.name, view.search, view.employer)):
            session.delete(view)
