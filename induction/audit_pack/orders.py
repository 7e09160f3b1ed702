"""What a pack is to hold, from the running application."""

from datetime import datetime

from flask import current_app
from sqlalchemy.orm import Session

from induction.audit.verify import checkpoint_folder
from induction.audit_pack import pack
from induction.institute import institute
from induction.policy.store import content
from induction.register import filters
from induction.register.listing import Wanted


def order(session: Session, wanted: Wanted, actor: str, now: datetime) -> pack.PackOrder:
    """An order for a pack from the running application."""
    return pack.PackOrder(
        wanted=wanted,
        scope=filters.in_words(session, wanted),
        actor=actor,
        now=now,
        policy=content().policy,
        institute=institute(),
        signer=current_app.extensions["signer"],
        checkpoints=checkpoint_folder(),
    )
