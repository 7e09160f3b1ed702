"""How a certificate was earned, in the few figures that lists have: out of its frozen record. Pure.

A first sight is the first time that somebody decided a situation. Looking back counts nowhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from induction.certificates.record import (
    Answer,
    CertificateRecord,
    recorded_how,
    signed_otherwise,
)

# What lists call the figures, in the order of ``cells``.
HEADS = (
    "Situations met", "Right at first sight", "Per cent", "Parts passed before reading",
    "Sections excused", "Signed on behalf", "Signed with another name",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Earned:
    """What somebody had met when their certificate was issued, and how that went at first."""

    situations: int
    right_at_first: int
    tested_out: int  # sections that they were right about before reading them
    excused: int  # sections that somebody let count as passed
    on_behalf: str  # how the declaration was given, where somebody else recorded it; else ""
    signed_otherwise: str  # the signature, where it is plainly another name; else ""

    @property
    def per_cent(self) -> int | None:
        """Right at first sight, per cent; None where nothing was met."""
        return round(100 * self.right_at_first / self.situations) if self.situations else None


def cells(figures: Earned | None) -> tuple[int | str | None, ...]:
    """The figures as cells of a list; empty ones where there is no record any more."""
    if figures is None:
        return (None,) * len(HEADS)
    return (
        figures.situations, figures.right_at_first, figures.per_cent, figures.tested_out,
        figures.excused, figures.on_behalf, figures.signed_otherwise,
    )  # fmt: skip


def at_first_sight(answers: Sequence[Answer]) -> list[bool]:
    """For each situation that was met, whether the first decision on it was right."""
    firsts = {a["scenario"]: a["right"] for a in reversed(answers) if a["counted"]}
    return list(firsts.values())


def earned(record: CertificateRecord) -> Earned:
    """The figures of a certificate."""
    firsts = at_first_sight(record["answers"])
    unread = sum(section.get("tested_out", False) for section in record["sections"])
    excused = sum(not section["tries"] for section in record["sections"])
    on_behalf = recorded_how(record["declaration"]["signed_name"])
    otherwise = signed_otherwise(record)
    return Earned(len(firsts), sum(firsts), unread, excused, on_behalf, otherwise)
