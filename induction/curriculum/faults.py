"""What can be wrong with the authors' files, and where: every fault has a file and a line."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum

from induction.curriculum.model import MediaFile, Place


class Severity(StrEnum):
    """An error stops the content from being used; a warning asks for a second look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend, in plain words."""

    path: str  # relative to the content root, with forward slashes
    line: int  # the first line is 1
    message: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        """``path:line: error: message``, the form that editors make clickable."""
        return f"{self.path}:{self.line}: {self.severity}: {self.message}"


class CurriculumError(Exception):
    """The files cannot be used. Carries every fault found, in the order of files and lines."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda f: (f.path, f.line, f.message)))
        super().__init__("\n".join(str(fault) for fault in self.faults))


@dataclass(slots=True)
class Ledger:
    """What one reading of a policy's files has found so far: the faults and the places of ids."""

    faults: list[Fault] = field(default_factory=list)
    places: dict[tuple[str, str], Place] = field(default_factory=dict)
    # Scenarios with a slip in what decides them. Judging these would tell one slip twice.
    doubtful: set[str] = field(default_factory=set)
    # By path: the text of drawings and transcripts, the files that are kept apart (``media``), and
    # which of all these are shown.
    drawings: dict[str, str] = field(default_factory=dict)
    transcripts: dict[str, str] = field(default_factory=dict)
    media: dict[str, MediaFile] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Source:
    """One file being read; it writes into the ledger that its policy's files share."""

    path: str
    ledger: Ledger

    def error(self, line: int, message: str) -> None:
        """Note a fault of this file and carry on, so that an author sees all of them at once."""
        self.ledger.faults.append(Fault(self.path, line, message))

    def is_noted(self, line: int, message: str) -> bool:
        """Whether this very fault has been noted: several places may read one file."""
        return Fault(self.path, line, message) in self.ledger.faults

    def remember(self, kind: str, name: str, line: int, said: str = "") -> bool:
        """Note where an id is written; False, and a fault, where it is there a second time.

        ``name`` is the full name, such as ``scenario/option``; ``said`` is what the author wrote.
        """
        first = self.ledger.places.setdefault((kind, name), Place(self.path, line))
        if first != Place(self.path, line):
            self.error(
                line,
                f"another {kind} is called `{said or name}`, at {first.path}:{first.line}; "
                "each needs its own id",
            )
            return False
        return True


def nearest(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """The known word that is most like this one; none where nothing is near."""
    return tuple(get_close_matches(word, sorted(known), n=1))


def asking(meant: Iterable[str]) -> str:
    """The ending of a message that suggests what was meant; empty where nothing was near."""
    return "".join(f"; did you mean `{word}`?" for word in meant)
