"""Everything that a learner reads of a policy: how hard it is, and which idioms are in it.

An idiom means something else than its words, so somebody who learns English cannot work it out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import chain

from induction.curriculum.markdown import plain_blocks
from induction.curriculum.model import Option, Policy, Scenario
from induction.curriculum.readability import grade

_IDIOMS = (
    "a piece of cake", "across the board", "at the drop of a hat", "at the end of the day",
    "back to square one", "ballpark", "bear in mind", "beat about the bush", "bend over backwards",
    "bend the rules", "best of both worlds", "bite the bullet", "blow over", "bottom line",
    "break the ice", "by the book", "call it a day", "call the shots", "can of worms",
    "come across as", "come clean", "crack down", "cross the line", "cut corners", "dark side",
    "down the line", "down to earth", "draw the line", "drop a line", "drop the ball",
    "face the music", "fair enough", "fair game", "fed up", "fit the bill",
    "from scratch", "get a grip", "get the hang", "get the message",
    "get the picture", "get wind of", "give it a miss", "go viral", "green light", "grey area",
    "hands are tied", "hang out", "have a go at", "heads up", "hit the roof",
    "hold your horses", "house of cards", "in a nutshell", "in hot water", "in the dark",
    "in the long run", "in the loop", "in the same boat", "jump the gun", "jump to conclusions",
    "keep an eye", "keep tabs", "kick off", "last straw", "let off steam", "let the cat out",
    "look down on", "lose face", "low key", "make ends meet", "mind your own business",
    "miss the boat", "no brainer", "no strings", "off the hook", "off the record", "on the ball",
    "on the fence", "on the spot", "once in a blue moon", "out of order", "out of the blue",
    "out of the woods", "over the top", "pass the buck", "play it by ear",
    "play it safe", "play with fire", "pull a fast one", "pull someone’s leg", "put your foot in",
    "red flag", "red tape", "ring a bell", "rub salt", "rule of thumb", "safe side",
    "save face", "second nature", "sit on the fence", "sleep on it", "slip of the tongue",
    "slippery slope", "spill the beans", "step on toes", "stir things up",
    "take it with a pinch of salt", "take sides", "take the mick", "take with a pinch",
    "the other way round", "think twice", "through the roof", "throw in the towel",
    "tip of the iceberg", "tongue in cheek", "touch base", "turn a blind eye", "under the radar",
    "under the weather", "up in the air", "up to scratch", "water under the bridge",
    "word of mouth", "wrap your head",
)  # fmt: skip
_IDIOM = re.compile(rf"(?i)\b(?:{'|'.join(re.escape(i) for i in _IDIOMS)})\b")


@dataclass(frozen=True, slots=True)
class Passage:
    """Some of what a learner reads, and where it is written."""

    kind: str  # of its place: clause, section, scenario …
    name: str
    html: str


@dataclass(frozen=True, slots=True)
class Idiom:
    """An idiom, and where it is written."""

    kind: str
    name: str
    words: str


def grades(policy: Policy) -> dict[str, float]:
    """Flesch–Kincaid grade of each kind of text: rules, declaration, each page and quiz."""
    texts = {
        "the rules": "".join(p.html for p in _rules(policy)),
        "the declaration": "".join(p.html for p in _declaration(policy)),
    }
    for section in policy.sections:
        texts[section.slug] = section.body_html
        texts[f"{section.slug}, quiz"] = "".join(p.html for q in section.bank for p in _scenario(q))
    texts |= {f"help, {page.slug}": page.body_html for page in policy.help}
    return {name: grade(html) for name, html in texts.items()}


def idioms(policy: Policy) -> list[Idiom]:
    """Every idiom in what a learner reads, in the order of the policy."""
    return [
        Idiom(passage.kind, passage.name, found.group().lower())
        for passage in _passages(policy)
        for block in plain_blocks(passage.html, headings=True)
        for found in _IDIOM.finditer(block)
    ]


def _passages(policy: Policy) -> Iterator[Passage]:
    yield from _rules(policy)
    yield from _declaration(policy)
    for section in policy.sections:
        yield Passage("section", section.slug, section.body_html)
        lines = (*section.takeaway, *(deed.text for deed in section.do_now))
        yield from (Passage("section", section.slug, _p(line)) for line in lines)
        for scenario in section.bank:
            yield from _scenario(scenario)
    yield from (Passage("help", page.slug, page.body_html) for page in policy.help)


def _rules(policy: Policy) -> Iterator[Passage]:
    return (Passage("clause", clause.id, _p(clause.words)) for clause in policy.clauses)


def _declaration(policy: Policy) -> Iterator[Passage]:
    lines = chain(policy.declaration, *policy.declaration_for.values())
    return (Passage("policy", "declaration", _p(line)) for line in lines)


def _scenario(scenario: Scenario) -> Iterator[Passage]:
    told = [scenario.plain_html]
    for scene in scenario.scenes:
        told += [scene.situation_html, _p(scene.question)]
        told += [html for option in scene.options for html in _option(option)]
        told += [scenario.consequence_html(scene, (), right=right) for right in (True, False)]
    return (Passage("scenario", scenario.id, html) for html in told if html)


def _option(option: Option) -> tuple[str, ...]:
    return (
        _p(option.text), option.consequence_html, option.feedback_html, option.missing_html,
    )  # fmt: skip


def _p(text: str) -> str:
    return f"<p>{escape(text)}</p>"
