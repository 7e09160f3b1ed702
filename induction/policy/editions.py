"""What is in force: the active content, those before it, and what each made due again. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from induction.curriculum.model import Policy, Use


@dataclass(frozen=True, slots=True)
class Editions:
    """The contents that have been in force, numbered as they came, and what each made due again.

    By number and not by the clock, which may jump. A content that was never in force has 0.
    """

    numbers: Mapping[str, int] = field(default_factory=dict)  # digest of a content → its number
    since: Mapping[str, int] = field(default_factory=dict)  # clause → first that counts for it
    # number → clauses whose change asks those who learn them to sign again; None asks everyone
    sign: Mapping[int, frozenset[str] | None] = field(default_factory=dict)

    def number(self, content: str) -> int:
        """The number of a content."""
        return self.numbers.get(content, 0)

    def since_for(self, clauses: Iterable[str]) -> int:
        """The first that counts for a decision on these clauses."""
        return max((self.since.get(clause, 0) for clause in clauses), default=0)

    def newest_to_sign(self, policy: Policy, audience: str) -> int:
        """The first edition that a declaration of this audience must be for, to count today."""
        if not self.sign:
            return 0
        sections = policy.sections_for(audience)
        learnt = {c for s in sections for c in s.clauses}
        learnt |= {c for s in sections for q in s.forms(audience, Use.LEARN) for c in q.clauses}
        return max(
            (n for n, asked in self.sign.items() if asked is None or not learnt.isdisjoint(asked)),
            default=0,
        )


ONE_EDITION = Editions()


@dataclass(frozen=True, slots=True)
class Document:
    """The signed-off document of the version in force."""

    id: int
    name: str
    kind: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Edition:
    """A version that came into force: its number, and what goes with it."""

    number: int
    version_id: int
    version_date: date
    redo_by: date | None
    joiner_days: int | None
    since: datetime


@dataclass(frozen=True, slots=True)
class News:
    """A change that asks something of those who learnt it as it was, and why it was made."""

    number: int  # of the edition that made it
    kind: str  # clause | declaration
    item: str
    reason: str

    @property
    def key(self) -> str:
        """What changed."""
        return f"{self.kind}:{self.item}"


@dataclass(frozen=True, slots=True)
class InForce:
    """The active content: what learners see now. ``marks`` tells whether it still is."""

    policy: Policy
    editions: Editions = ONE_EDITION
    marks: tuple[str, str] = ("", "")
    all: tuple[Edition, ...] = ()
    news: tuple[News, ...] = ()
    document: Document | None = None

    @property
    def edition(self) -> Edition | None:
        """The version in force; None while the files stand in for it."""
        return self.all[-1] if self.all else None
