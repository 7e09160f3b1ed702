"""How long an average reader takes: reading, deciding, and reading what follows from each decision.

The estimates are meant for people, so they are what most take and not what the quickest could do.
Silent reading of non-fiction in English averages 238 words a minute (Brysbaert 2019, a
meta-analysis of 190 studies); 200 leaves room for those who read slowly, and for a phone.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import ceil
from statistics import fmean

from induction.curriculum.decisions import begins_with_look_back, hands
from induction.curriculum.model import Deed, Policy, Scenario, Scene, Section, Use
from induction.curriculum.readability import word_count

WORDS_A_MINUTE = 200
QUICKEST = 400  # words a minute, which few readers reach (same source)
MINUTES_A_DECISION = 6 / 60  # to choose, once the options have been read
_MINUTES_TO_SIGN = 0.5  # one's name, a tick, and a look at the certificate
_ROUNDED_TO = 5  # minutes: what is said to somebody who has not begun


def page(title: str, summary: str, words: int) -> float:
    """Minutes to read a section's page; ``words`` are those of its text. Its rules are folded."""
    return (words + _words(title, summary)) / WORDS_A_MINUTE


def doing(deeds: Sequence[Deed]) -> float:
    """Minutes to read what is to be done at once; doing it takes as long as somebody likes."""
    return _words(*(deed.text for deed in deeds)) / WORDS_A_MINUTE


def deciding(scenario: Scenario) -> float:
    """Minutes to read a scenario and to decide it."""
    return sum(_asked(scenario, scene) for scene in _way(scenario))


def following(scenario: Scenario) -> float:
    """Minutes to read what follows, on average over what is chosen; the rules behind it are folded.

    Times are shown before the answer, so they must not depend on which option is right.
    """
    return sum(_told(scenario, scene) for scene in _way(scenario))


def _way(scenario: Scenario) -> Iterator[Scene]:
    """The scenes that somebody comes to with whom the story goes on."""
    left = {scene.id: scene for scene in scenario.scenes}
    name = scenario.scenes[0].id if scenario.scenes else ""
    while (scene := left.pop(name, None)) is not None:
        yield scene
        name = next((option.next for option in scene.options if option.next), "")


def _asked(scenario: Scenario, scene: Scene) -> float:
    words = _words(scene.question, *scenario.read_before(scene))
    reading = (words + word_count(scene.situation_html)) / WORDS_A_MINUTE
    return reading + MINUTES_A_DECISION * scenario.decisions(scene)


def _told(scenario: Scenario, scene: Scene) -> float:
    if not scene.options:
        return 0.0
    each = [_words(o.text) + word_count(o.feedback_html) for o in scene.options]  # “You chose: …”
    outcomes = [
        word_count(scenario.consequence_html(scene, (option.id,), right=right))
        for option in scene.options
        for right in (True, False)
    ]
    return (scenario.chosen_at_once(scene) * fmean(each) + fmean(outcomes)) / WORDS_A_MINUTE


def reading(section: Section, audience: str) -> float:
    """Minutes to read what this audience reads of a section's page; what everyone does for none."""
    left_out = section.words - section.words_for(audience)
    return section.minutes - left_out / WORDS_A_MINUTE


def quickest_page(section: Section) -> float:
    """Seconds to read what everyone reads of a section's page, for the fastest of readers."""
    return reading(section, "") * WORDS_A_MINUTE / QUICKEST * 60


def quickest_question(scenario: Scenario) -> float:
    """Seconds to read a scenario's questions and options, so fast; deciding takes none."""
    decisions = sum(scenario.decisions(scene) for scene in _way(scenario))
    reading = scenario.minutes_to_decide - MINUTES_A_DECISION * decisions
    return max(0.0, reading) * WORDS_A_MINUTE / QUICKEST * 60


def look_back(policy: Policy) -> float:
    """Minutes for the look-back before a section. What follows is folded where it was right."""
    bank = (q for section in policy.sections for q in section.bank)
    asked = [q for q in bank if q.looks_back and q.use is not Use.CHECK]
    return fmean(q.minutes_to_decide for q in asked) if asked else 0.0


def final_check(policy: Policy, sections: Sequence[Section]) -> float:
    """Minutes for a final check drawn from these sections, whichever scenarios are drawn.

    What follows is folded where it was right.
    """
    asked = [q.minutes_to_decide for s in sections for q in s.bank if q.use is Use.CHECK]
    asked = asked or [q.minutes_to_decide for s in sections for q in s.scenarios]
    return policy.final_check.draw * fmean(asked) if asked else 0.0


def declaration(policy: Policy, audience: str) -> float:
    """Minutes to read the declaration and to sign it."""
    return _words(*policy.declared_by(audience)) / WORDS_A_MINUTE + _MINUTES_TO_SIGN


def whole(policy: Policy, audience: str) -> float:
    """Minutes from the first page to the certificate, for somebody who is right each time."""
    sections = policy.sections_for(audience)
    learning = sum(reading(s, audience) + _situations(policy, s, audience) for s in sections)
    looking_back = sum(begins_with_look_back(s.number) for s in sections[1:]) * look_back(policy)
    ending = final_check(policy, sections) + declaration(policy, audience)
    return learning + looking_back + ending


def _situations(policy: Policy, section: Section, audience: str) -> float:
    """Minutes for what the section asks, on average over the hands that it deals."""
    dealt = hands(policy, audience)[section.slug]
    return fmean(sum(q.minutes for q in hand) for hand in dealt)


@lru_cache(16)  # pages and letters tell it each time
def told(policy: Policy, audience: str = "") -> int:
    """What people are told before they begin, rounded up; the longest for no audience."""
    audiences = [audience] if audience else policy.audiences
    longest = max((whole(policy, one) for one in audiences), default=0.0)
    return _ROUNDED_TO * ceil(longest / _ROUNDED_TO)


def _words(*texts: str) -> int:
    return sum(len(text.split()) for text in texts)
