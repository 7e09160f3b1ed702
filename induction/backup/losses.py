"""What is lost when a backup takes the place of what is here: whatever was done after it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from induction.audit.act import written
from induction.audit.actions import Action
from induction.audit.models import AuditEntry
from induction.backup.copying import is_empty
from induction.uk_time import uk_datetime

UNKNOWN = "What was done after it is not in it; nothing here says what that was."
# What people would miss most, in words for one and for several.
_MISSED = {
    Action.ANSWERED: ("answer", "answers"),
    Action.CERTIFICATE_ISSUED: ("certificate", "certificates"),
    Action.ACCOUNT_CREATED: ("new account", "new accounts"),
}


@dataclass(frozen=True, slots=True)
class Losses:
    """Acts on record here that are later than the backup, and when the last was."""

    entries: int
    last: str  # as entries have it; "" for none
    missed: dict[str, int]

    @property
    def in_words(self) -> str:
        """One sentence for whoever is about to do it."""
        if not self.entries:
            return "Nothing was done here after it."
        among = ", ".join(
            f"{self.missed[action]} {words[self.missed[action] > 1]}"
            for action, words in _MISSED.items()
            if action in self.missed
        )
        acts = "1 act" if self.entries == 1 else f"{self.entries} acts"
        return (
            f"After it {acts} were put on record here"
            + (f", among them {among}" if among else "")
            + f", the last on {uk_datetime(self.last)}: they are not in it."
        )


def since(session: Session, made_at: datetime) -> Losses | None:
    """What was done here after that moment; None where nobody has an account here."""
    if is_empty(session):
        return None
    copies = (Action.BACKUP_MADE.value, Action.BACKUP_KEPT.value)  # the backup’s own
    later = (AuditEntry.at > written(made_at), AuditEntry.action.not_in(copies))
    query = select(AuditEntry.action, func.count()).where(*later).group_by(AuditEntry.action)
    counts = {row.action: row[1] for row in session.execute(query)}
    last = session.scalar(select(func.max(AuditEntry.at)).where(*later)) or ""
    return Losses(sum(counts.values()), last, counts)
