"""Lists that come by themselves, and the letter where one did not come or cannot be taken."""

from datetime import datetime

from sqlalchemy import or_, select

from induction.database import writing
from induction.mail import outbox
from induction.mail.letters import letter
from induction.people.models import Account, Role, has_role


def tell_that_no_list_came(what_came: str, *, now: datetime) -> None:
    """A letter to administrators and compliance; of the list it says nothing."""
    with writing() as session:
        people = session.scalars(
            select(Account).where(
                or_(has_role(Role.ADMIN), has_role(Role.COMPLIANCE)),
                Account.deactivated_at.is_(None),
                Account.erased_at.is_(None),
            )
        ).all()
        for person in people:
            told = letter("no-list", account=person, what_came=what_came)
            outbox.queue(session, person.email, told, now=now, account_id=person.id)
