"""The figures of a bank as ``content check`` prints them; an arrow marks what misses its goal."""

from collections.abc import Iterator
from dataclasses import asdict

from induction.curriculum.bank import (
    CAUTIOUS_AT_MOST,
    DECENT_AT_MOST,
    OWN_AT_LEAST,
    STORIES_AT_LEAST,
    Bank,
    ClauseForms,
    Share,
)
from induction.curriculum.model import Use


def as_lines(bank: Bank) -> Iterator[str]:
    """For authors to read."""
    counts = ", ".join(f"{count} {use.value}" for use, count in bank.uses.items())
    yield f"Bank: {sum(bank.uses.values())} scenarios ({counts})"
    wide = max((len(line.clause.id) for line in bank.clauses), default=0)
    yield f"  {'clause':<{wide}}  learn  check  later"
    yield from (_clause(line, wide) for line in bank.clauses)
    yield ""
    yield "  Right at the end without the policy:"
    for name, share in bank.cautious.items():
        over = share.is_over(CAUTIOUS_AT_MOST)
        yield _share(f"the most cautious option, {name}", share, "at most a half", over)
    over = bank.decent.is_over(DECENT_AT_MOST)
    yield _share("what a decent person would do, all", bank.decent, "at most a third", over)
    chance = f"by chance {bank.longest_by_chance:.1f}"
    over = bank.longest.count > bank.longest_by_chance
    yield _share("the longest option, all", bank.longest, chance, over)
    yield "  Stories:"
    under = bank.turning.is_under(STORIES_AT_LEAST)
    yield _share("a poor first choice can be put right", bank.turning, "at least a half", under)
    yield "  Decided in the sections and not meant for everyone:"
    for audience, share in bank.own.items():
        under = share.count > 0 and share.is_under(OWN_AT_LEAST)
        yield _share(audience, share, "at least a quarter, if any", under)
    yield "  Of ten situations in the sections, two neighbours decide alike:"
    yield from (f"    {audience:<58}  {alike:>5.1f}" for audience, alike in bank.alike.items())
    yield f"  Must be right: {_names(bank.must)}"
    yield f"  Neither cautious nor decent marked, or only one: {_names(bank.unmarked)}"
    yield f"  No plain rule: {_names(bank.without_rule)}"


def as_json(bank: Bank) -> dict[str, object]:
    """For programs."""
    return {
        "uses": bank.uses,
        "clauses": {line.clause.id: line.forms for line in bank.clauses},
        "cautious": {name: asdict(share) for name, share in bank.cautious.items()},
        "decent": asdict(bank.decent),
        "longest": {**asdict(bank.longest), "by_chance": bank.longest_by_chance},
        "turning": asdict(bank.turning),
        "own": {audience: asdict(share) for audience, share in bank.own.items()},
        "alike": bank.alike,
        "must": bank.must,
        "unmarked": bank.unmarked,
        "without_rule": bank.without_rule,
    }


def _clause(line: ClauseForms, wide: int) -> str:
    counts = "  ".join(f"{line.forms[use]:>5}" for use in Use)
    note = f"  ← none for {', '.join(line.wanting)}" if line.wanting else ""
    note = note if line.clause.assess else "  not assessed"
    return f"  {line.clause.id:<{wide}}  {counts}{note}".rstrip()


def _share(what: str, share: Share, goal: str, missed: bool) -> str:
    return f"    {what:<58}  {share.count:>3} of {share.of:>3}  {goal}{'  ←' if missed else ''}"


def _names(names: tuple[str, ...]) -> str:
    return f"{len(names)}: {', '.join(names)}" if names else "none"
