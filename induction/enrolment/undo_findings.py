"""What taking an import back comes to: who goes, what goes back, and what stays, with why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from induction.audit.batch import Batch
from induction.people.models import Account
from induction.policy.store import Content

CAME = "They have been here since."
KEPT = "Something has been done for them since, or is kept about them: a reminder, a note, a card."
AGAIN = "It has been changed again since."
HIDDEN = "They are not in your cohorts now."
TAKEN = "Somebody else has what stood there before."
IN_USE = "Somebody signs in with this account. Compliance or an administrator changes the address."
ERASED = "What stood there before is no longer kept."
LEARNING = "They have begun."
SOMEBODY = "Somebody is in it."

Way = Callable[[list[Any], Batch, Content], None]  # takes what goes back so of everybody


@dataclass(frozen=True, slots=True)
class Gone:
    """Somebody whom the import made, and who goes."""

    id: int
    public_id: str
    full_name: str
    learner_ref: str | None
    sort_name: str

    @property
    def actor(self) -> str:
        """How the record of acts names them."""
        return f"account:{self.public_id}"


@dataclass(frozen=True, slots=True)
class PutBack:
    """One thing that goes back to what it was."""

    account: Account
    what: str  # in words
    way: Way
    item: object  # of this one


@dataclass(frozen=True, slots=True)
class Left:
    """Something that stays as it is, and why."""

    name: str
    why: str


@dataclass
class TakenBack:
    """What taking an import back would do now, or has done."""

    removed: list[Gone] = field(default_factory=list)
    put_back: list[PutBack] = field(default_factory=list)
    cohorts: list[tuple[str, Callable[[Batch, Content], object]]] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)

    @property
    def nothing(self) -> bool:
        """Whether there is nothing that could be taken back."""
        return not (self.removed or self.put_back or self.cohorts)

    @property
    def counts(self) -> dict[str, int]:
        """How many people go, how many have something put back, and what stays as it is."""
        return {
            "removed": len(self.removed),
            "put_back": len({back.account.id for back in self.put_back}),
            "cohorts": len(self.cohorts),
            "left": len(self.left),
        }

    def __iadd__(self, more: Self) -> Self:
        """Take what another part of it came to as well."""
        self.removed += more.removed
        self.put_back += more.put_back
        self.cohorts += more.cohorts
        self.left += more.left
        return self

    def leave(self, account: Account | Gone, why: str, what: str = "") -> None:
        """Something of a person stays as it is."""
        self.left.append(Left(f"{account.full_name}{f' ({what})' if what else ''}", why))


def in_words(counts: Mapping[str, int]) -> str:
    """What taking an import back came to."""
    gone, back, left = (counts.get(name, 0) for name in ("removed", "put_back", "left"))
    if not (gone or back or counts.get("cohorts")):
        return "There was nothing left to undo. Nothing was changed."
    return (
        f"The import is undone: {gone} {'person' if gone == 1 else 'people'} removed, {back} put "
        f"back, {left} left as they are."
    )
