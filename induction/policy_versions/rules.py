"""What a new version of a policy changes, what has to be said of it, and what that makes due.

Pure: policies in, values out.
"""

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from induction.curriculum.changes import Difference, compare, scenarios_testing
from induction.curriculum.checks import OnRecord, check
from induction.curriculum.faults import Fault, Severity
from induction.curriculum.model import Policy
from induction.uk_time import uk_date

DECLARATION = "declaration"
LONGEST_REASON = 500


class VersionState(StrEnum):
    """How far a version has got."""

    DRAFT = "draft"
    APPROVED = "approved"
    IN_FORCE = "in-force"
    RETIRED = "retired"


class Weight(StrEnum):
    """What a change means for those who learnt it as it was."""

    MATERIAL = "material"  # answer again, and sign again
    MINOR = "minor"  # nobody has to do anything


@dataclass(frozen=True, slots=True)
class ChangeMark:
    """What compliance says of one change."""

    weight: Weight
    reason: str


@dataclass(frozen=True, slots=True)
class WordsChanged:
    """A few words of a text: the same in both, only in the old, or only in the new."""

    text: str
    kind: str = "same"  # same | old | new


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as it was."""

    kind: str  # clause | declaration | section | scenario | help
    item: str
    change: str  # added | changed | removed
    title: str
    old: str = ""
    new: str = ""
    note: str = ""

    @property
    def key(self) -> str:
        """Its name in forms."""
        return f"{self.kind}:{self.item}"

    @property
    def pieces(self) -> tuple[tuple[WordsChanged, ...], tuple[WordsChanged, ...]]:
        """The old and the new text, with the words that differ told apart."""
        return _pieces(self.old, self.new)


@dataclass(frozen=True, slots=True)
class Redo:
    """What the material changes of a version ask of those who have done the induction."""

    scenarios: tuple[str, ...] = ()  # to be answered again
    clauses: tuple[str, ...] = ()  # whoever learns one of these signs again
    everyone: bool = False  # everyone signs again


def to_be_marked(before: Policy, after: Policy) -> list[Change]:
    """The changes of which compliance says whether they are material: clauses, declaration."""
    found = list(_clauses(before, after, compare(before, after).clauses))
    old, new = _declared(before), _declared(after)
    if old != new:
        title = "The words of the declaration"
        found.append(Change(DECLARATION, DECLARATION, "changed", title, old, new))
    return found


def _declared(policy: Policy) -> str:
    """All that anybody accepts; what is for some says for whom."""
    some = (f"For {name}: {' '.join(lines)}" for name, lines in policy.declaration_for.items())
    return " ".join((*policy.declaration, *some))


def other_changes(before: Policy, after: Policy) -> list[Change]:
    """Pages and scenarios that changed: by themselves they ask nothing of anybody."""
    changes = compare(before, after)
    return [
        *_named("section", changes.sections, _sections(before), _sections(after)),
        *_named("scenario", changes.scenarios, _scenarios(before), _scenarios(after)),
        *_named("help", changes.help, _help(before), _help(after)),
    ]


def facts_changed(before: Policy, after: Policy) -> list[tuple[str, str, str]]:
    """Name, old and new of what a policy says about itself."""
    facts = [
        (name, _fact(before, field), _fact(after, field))
        for name, field in (
            ("Title", "title"),
            ("Reference", "reference"),
            ("Owner", "owner"),
            ("Version of", "version_date"),
            ("Next review", "review_due"),
        )
    ]
    facts.append(("Final check", _final(before), _final(after)))
    return [fact for fact in facts if fact[1] != fact[2]]


def redo_of(after: Policy, marks: Mapping[str, ChangeMark]) -> Redo:
    """What these marks make due, by the key of each change."""
    material = {key for key, mark in marks.items() if mark.weight is Weight.MATERIAL}
    clauses = {key.partition(":")[2] for key in material if key.startswith("clause:")}
    kept = tuple(c.id for c in after.clauses if c.id in clauses)
    return Redo(
        scenarios=tuple(q.id for q in scenarios_testing(after, kept)),
        clauses=kept,
        # Nobody learns a clause that is gone, yet everyone has signed for it.
        everyone=len(kept) < len(clauses) or f"{DECLARATION}:{DECLARATION}" in material,
    )


Chosen = frozenset[tuple[str, str]]  # scenarios, each with an option that somebody chose


def faults_beside(before: Policy, after: Policy, chosen: Chosen, today: date) -> list[Fault]:
    """What is to be mended in a policy that comes after another, of which answers are on record."""
    kept = OnRecord(tried={s.slug: {q.id for q in s.bank} for s in before.sections})
    for scenario, option in chosen:
        kept.chosen.setdefault(scenario, set()).add(option)
    return check(after, today, kept)


def stopping(before: Policy, after: Policy, chosen: Chosen, today: date) -> list[str]:
    """Why a version must not come into force: an assessed clause without a scenario, and the like.

    One line a fault, each with its file and line; empty where nothing is in the way.
    """
    faults = faults_beside(before, after, chosen, today)
    return [str(fault) for fault in faults if fault.severity is Severity.ERROR]


def marks_from(
    changes: Collection[Change], given: Mapping[str, str]
) -> tuple[dict[str, ChangeMark], dict[str, str]]:
    """The marks that a form carries, and what is missing by the name of its field."""
    marks: dict[str, ChangeMark] = {}
    missing: dict[str, str] = {}
    for change in changes:
        weight = given.get(f"weight:{change.key}", "")
        reason = " ".join(given.get(f"reason:{change.key}", "").split())
        if weight not in list(Weight):
            missing[f"weight:{change.key}"] = f"Say whether {change.item} is material or minor."
        elif not reason:
            missing[f"reason:{change.key}"] = f"Say why {change.item} changed."
        elif len(reason) > LONGEST_REASON:
            missing[f"reason:{change.key}"] = f"Use at most {LONGEST_REASON} characters."
        else:
            marks[change.key] = ChangeMark(Weight(weight), reason)
    return marks, missing


def _clauses(before: Policy, after: Policy, ids: Difference) -> Iterator[Change]:
    order = dict.fromkeys([*(c.id for c in after.clauses), *(c.id for c in before.clauses)])
    kinds = {i: kind for kind in ("added", "changed", "removed") for i in getattr(ids, kind)}
    for clause_id in order:
        if clause_id not in kinds:
            continue
        old, new = before.clause(clause_id), after.clause(clause_id)
        where = new.where if new else old.where if old else ""
        notes = []
        if old and new and old.where != new.where:
            notes.append(f"Place in the policy: was “{old.where}”, now “{new.where}”.")
        if old and new and old.assess != new.assess:
            notes.append("Now to be tested." if new.assess else "No longer to be tested.")
        yield Change(
            "clause",
            clause_id,
            kinds[clause_id],
            where,
            old.words if old else "",
            new.words if new else "",
            " ".join(notes),
        )


def _sections(policy: Policy) -> dict[str, str]:
    return {s.slug: s.title for s in policy.sections}


def _help(policy: Policy) -> dict[str, str]:
    return {page.slug: page.title for page in policy.help}


def _scenarios(policy: Policy) -> dict[str, str]:
    return {q.id: f"{q.title} ({s.title})" for s in policy.sections for q in s.bank}


def _named(
    kind: str, ids: Difference, old: Mapping[str, str], new: Mapping[str, str]
) -> Iterator[Change]:
    for change in ("added", "changed", "removed"):
        for item in getattr(ids, change):
            yield Change(kind, item, change, new.get(item) or old[item])


def _fact(policy: Policy, field: str) -> str:
    value = getattr(policy, field)
    if isinstance(value, date):
        return uk_date(value)
    return str(value or "not said")


def _final(policy: Policy) -> str:
    return f"{policy.final_check.draw} situations, {policy.final_check.pass_mark}% to pass"


def _pieces(old: str, new: str) -> tuple[tuple[WordsChanged, ...], tuple[WordsChanged, ...]]:
    one, other = re.findall(r"\s*\S+", old), re.findall(r"\s*\S+", new)
    first: list[WordsChanged] = []
    second: list[WordsChanged] = []
    steps = difflib.SequenceMatcher(a=one, b=other, autojunk=False).get_opcodes()
    for tag, a, b, c, d in steps:
        if a < b:
            first.append(WordsChanged("".join(one[a:b]), "same" if tag == "equal" else "old"))
        if c < d:
            second.append(WordsChanged("".join(other[c:d]), "same" if tag == "equal" else "new"))
    return tuple(first), tuple(second)
