"""Which questions are drawn, and in which order: it looks random, and is always the same. Pure."""

import hashlib
from collections.abc import Iterable, Sequence

from induction.curriculum.model import Policy, Section
from induction.journey.tries import FINAL, AttemptKind, LearnerRecord


def in_order(seed: str, key: str, ids: Iterable[str]) -> tuple[str, ...]:
    """The ids in an order that looks random and is the same whenever it is asked for."""
    return tuple(sorted(ids, key=lambda i: hashlib.sha256(f"{seed}|{key}|{i}".encode()).digest()))


def order_shown(
    seed: str, step: str, try_number: int, scenario: str, scene: str, ids: Iterable[str]
) -> tuple[str, ...]:
    """The order of a question's options: new for each learner and each try."""
    return in_order(seed, f"{step}|{try_number}|{scenario}|{scene}", ids)


def draw_final(policy: Policy, sections: Sequence[Section], seed: str) -> tuple[str, ...]:
    """The final check's scenarios: one from each section, then others up to the number drawn."""
    firsts: list[str] = []
    others: list[str] = []
    for section in sections:
        ids = in_order(seed, f"{FINAL}|{section.slug}", (q.id for q in section.scenarios))
        firsts += ids[:1]
        others += ids[1:]
    wanted = max(0, policy.final_check.draw - len(firsts))
    return in_order(seed, FINAL, [*firsts, *in_order(seed, f"{FINAL}|more", others)[:wanted]])


def drawing_seed(seed: str, renewal: int) -> str:
    """What decides the draw of a final check: each renewal has a draw of its own."""
    return f"{seed}|renewal|{renewal}" if renewal else seed


def look_back(policy: Policy, learner: LearnerRecord, slug: str) -> str | None:
    """The scenario that a section looks back at: from an earlier section that has been passed.

    One that no other section has looked back at comes first, and among those one that was answered
    wrong at first. None for the first section.
    """
    section = policy.section(slug)
    if section is None:
        return None
    earlier = {
        q.id
        for s in policy.sections
        if s.number < section.number
        for q in s.scenarios
        if q.looks_back
    }
    first: dict[str, str] = {}
    asked_before: set[str] = set()
    for tried in learner.tries:
        if tried.kind is AttemptKind.SECTION:
            for scenario, result in tried.ended().items():
                first.setdefault(scenario, result)
        elif tried.kind is AttemptKind.LOOK_BACK and tried.step != slug:
            asked_before.update(tried.asked)
    known = [i for i in in_order(learner.seed, f"look-back|{slug}", earlier) if i in first]
    known.sort(key=lambda i: (i in asked_before, first[i] != "wrong"))
    return known[0] if known else None
