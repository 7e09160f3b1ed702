"""The options of a scene: reading each, and what an option of each kind must say."""

from induction.curriculum.fields import Fields
from induction.curriculum.markdown import render
from induction.curriculum.model import Kind, Option, Outcome
from induction.curriculum.yaml_source import Table

_FEWEST, _MOST = 2, 8
_KEYS: dict[Kind, tuple[tuple[str, ...], tuple[str, ...]]] = {  # required, optional
    Kind.SINGLE: (("id", "text", "consequence", "feedback"), ("correct", "misconception")),
    Kind.MULTIPLE: (("id", "text", "feedback"), ("correct", "consequence", "misconception")),
    Kind.BRANCHING: (
        ("id", "text"),
        ("next", "outcome", "consequence", "feedback", "misconception"),
    ),
}


def read_options(scene: Fields, kind: Kind, scenario: str) -> tuple[Option, ...]:
    """The options of a scene; ``scenario`` is the name under which their places are kept."""
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


def html_of(fields: Fields, key: str) -> str:
    """The Markdown of a key as safe HTML; empty where not given."""
    if not fields.has(key):
        return ""
    return render(fields.prose(key), fields.source, fields.text_line(key))


def _option(table: Table, scene: Fields, kind: Kind, scenario: str) -> Option:
    fields = Fields(table, scene.source, f"an option of a {kind} scenario", *_KEYS[kind])
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
    )
    undecided = kind is Kind.BRANCHING and not (fields.has("next") or fields.has("outcome"))
    if undecided or not fields.misread.isdisjoint({"correct", "next", "outcome"}):
        fields.source.ledger.doubtful.add(scenario)
    if fields.misread.isdisjoint({"correct", "next", "outcome"}):
        _check_worth(option, kind, fields)
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


def _check_worth(option: Option, kind: Kind, fields: Fields) -> None:
    """A wrong option names the belief behind it, and a right one has none."""
    if kind is Kind.BRANCHING:
        _check_turn(option, fields)
        wrong, right = option.outcome is Outcome.POOR, option.outcome is Outcome.GOOD
    else:
        wrong, right = not option.correct, option.correct
    if wrong and not fields.has("misconception"):
        fields.source.error(
            fields.line,
            f"the wrong option `{option.id}` needs `misconception`: the belief behind it",
        )
    if right and fields.has("misconception"):
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
