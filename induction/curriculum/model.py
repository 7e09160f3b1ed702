"""The curriculum as values: a policy, its clauses, its sections and their scenarios. All frozen.

Nothing here decides anything: what is right in a scenario is in ``kinds/``, whether the policy is
sound as teaching in ``checks``.
Text fields named ``…_html`` are safe HTML, rendered once from the authors' Markdown.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from statistics import fmean
from typing import ClassVar

from induction.curriculum.marking import Mark
from induction.curriculum.passages import as_read_by


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the authors' files."""

    path: str  # relative to the content root, with forward slashes
    line: int  # the first line is 1


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file that is kept apart from the texts."""

    sha256: str
    kind: str  # its ending

    @property
    def address(self) -> str:
        """Where it is served."""
        return f"/media/{self.sha256}.{self.kind}"


class Outcome(StrEnum):
    """How a branching story ends."""

    GOOD = "good"
    POOR = "poor"


class Use(StrEnum):
    """When a scenario may be asked. One person meets no scenario twice while others are left.

    Who would rather be asked than read a section is asked what others meet in a check or later.
    """

    LEARN = "learn"  # in its section
    CHECK = "check"  # in the final check, and at a renewal
    LATER = "later"  # weeks and months after the certificate, where its section did not ask it


@dataclass(frozen=True, slots=True)
class Clause:
    """One rule or fact of the policy, traceable by its stable id."""

    id: str
    words: str  # plain English, our own wording
    where: str  # heading (and bullet) of the source document
    assess: bool  # must be tested by at least one scenario


@dataclass(frozen=True, slots=True)
class VersionNote:
    """A line of the policy's version history."""

    date: date
    change: str


@dataclass(frozen=True, slots=True)
class Option:
    """Something a learner may choose. ``next`` and ``outcome`` are for branching scenes only."""

    id: str
    text: str
    consequence_html: str
    feedback_html: str
    correct: bool = False
    misconception: str = ""  # the belief behind a wrong option; for tutors, never for learners
    next: str = ""  # id of the scene this choice leads to
    outcome: Outcome | None = None  # set where this choice ends the story
    missing_html: str = ""  # what to say where it should have been chosen too, and was not
    # Where several things are placed, an option is one of them in one place; else both are empty.
    about: str = ""  # the thing
    place: str = ""  # where this option puts it
    at: tuple[int, int] | None = None  # its place in a drawing: from the left, from the top
    # Marks for counting what a rule of thumb would score; a change of these changes no scenario.
    cautious: bool = field(default=False, compare=False)  # what the most cautious person takes
    decent: bool = field(default=False, compare=False)  # what a decent person takes, without rules


@dataclass(frozen=True, slots=True)
class Scene:
    """One moment with one question. Where a scenario has only one, its id is ``""``."""

    id: str
    situation_html: str
    question: str
    options: tuple[Option, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of its options, in the author's order."""
        return tuple(option.id for option in self.options)

    def option(self, option_id: str) -> Option | None:
        """The option with this id, or None where the scene has none such."""
        return next((o for o in self.options if o.id == option_id), None)


@dataclass(frozen=True, slots=True)
class Scenario(ABC):
    """A decision in the learner's world that tests one or more clauses. Its kinds: ``kinds/``."""

    kind: ClassVar[str]  # as authors write it
    several: ClassVar[bool] = False  # more than one option may be chosen in a scene
    looks_back: ClassVar[bool] = False  # short enough to be asked again before a later section

    id: str
    title: str  # a short neutral name, for tutors and auditors; gives nothing away
    clauses: tuple[str, ...]
    scenes: tuple[Scene, ...]  # the first is where the story starts
    use: Use = Use.LEARN
    must: bool = False  # nobody gets a certificate before this is right
    plain_html: str = ""  # the plain rule in this story: shown once the answer has been missed
    audiences: tuple[str, ...] = ()  # empty: everyone
    minutes_to_decide: float = field(default=0.4, compare=False)
    minutes_after: float = field(default=0.1, compare=False)  # to read what follows

    @property
    def minutes(self) -> float:
        """What an average reader takes for it as a whole."""
        return self.minutes_to_decide + self.minutes_after

    def scene(self, scene_id: str) -> Scene | None:
        """The scene with this id, or None."""
        return next((s for s in self.scenes if s.id == scene_id), None)

    def is_for(self, audience: str) -> bool:
        """Whether people of this audience may be asked."""
        return not self.audiences or audience in self.audiences

    @abstractmethod
    def mark(self, scene: Scene, chosen: Collection[str]) -> Mark:
        """Judge the option ids chosen in a scene. Raises NotAnAnswer where they answer nothing."""

    @staticmethod
    @abstractmethod
    def worth(option: Option) -> bool | None:
        """Whether choosing this decides the scenario rightly; None where it decides nothing yet."""

    def is_sound(self, option: Option) -> bool:
        """Whether this option is right, or a step on the way that rests on no misconception."""
        worth = self.worth(option)
        return not option.misconception if worth is None else worth

    def consequence_html(self, scene: Scene, chosen: Collection[str], *, right: bool) -> str:
        """What happens next in the story once these options were chosen."""
        del right  # only some kinds tell it by the answer as a whole
        return "".join(o.consequence_html for o in scene.options if o.id in chosen)

    def arranged(
        self, scene: Scene, shuffle: Callable[[Iterable[str]], tuple[str, ...]]
    ) -> tuple[str, ...]:
        """The ids of a scene's options as they are shown; ``shuffle`` is one learner's order."""
        return shuffle(scene.ids)

    def by_chance(self, scene: Scene) -> float:
        """How likely somebody ends rightly from here who reads nothing and takes any answer."""
        chances: list[float] = []
        for option in scene.options:
            mark = self.mark(scene, (option.id,))
            following = None if mark.final else self.scene(mark.next_scene)
            chances.append(self.by_chance(following) if following else float(mark.right))
        return fmean(chances)

    def read_before(self, scene: Scene) -> tuple[str, ...]:
        """The texts to choose from, as somebody reads them; the situation comes before."""
        return tuple(option.text for option in scene.options)

    def decisions(self, scene: Scene) -> float:
        """How many decisions an answer takes."""
        del scene
        return 1

    def chosen_at_once(self, scene: Scene) -> float:
        """How many options a usual answer holds, and so of how many the feedback is read."""
        del scene
        return 1

    @abstractmethod
    def right_choices(self, scene: Scene) -> tuple[tuple[str, ...], ...]:
        """Every answer in this scene by which the scenario is right, or can still end well."""

    @abstractmethod
    def wrong_choices(self, scene: Scene) -> tuple[tuple[str, ...], ...]:
        """The answers that come closest to right and are not; at least one."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something to do at once, on one's own device."""

    id: str
    text: str


@dataclass(frozen=True)
class Section:
    """A part of the policy: a page to read and scenarios to decide."""

    slug: str  # the file's name without its number: part of addresses and records, stable for ever
    number: int  # its position, from 1, in the order of the files' numbers
    title: str
    summary: str
    minutes: float  # to read all of its page
    clauses: tuple[str, ...]  # taught here
    audiences: tuple[str, ...]  # empty: everyone
    body_html: str  # with the passages that only some read
    words: int  # of all of it
    takeaway: tuple[str, ...]  # a few short lines to remember; prints on one sheet
    pass_mark: int  # per cent of this section's scenarios
    bank: tuple[Scenario, ...]  # all of its scenarios, whatever their use
    law_checked: date | None = None  # what it says of the law was sure until then
    do_now: tuple[Deed, ...] = ()  # asked once it has been read; kept, and never marked
    for_some: tuple[tuple[frozenset[str], int], ...] = ()  # who reads each passage, and its words
    explained: tuple[tuple[str, str], ...] = ()  # a clause, and the id of the paragraph about it

    def place_of(self, clause_id: str, audience: str) -> str:
        """The id of the paragraph that explains a clause to this audience; empty: none is named."""
        place = dict(self.explained).get(clause_id, "")
        return place if place and f' id="{place}"' in self.body_for(audience) else ""

    def body_for(self, audience: str) -> str:
        """Its text as this audience reads it."""
        return as_read_by(audience, self.body_html)

    def words_for(self, audience: str) -> int:
        """How many words this audience reads; what everyone does for none."""
        return self.words - sum(words for names, words in self.for_some if audience not in names)

    @cached_property
    def scenarios(self) -> tuple[Scenario, ...]:
        """Those to learn with."""
        return tuple(q for q in self.bank if q.use is Use.LEARN)

    def forms(self, audience: str, *uses: Use) -> tuple[Scenario, ...]:
        """Those that this audience may be asked, for these uses; for any unless said."""
        if (audience, uses) not in self._forms:
            self._forms[audience, uses] = tuple(
                q for q in self.bank if q.is_for(audience) and (not uses or q.use in uses)
            )
        return self._forms[audience, uses]

    def tested(self, audience: str, *uses: Use) -> frozenset[str]:
        """The clauses that these forms test."""
        if (audience, uses) not in self._tested:
            forms = self.forms(audience, *uses)
            self._tested[audience, uses] = frozenset(c for q in forms for c in q.clauses)
        return self._tested[audience, uses]

    @cached_property
    def _tested(self) -> dict[tuple[str, tuple[Use, ...]], frozenset[str]]:
        return {}

    @cached_property  # every page of a learner asks some dozen times
    def _forms(self) -> dict[tuple[str, tuple[Use, ...]], tuple[Scenario, ...]]:
        return {}


@dataclass(frozen=True, slots=True)
class HelpPage:
    """A page for afterwards, when something has happened. Open to anybody, and nothing is asked."""

    slug: str  # the file's name without ``help-``: part of its address
    title: str
    summary: str
    body_html: str
    law_checked: date | None = None  # what it says of the law was sure until then


@dataclass(frozen=True, slots=True)
class FinalCheck:
    """The mixed check after the last section."""

    draw: int  # how many scenarios are drawn, at least one from each section
    pass_mark: int


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """What the institute's own document prints, word for word. Empty where it prints nothing."""

    version_number: str = ""
    latest_version_date: str = ""
    review_date: str = ""
    relies_on: tuple[str, ...] = ()  # documents that its rules rely on


@dataclass(frozen=True, slots=True)
class Topic:
    """A theme that the policy wants tested more thoroughly than clause by clause."""

    id: str
    title: str
    clauses: tuple[str, ...]
    at_least: int  # scenarios that must test one of these clauses


@dataclass(frozen=True)
class Policy:
    """One policy as taught: the whole content of one pair of folders at one moment."""

    slug: str  # the folder's name
    reference: str
    title: str
    organisation: str
    owner: str
    version_date: date  # the version in force: the latest line of the history
    review_due: date | None  # last day of the period the source names
    audiences: tuple[str, ...]
    read_with: tuple[str, ...]
    versions: tuple[VersionNote, ...]
    declaration: tuple[str, ...]  # the statements that everyone accepts, in order
    final_check: FinalCheck
    clauses: tuple[Clause, ...]
    sections: tuple[Section, ...]
    digest: str  # SHA-256 (hex) over the source files: the content version
    source: SourceDocument | None = None
    topics: tuple[Topic, ...] = ()
    harm: tuple[str, ...] = ()  # clauses under which somebody may be hurt
    help: tuple[HelpPage, ...] = ()  # in the order of their files' names
    # what the institute calls its own people and papers, by the names in the authors' files
    called: Mapping[str, str] = field(default_factory=dict)
    # what else some accept, by their audience
    declaration_for: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    media: Mapping[str, str] = field(default_factory=dict)  # SHA-256 of files kept apart → path
    # (kind, id) → where it is written: a convenience for messages, no part of what the policy is
    places: Mapping[tuple[str, str], Place] = field(default_factory=dict, compare=False, repr=False)

    def __hash__(self) -> int:
        return hash(self.digest)  # which tells what all the rest is

    def place(self, kind: str, name: str) -> Place:
        """Where the clause, section, scenario … is written; the policy's file where unknown."""
        return self.places.get((kind, name)) or Place(f"content/{self.slug}/policy.yaml", 1)

    def sections_for(self, audience: str) -> tuple[Section, ...]:
        """The sections that people of this audience take."""
        return tuple(s for s in self.sections if not s.audiences or audience in s.audiences)

    def declared_by(self, audience: str) -> tuple[str, ...]:
        """The statements that people of this audience accept, in order."""
        return (*self.declaration, *self.declaration_for.get(audience, ()))

    def of_harm(self, clauses: Collection[str]) -> bool:
        """Whether somebody may be hurt where these clauses count: then pages say whom to tell."""
        return not set(self.harm).isdisjoint(clauses)

    def section(self, slug: str) -> Section | None:
        """The section with this slug, or None."""
        return next((s for s in self.sections if s.slug == slug), None)

    def help_page(self, slug: str) -> HelpPage | None:
        """The help page with this slug, or None."""
        return next((page for page in self.help if page.slug == slug), None)

    def clause(self, clause_id: str) -> Clause | None:
        """The clause with this id, or None."""
        return next((c for c in self.clauses if c.id == clause_id), None)

    def scenario(self, scenario_id: str) -> Scenario | None:
        """The scenario with this id in any section, or None."""
        return self._scenarios.get(scenario_id)

    @cached_property
    def dealt(self) -> dict[str, Mapping[str, tuple[tuple[Scenario, ...], ...]]]:
        """Audience → what ``decisions.hands`` found: every page of a learner asks."""
        return {}

    @cached_property
    def decided(self) -> dict[str, Mapping[str, tuple[str, ...]]]:
        """Audience → what ``decisions.decided_in`` found: every page of a learner asks."""
        return {}

    @cached_property
    def chances(self) -> Mapping[str, float]:
        """Scenario id → how likely somebody is right who takes any answer at each scene."""
        return {q.id: q.by_chance(q.scenes[0]) for s in self.sections for q in s.bank}

    @cached_property
    def part_of(self) -> Mapping[str, str]:
        """Scenario id → the section that it is in."""
        return {q.id: s.slug for s in self.sections for q in s.bank}

    @cached_property
    def _scenarios(self) -> dict[str, Scenario]:
        return {q.id: q for s in self.sections for q in s.bank}
