"""Letters to people about their own account: what was done to it, and what if it was not them."""

from induction.audit.act import Act
from induction.mail import outbox
from induction.mail.letters import letter
from induction.people.models import Account


def tell(act: Act, account: Account, template: str, **facts: object) -> None:
    """Queue the letter that this template makes, in the act that it tells of."""
    told = letter(template, account=account, at=act.now, **facts)
    outbox.queue(act.session, account.email, told, now=act.now, account_id=account.id)
