"""What has changed in a policy since somebody learnt it, and why, in words. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from induction.curriculum.model import Policy
from induction.policy.editions import InForce, News


@dataclass(frozen=True, slots=True)
class ChangedRule:
    """A rule that changed, and why."""

    words: str
    reason: str


def concerning(
    held: InForce, *, signed: int | None, signs: bool, scenarios: Iterable[str]
) -> tuple[News, ...]:
    """The changes that ask something of somebody, the oldest first.

    ``signed`` is the edition that they last signed. Who ``signs`` again signs for all that has
    changed since; who does not is concerned by what the ``scenarios`` test that they answer again.
    """
    tested = {c for s in scenarios if (q := held.policy.scenario(s)) for c in q.clauses}
    return tuple(
        one for one in held.news if one.number > (signed or 0) and (signs or one.item in tested)
    )


def in_words(policy: Policy, news: Iterable[News]) -> list[ChangedRule]:
    """Each rule once, as it is now, with the reason of its last change."""
    last = {one.key: one for one in news}
    return [ChangedRule(_words(policy, one), one.reason) for one in last.values()]


def _words(policy: Policy, one: News) -> str:
    if one.kind == "declaration":
        return "The declaration has new words."
    clause = policy.clause(one.item)
    return clause.words if clause else "A rule that you learnt no longer holds."
