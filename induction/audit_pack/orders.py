"""What a pack is to hold, from the running application."""

from datetime import datetime

from flask import current_app

from induction.audit.verify import checkpoint_folder
from induction.audit_pack import pack
from induction.institute import institute
from induction.policy.store import content
from induction.register.listing import Wanted


def order(wanted: Wanted, actor: str, now: datetime) -> pack.Order:
    """An order for a pack from the running application."""
    return pack.Order(
        wanted=wanted,
        actor=actor,
        now=now,
        policy=content().policy,
        institute=institute(),
        signer=current_app.extensions["signer"],
        checkpoints=checkpoint_folder(),
        base_url=current_app.extensions["settings"].base_url,
    )
