"""Two accounts turn out to be one person: what the directory says goes to the one that goes on."""

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from induction.directory.models import DirectoryMember, DirectoryUser


def goes_to(session: Session, kept_id: int, other_id: int) -> None:
    """The directory means the account that is kept from now on, unless it knows both.

    It finds it by the user name: what it knew as the id of the other leads nowhere any more.
    """
    there = set(
        session.scalars(
            select(DirectoryUser.account_id).where(
                DirectoryUser.account_id.in_((kept_id, other_id)), DirectoryUser.let_go.is_(False)
            )
        )
    )
    if there != {other_id}:
        return
    session.execute(delete(DirectoryUser).where(DirectoryUser.account_id == kept_id))
    groups = select(DirectoryMember.group_id).where(DirectoryMember.account_id == kept_id)
    twice = DirectoryMember.account_id == other_id, DirectoryMember.group_id.in_(groups)
    session.execute(delete(DirectoryMember).where(*twice))
    for model in (DirectoryUser, DirectoryMember):
        session.execute(
            update(model).where(model.account_id == other_id).values(account_id=kept_id)
        )
