"""What the demo institute did when its policy changed: once materially, and once not.

A cohort of last year holds certificates of the first version. The second widens a rule, so its
holders decide on it again and sign again: some have, and some are still to. The third says another
rule in clearer words, and asks nothing of anybody. It is what the content folder has.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from induction.audit.act import SYSTEM, acting
from induction.curriculum.faults import CurriculumError
from induction.curriculum.loader import load_texts
from induction.demo.learner_profiles import ALL, Fate, Pupil, enrol, get_on
from induction.demo.plan import DOMAIN, DemoPlan, Group
from induction.extensions import db
from induction.people.models import Account
from induction.policy.archive import Candidate
from induction.policy.store import Content
from induction.policy_versions import drawing_up, publishing
from induction.policy_versions.rules import ChangeMark, Weight, to_be_marked
from induction.policy_versions.version_steps import Deadlines
from induction.uk_time import uk_day

WIDENED, CLEARER = "rule-12-identify", "privacy-settings"
IN_COHORT, HAVE_REDONE = 5, 3
BEGUN, SECOND, THIRD = timedelta(weeks=29), timedelta(weeks=14), timedelta(weeks=12)  # ago
TO_REDO = timedelta(weeks=3)  # from now
_OLD_WORDS = {
    WIDENED: "You do not post a photo of another person without their clear yes.",
    CLEARER: "We recommend that you keep your privacy settings as high as possible.",
}
_REASONS = {
    WIDENED: "It was only about photos. It is about comments and clips as well now.",
    CLEARER: "The same in clearer words: it says that this is advice, and not a rule.",
}


@dataclass(frozen=True, slots=True)
class History:
    """Who is concerned, and the version that came before the one on disk."""

    group: Group
    people: tuple[Account, ...]
    second: Candidate


def first_version(content: Content, plan: DemoPlan, group: Group) -> History | None:
    """Put the first version in force, and let a cohort finish under it.

    None where the content folder has another policy, without the words that have changed.
    """
    candidate = content.candidate()
    second = _with_old_words(candidate, CLEARER)
    first = second and _with_old_words(second, WIDENED)
    if first is None or second is None:
        return None
    begun = plan.now - BEGUN
    with acting(SYSTEM, begun) as act:
        content.keep(act, first)
    rng = random.Random(f"{plan.seed} earlier")  # noqa: S311  a reproducible choice, not a secret
    people = []
    for number in range(IN_COHORT):
        with acting(SYSTEM, begun) as act:
            account = enrol(act, content, rng, group, plan.learners + number)
        _finish(content, plan, account, rng, begun + timedelta(days=3 + number))
        people.append(account)
    return History(group, tuple(people), second)


def later_versions(content: Content, plan: DemoPlan, history: History) -> None:
    """Publish the second version, let some do what it asks of them, and publish the third."""
    published = plan.now - SECOND
    _publish(content, plan, history.second, published, Weight.MATERIAL)
    rng = random.Random(f"{plan.seed} again")  # noqa: S311  as above
    for number, account in enumerate(history.people[:HAVE_REDONE]):
        _finish(content, plan, account, rng, published + timedelta(days=2 + number))
    _publish(content, plan, content.candidate(), plan.now - THIRD, Weight.MINOR)


def _finish(
    content: Content, plan: DemoPlan, account: Account, rng: random.Random, at: datetime
) -> None:
    fate = Fate(done=True, stuck=False, answers=ALL, skill=0.9)
    with acting(account, at) as act:
        get_on(act, content, plan, Pupil(account, fate, rng))


def _publish(
    content: Content, plan: DemoPlan, candidate: Candidate, at: datetime, weight: Weight
) -> None:
    """One officer draws up and approves, the other puts it in force the day after."""
    session = db.session()
    first, second = (
        session.scalars(select(Account).where(Account.email == f"{who}@{DOMAIN}")).one()
        for who in ("compliance", "compliance2")
    )
    with acting(first, at - timedelta(days=1)) as act:
        changes = to_be_marked(content.look(act.session).policy, candidate.policy)
        marks = {c.key: ChangeMark(weight, _REASONS[c.item]) for c in changes}
        version = drawing_up.draw_up(act, content, candidate, marks)
        publishing.approve(act, content, version)
    redo_by = uk_day(plan.now + TO_REDO) if weight is Weight.MATERIAL else None
    with acting(second, at) as act:
        publishing.publish(act, content, version, Deadlines(redo_by))


def _with_old_words(candidate: Candidate, clause_id: str) -> Candidate | None:
    """The same with one clause as it used to be; None where it is not there."""
    clause = candidate.policy.clause(clause_id)
    path = f"content/{candidate.policy.slug}/policy.yaml"
    before, found, rest = candidate.files[path].partition(f"  - id: {clause_id}\n")
    entry, mark, after = rest.partition("    words: >-\n")
    if clause is None or not found or not mark or "- id:" in entry:
        return None
    rows = after.split("\n")
    end = next((n for n, row in enumerate(rows) if not row.startswith("      ")), len(rows))
    words = [f"      {_OLD_WORDS[clause_id]}", *rows[end:]]
    text = f"{before}{found}{entry}{mark}" + "\n".join(words)
    files: Mapping[str, str] = {**candidate.files, path: text}
    try:
        return Candidate(files, load_texts(candidate.policy.slug, files))
    except CurriculumError:
        return None
