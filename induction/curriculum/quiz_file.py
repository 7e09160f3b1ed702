"""``NN-section.yaml`` in ``quizzes/`` → the section's scenarios and its pass mark."""

from collections.abc import Collection
from dataclasses import dataclass

from induction.curriculum.faults import Source, perhaps
from induction.curriculum.fields import Fields
from induction.curriculum.markdown import render
from induction.curriculum.model import Kind, Option, Outcome, Scenario, Scene
from induction.curriculum.stories import check_story
from induction.curriculum.yaml_source import Table, read_yaml

_DEFAULT_PASS_MARK = 80
_DEFAULT_QUESTION = "What do you do?"
_FEWEST_OPTIONS, _MOST_OPTIONS, _MOST_SCENES = 2, 8, 20

_HEAD = ("id", "kind", "clauses")
_SCENE = ("situation", "question", "options")
_KEYS: dict[Kind, tuple[tuple[str, ...], tuple[str, ...]]] = {  # required, optional
    Kind.SINGLE: ((*_HEAD, *_SCENE), ("title",)),
    Kind.MULTIPLE: ((*_HEAD, *_SCENE), ("title", "consequence_right", "consequence_wrong")),
    Kind.BRANCHING: ((*_HEAD, "scenes"), ("title",)),
}
_OPTION_KEYS: dict[Kind, tuple[tuple[str, ...], tuple[str, ...]]] = {
    Kind.SINGLE: (("id", "text", "consequence", "feedback"), ("correct", "misconception")),
    Kind.MULTIPLE: (("id", "text", "feedback"), ("correct", "consequence", "misconception")),
    Kind.BRANCHING: (
        ("id", "text"),
        ("next", "outcome", "consequence", "feedback", "misconception"),
    ),
}


@dataclass(frozen=True, slots=True)
class QuizFile:
    """Everything that a quiz file holds."""

    pass_mark: int
    scenarios: tuple[Scenario, ...]


def read_quiz(text: str, source: Source, clauses: Collection[str] | None) -> QuizFile | None:
    """Read the file's text; None where it is not YAML at all.

    ``clauses`` are those the policy knows; None where that is not known.
    """
    table = read_yaml(text, source)
    if table is None:
        return None
    fields = Fields(table, source, "a quiz", ("scenarios",), ("pass_mark",))
    read = [_scenario(entry, source, clauses) for entry in fields.tables("scenarios")]
    return QuizFile(
        fields.whole("pass_mark", 1, 100, _DEFAULT_PASS_MARK),
        tuple(s for s in read if s is not None),
    )


def _scenario(table: Table, source: Source, clauses: Collection[str] | None) -> Scenario | None:
    kind = _kind(table, source)
    if kind is None:
        return None
    fields = Fields(table, source, f"a {kind} scenario", *_KEYS[kind])
    name = fields.identifier("id", telling=False)
    if name:
        source.remember("scenario", name, fields.line_of("id"))
    story = kind is Kind.BRANCHING
    scenario = Scenario(
        id=name,
        kind=kind,
        title=fields.text("title") or name.replace("-", " ").capitalize(),
        clauses=fields.lines("clauses", clauses),
        scenes=_scenes(fields, name) if story else (_scene(fields, kind, name, ""),),
        consequence_right_html=_html(fields, "consequence_right"),
        consequence_wrong_html=_html(fields, "consequence_wrong"),
    )
    _check_decision(scenario, fields)
    return scenario


def _kind(table: Table, source: Source) -> Kind | None:
    """The kind is read first, because it says which other keys there are."""
    written = Fields(table, source, "a scenario", ("kind",), table.entries).text("kind")
    if written in set(Kind):
        return Kind(written)
    if written:
        line = table.key_lines["kind"]
        source.error(
            line,
            f"`kind` is single, multiple or branching, not `{written}`{perhaps(written, Kind)}",
        )
    return None


def _scenes(fields: Fields, scenario: str) -> tuple[Scene, ...]:
    tables = fields.tables("scenes")
    if len(tables) > _MOST_SCENES:
        fields.source.error(fields.line_of("scenes"), f"a story has at most {_MOST_SCENES} scenes")
    scenes = []
    for table in tables[:_MOST_SCENES]:
        entry = Fields(
            table, fields.source, "a scene", ("id", "situation", "options"), ("question",)
        )
        name = entry.identifier("id", telling=False)
        if name:
            fields.source.remember("scene", f"{scenario}/{name}", entry.line_of("id"), name)
        scenes.append(_scene(entry, Kind.BRANCHING, scenario, name))
    return tuple(scenes)


def _scene(fields: Fields, kind: Kind, scenario: str, name: str) -> Scene:
    options = tuple(_option(t, kind, scenario, fields.source) for t in fields.tables("options"))
    if fields.has("options") and not _FEWEST_OPTIONS <= len(options) <= _MOST_OPTIONS:
        fields.source.error(
            fields.line_of("options"),
            f"give {_FEWEST_OPTIONS} to {_MOST_OPTIONS} options, not {len(options)}",
        )
    return Scene(
        name, _html(fields, "situation"), fields.text("question") or _DEFAULT_QUESTION, options
    )


def _option(table: Table, kind: Kind, scenario: str, source: Source) -> Option:
    fields = Fields(table, source, f"an option of a {kind} scenario", *_OPTION_KEYS[kind])
    name = fields.identifier("id", telling=False)
    if name:
        source.remember("option", f"{scenario}/{name}", fields.line_of("id"), name)
    option = Option(
        id=name,
        text=fields.text("text"),
        consequence_html=_html(fields, "consequence"),
        feedback_html=_html(fields, "feedback"),
        correct=fields.flag("correct", default=False),
        misconception=fields.text("misconception"),
        next=fields.text("next"),
        outcome=_outcome(fields),
    )
    _check_option(option, kind, fields)
    return option


def _outcome(fields: Fields) -> Outcome | None:
    written = fields.text("outcome")
    if written in set(Outcome):
        return Outcome(written)
    if written:
        fields.source.error(
            fields.line_of("outcome"), f"`outcome` must be good or poor, not `{written}`"
        )
    return None


def _check_option(option: Option, kind: Kind, fields: Fields) -> None:
    if kind is Kind.BRANCHING:
        _check_turn(option, fields)
        wrong, sound = option.outcome is Outcome.POOR, option.outcome is Outcome.GOOD
    else:
        wrong, sound = not option.correct, option.correct
    if wrong and not fields.has("misconception"):
        fields.source.error(
            fields.line,
            f"the wrong option `{option.id}` needs `misconception`: the belief behind it",
        )
    if sound and fields.has("misconception"):
        fields.source.error(
            fields.line_of("misconception"),
            f"`{option.id}` is not a wrong option, so it has no `misconception`",
        )


def _check_turn(option: Option, fields: Fields) -> None:
    """A choice in a story leads on or ends it, and an ending says why."""
    if fields.has("next") == fields.has("outcome"):
        fields.source.error(
            fields.line, f"the option `{option.id}` needs either `next` or `outcome`, and not both"
        )
    elif fields.has("outcome") and not fields.has("feedback"):
        fields.source.error(
            fields.line, f"the option `{option.id}` ends the story, so it needs `feedback`"
        )


def _check_decision(scenario: Scenario, fields: Fields) -> None:
    if scenario.kind is Kind.BRANCHING:
        check_story(scenario, fields.source, fields.line)
        return
    options = scenario.scenes[0].options
    right = sum(option.correct for option in options)
    line = fields.line_of("options")
    if not options:
        return
    if scenario.kind is Kind.SINGLE and right != 1:
        fields.source.error(line, f"exactly one option must be `correct: true`; here {right} are")
    if scenario.kind is Kind.MULTIPLE:
        if not 0 < right < len(options):
            fields.source.error(
                line,
                f"some options must be correct and some not; here {right} of {len(options)} are",
            )
        _check_consequences(scenario, fields)


def _check_consequences(scenario: Scenario, fields: Fields) -> None:
    told = scenario.consequence_right_html and scenario.consequence_wrong_html
    if not told and not all(o.consequence_html for o in scenario.scenes[0].options):
        fields.source.error(
            fields.line,
            "say what happens next: give `consequence_right` and `consequence_wrong`, "
            "or a `consequence` for every option",
        )


def _html(fields: Fields, key: str) -> str:
    return (
        render(fields.prose(key), fields.source, fields.text_line(key)) if fields.has(key) else ""
    )
