"""Scenarios in which each of several things is given a place: a pile, or its turn.

Each thing in each place is an option (``things--place``), so an answer is a set of options here as
elsewhere: marked, counted, replayed and read by the same code.
"""

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from induction.curriculum.choices import html_of
from induction.curriculum.fields import Fields
from induction.curriculum.marking import Mark, NotAnAnswer, all_of, judged
from induction.curriculum.model import Option, Scene
from induction.curriculum.scenario_kind import Head, KindKeys, ScenarioKind

_FEWEST, _MOST = 3, 6  # more are too many for a phone
_JOINT = "--"  # in no id that an author writes
_THING_KEYS = KindKeys(
    ("id", "text", "place", "feedback", "elsewhere", "misconception"), ("cautious", "decent")
)


@dataclass(frozen=True, slots=True)
class Placing(ScenarioKind):
    """Give each thing its place. It has one scene, with the id ``""``."""

    several = True
    things: ClassVar[str]  # what authors call them
    option_keys = KindKeys(())  # options are made here, and never written

    consequence_right_html: str = ""  # what happens next once each thing is where it belongs
    consequence_wrong_html: str = ""  # what happens next otherwise

    @classmethod
    @abstractmethod
    def places(cls, count: int) -> Mapping[str, str]:
        """The places that so many things may have: id → words."""

    @classmethod
    @abstractmethod
    def read_place(cls, fields: Fields, key: str, places: Mapping[str, str]) -> str:
        """The id of the place that this key names; empty, with a fault, where it names none."""

    @classmethod
    def read(cls, head: Head, fields: Fields, known_as: str) -> Self:
        """See ScenarioKind."""
        tables = fields.tables(cls.things)
        things = [
            Fields(
                table, fields.source, f"one of the `{cls.things}`",
                _THING_KEYS.required, _THING_KEYS.optional,
            )
            for table in tables
        ]  # fmt: skip
        if things and not _FEWEST <= len(things) <= _MOST:
            message = f"give {_FEWEST} to {_MOST} `{cls.things}`, not {len(things)}"
            fields.source.error(fields.line_of(cls.things), message)
        places = cls.places(len(things))
        options = [o for thing in things for o in cls._options(thing, places, known_as)]
        return cls(
            **head,
            scenes=(
                Scene("", html_of(fields, "situation"), fields.text("question"), tuple(options)),
            ),
            consequence_right_html=html_of(fields, "consequence_right"),
            consequence_wrong_html=html_of(fields, "consequence_wrong"),
        )

    @classmethod
    def _options(
        cls, thing: Fields, places: Mapping[str, str], known_as: str
    ) -> tuple[Option, ...]:
        """One thing in each of the places."""
        name, text = thing.identifier("id", telling=False), thing.text("text")
        line, full = thing.line_of("id"), f"{known_as}/{name}"
        fresh = bool(name) and thing.source.remember("option", full, line, name)
        here, cautious, decent = (
            cls.read_place(thing, key, places) if thing.has(key) else ""
            for key in ("place", "cautious", "decent")
        )
        if not (fresh and here and thing.misread.isdisjoint(_THING_KEYS.optional)):
            thing.source.ledger.doubtful.add(known_as)
        told = {True: html_of(thing, "feedback"), False: html_of(thing, "elsewhere")}
        belief = thing.text("misconception")
        return tuple(
            Option(
                id=f"{name}{_JOINT}{place}",
                text=f"{text.rstrip('.')}: {words.lower()}",
                consequence_html="",
                feedback_html=told[place == here],
                correct=place == here,
                misconception="" if place == here else belief,
                about=text,
                place=words,
                cautious=place == cautious,
                decent=place == decent,
            )
            for place, words in places.items()
        )

    def check(self, fields: Fields, known_as: str) -> None:
        """See ScenarioKind: somebody who takes the careful place does so with each thing."""
        del known_as
        options = self.scenes[0].options
        count = len(_things(options))
        for key in ("cautious", "decent"):
            marked = sum(getattr(option, key) for option in options)
            if marked not in (0, count):
                message = f"give `{key}` for each of the `{self.things}`, or for none of them"
                fields.source.error(fields.line_of(self.things), message)

    def mark(self, scene: Scene, chosen: Collection[str]) -> Mark:
        """See Scenario. Raises NotAnAnswer, too, unless each thing has one place."""
        count = len(_things(scene.options))
        if not chosen:
            raise NotAnAnswer(f"Choose a place for each of the {count} before you go on.")
        picked = all_of(chosen, scene.ids)
        if len(picked) != count or len({_thing(i) for i in picked}) != count:
            message = f"Choose one place for each of the {count}. What you chose so far is kept."
            raise NotAnAnswer(message)
        return judged(picked == _right(scene))

    @staticmethod
    def worth(option: Option) -> bool:
        """See Scenario."""
        return option.correct

    def arranged(
        self, scene: Scene, shuffle: Callable[[Iterable[str]], tuple[str, ...]]
    ) -> tuple[str, ...]:
        """See Scenario: the things in one learner's order, their places always in the same."""
        things = _things(scene.options)
        return tuple(i for thing in shuffle(things) for i in things[thing])

    def by_chance(self, scene: Scene) -> float:
        """See Scenario."""
        things = _things(scene.options)
        places = len(scene.options) // max(1, len(things))
        return float(places) ** -len(things)

    def read_before(self, scene: Scene) -> tuple[str, ...]:
        """See Scenario: each thing once, and the places once."""
        texts = (text for o in scene.options for text in (o.about, o.place))
        return tuple(dict.fromkeys(texts))

    def decisions(self, scene: Scene) -> float:
        """See Scenario: each is a smaller one."""
        return len(_things(scene.options)) / 2

    def chosen_at_once(self, scene: Scene) -> float:
        """See Scenario: each thing in one place."""
        return len(_things(scene.options))

    def consequence_html(self, scene: Scene, chosen: Collection[str], *, right: bool) -> str:
        """See Scenario: of the answer as a whole."""
        del scene, chosen
        return self.consequence_right_html if right else self.consequence_wrong_html

    def right_choices(self, scene: Scene) -> tuple[tuple[str, ...], ...]:
        """See Scenario."""
        return (tuple(o.id for o in scene.options if o.correct),)


def _thing(option_id: str) -> str:
    return option_id.rpartition(_JOINT)[0]


def _things(options: Iterable[Option]) -> dict[str, list[str]]:
    """Thing → the ids of its options, in the author's order."""
    found: dict[str, list[str]] = {}
    for option in options:
        found.setdefault(_thing(option.id), []).append(option.id)
    return found


def _right(scene: Scene) -> frozenset[str]:
    return frozenset(option.id for option in scene.options if option.correct)
