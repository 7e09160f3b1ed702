"""``NN-section.yaml`` in ``quizzes/`` → the section's scenarios and its pass mark."""

from collections.abc import Collection
from dataclasses import dataclass

from induction.curriculum.choices import html_of, read_options
from induction.curriculum.faults import Source, asking, nearest
from induction.curriculum.fields import Fields
from induction.curriculum.model import Kind, Scenario, Scene
from induction.curriculum.stories import check_story
from induction.curriculum.yaml_source import Table, read_yaml

_DEFAULT_PASS_MARK = 80
_DEFAULT_QUESTION = "What do you do?"
_MOST_SCENES = 20

_HEAD = ("id", "kind", "clauses")
_SCENE = ("situation", "question", "options")
_KEYS: dict[Kind, tuple[tuple[str, ...], tuple[str, ...]]] = {  # required, optional
    Kind.SINGLE: ((*_HEAD, *_SCENE), ("title",)),
    Kind.MULTIPLE: ((*_HEAD, *_SCENE), ("title", "consequence_right", "consequence_wrong")),
    Kind.BRANCHING: ((*_HEAD, "scenes"), ("title",)),
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
        tuple(scenario for scenario in read if scenario is not None),
    )


def _scenario(table: Table, source: Source, clauses: Collection[str] | None) -> Scenario | None:
    kind = _kind(table, source)
    if kind is None:
        return None
    fields = Fields(table, source, f"a {kind} scenario", *_KEYS[kind])
    name = fields.identifier("id", telling=False)
    known_as = name
    if not name or not source.remember("scenario", name, fields.line_of("id")):
        # Without an id of its own, its options must not be taken for another scenario's.
        known_as = f"line {fields.line}"
    story = kind is Kind.BRANCHING
    scenario = Scenario(
        id=name,
        kind=kind,
        title=fields.text("title") or name.replace("-", " ").capitalize(),
        clauses=fields.lines("clauses", clauses),
        scenes=_scenes(fields, known_as) if story else (_scene(fields, kind, known_as, ""),),
        consequence_right_html=html_of(fields, "consequence_right"),
        consequence_wrong_html=html_of(fields, "consequence_wrong"),
    )
    if known_as not in source.ledger.doubtful:
        _check_decision(scenario, fields, known_as)
    return scenario


def _kind(table: Table, source: Source) -> Kind | None:
    """The kind is read first, because it says which other keys there are."""
    written = Fields(table, source, "a scenario", ("kind",), table.entries).text("kind")
    if written in set(Kind):
        return Kind(written)
    if written:
        hint = asking(nearest(written, Kind))
        source.error(
            table.key_lines["kind"],
            f"`kind` is single, multiple or branching, not `{written}`{hint}",
        )
    return None


def _scenes(fields: Fields, scenario: str) -> tuple[Scene, ...]:
    tables = fields.tables("scenes")
    if len(tables) > _MOST_SCENES:
        fields.source.error(fields.line_of("scenes"), f"a story has at most {_MOST_SCENES} scenes")
    scenes = []
    for table in tables[:_MOST_SCENES]:
        scene = Fields(
            table, fields.source, "a scene", ("id", "situation", "options"), ("question",)
        )
        name, line = scene.identifier("id", telling=False), scene.line_of("id")
        if not name or not fields.source.remember("scene", f"{scenario}/{name}", line, name):
            fields.source.ledger.doubtful.add(scenario)
        scenes.append(_scene(scene, Kind.BRANCHING, scenario, name))
    return tuple(scenes)


def _scene(fields: Fields, kind: Kind, scenario: str, name: str) -> Scene:
    return Scene(
        name,
        html_of(fields, "situation"),
        fields.text("question") or _DEFAULT_QUESTION,
        read_options(fields, kind, scenario),
    )


def _check_decision(scenario: Scenario, fields: Fields, known_as: str) -> None:
    """What is chosen can be judged: something is right, and something is not."""
    if scenario.kind is Kind.BRANCHING:
        check_story(scenario, fields.source, fields.line, known_as)
        return
    options = scenario.scenes[0].options
    right, line = sum(option.correct for option in options), fields.line_of("options")
    if scenario.kind is Kind.SINGLE and options and right != 1:
        fields.source.error(line, f"exactly one option must be `correct: true`; here {right} are")
    if scenario.kind is Kind.MULTIPLE:
        if options and not 0 < right < len(options):
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
