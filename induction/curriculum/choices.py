"""Reading of scenes and options, whatever the kind; what each kind adds is in ``kinds/``."""

from induction.curriculum.drawing import read_spot
from induction.curriculum.fields import Fields
from induction.curriculum.markdown import render
from induction.curriculum.model import Option, Outcome, Scene
from induction.curriculum.scenario_kind import ScenarioKind
from induction.curriculum.yaml_source import Table

_DEFAULT_QUESTION = "What do you do?"
_FEWEST, _MOST = 2, 8
_WORTH = frozenset({"correct", "next", "outcome"})  # what an option is worth depends on these keys


def read_scene(fields: Fields, kind: type[ScenarioKind], scenario: str, name: str = "") -> Scene:
    """One scene; ``scenario`` is the name under which the places of its options are kept."""
    options = _options(fields, kind, scenario)
    if not kind.several:
        _check_marks(options, fields)
    return Scene(
        name,
        html_of(fields, "situation"),
        fields.text("question") or _DEFAULT_QUESTION,
        options,
    )


def html_of(fields: Fields, key: str) -> str:
    """The Markdown of a key as safe HTML; empty where not given."""
    if not fields.has(key):
        return ""
    return render(fields.prose(key), fields.source, fields.text_line(key))


def _options(scene: Fields, kind: type[ScenarioKind], scenario: str) -> tuple[Option, ...]:
    options = tuple(_option(table, scene, kind, scenario) for table in scene.tables("options"))
    if (
        scene.has("options")
        and "options" not in scene.misread
        and not _FEWEST <= len(options) <= _MOST
    ):
        scene.source.error(
            scene.line_of("options"), f"give {_FEWEST} to {_MOST} options, not {len(options)}"
        )
    return options


def _check_marks(options: tuple[Option, ...], scene: Fields) -> None:
    """Where one option can be chosen, one person takes one."""
    marked = {
        "cautious": sum(option.cautious for option in options),
        "decent": sum(option.decent for option in options),
    }
    for key, count in marked.items():
        if count > 1:
            message = f"only one option of a scene can be `{key}: true`; here {count} are"
            scene.source.error(scene.line_of("options"), message)


def _option(table: Table, scene: Fields, kind: type[ScenarioKind], scenario: str) -> Option:
    what = f"an option of a {kind.kind} scenario"
    fields = Fields(
        table,
        scene.source,
        what,
        ("id", "text", *kind.option_keys.required),
        ("cautious", "decent", *kind.option_keys.optional),
    )
    name = fields.identifier("id", telling=False)
    if name:
        fields.source.remember("option", f"{scenario}/{name}", fields.line_of("id"), name)
    option = Option(
        id=name,
        text=fields.text("text"),
        consequence_html=html_of(fields, "consequence"),
        feedback_html=html_of(fields, "feedback"),
        correct=fields.flag("correct", default=False),
        misconception=fields.text("misconception"),
        next=fields.text("next"),
        outcome=_outcome(fields),
        missing_html=html_of(fields, "missing"),
        at=read_spot(fields, "at"),
        cautious=fields.flag("cautious", default=False),
        decent=fields.flag("decent", default=False),
    )
    if not fields.misread.isdisjoint(_WORTH):
        fields.source.ledger.doubtful.add(scenario)
    else:
        kind.check_option(option, fields, scenario)
        _check_belief(option, kind, fields)
    return option


def _outcome(fields: Fields) -> Outcome | None:
    written = fields.text("outcome")
    if written in set(Outcome):
        return Outcome(written)
    if written:
        fields.misread.add("outcome")
        fields.source.error(
            fields.line_of("outcome"), f"`outcome` must be good or poor, not `{written}`"
        )
    return None


def _check_belief(option: Option, kind: type[ScenarioKind], fields: Fields) -> None:
    """A wrong option names the belief behind it, and a right one has none."""
    worth = kind.worth(option)
    if worth is False and not fields.has("misconception"):
        fields.source.error(
            fields.line,
            f"the wrong option `{option.id}` needs `misconception`: the belief behind it",
        )
    if worth is True and fields.has("misconception"):
        fields.source.error(
            fields.line_of("misconception"),
            f"`{option.id}` is not a wrong option, so it has no `misconception`",
        )
