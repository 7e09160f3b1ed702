"""``NN-section.yaml`` in ``quizzes/`` → the section's scenarios and its pass mark."""

from collections.abc import Collection
from dataclasses import dataclass

from induction.curriculum.choices import html_of
from induction.curriculum.faults import Source, asking, nearest
from induction.curriculum.fields import Fields
from induction.curriculum.kinds import KINDS
from induction.curriculum.marking import DEFAULT_PASS_MARK
from induction.curriculum.model import Scenario, Use
from induction.curriculum.readability import sentence_count
from induction.curriculum.scenario_kind import Head, ScenarioKind
from induction.curriculum.yaml_source import Table, read_yaml

_LONGEST_RULE = 2  # sentences


@dataclass(frozen=True, slots=True)
class QuizFile:
    """Everything that a quiz file holds."""

    pass_mark: int
    scenarios: tuple[Scenario, ...]


def read_quiz(
    text: str, source: Source, clauses: Collection[str] | None, audiences: Collection[str] | None
) -> QuizFile | None:
    """Read the file's text; None where it is not YAML at all.

    ``clauses`` and ``audiences`` are those the policy knows; None where that is not known.
    """
    table = read_yaml(text, source)
    if table is None:
        return None
    fields = Fields(table, source, "a quiz", ("scenarios",), ("pass_mark",))
    read = [_scenario(entry, source, clauses, audiences) for entry in fields.tables("scenarios")]
    scenarios = tuple(scenario for scenario in read if scenario is not None)
    if scenarios and all(scenario.use is not Use.LEARN for scenario in scenarios):
        source.error(
            fields.line_of("scenarios"),
            "no scenario here is asked in the section; at least one must have `use: learn`",
        )
    return QuizFile(fields.whole("pass_mark", 1, 100, DEFAULT_PASS_MARK), scenarios)


def _scenario(
    table: Table,
    source: Source,
    clauses: Collection[str] | None,
    audiences: Collection[str] | None,
) -> Scenario | None:
    kind = _kind(table, source)
    if kind is None:
        return None
    fields = Fields(
        table,
        source,
        f"a {kind.kind} scenario",
        ("id", "kind", "clauses", *kind.keys.required),
        ("title", "use", "must", "plain", "audiences", *kind.keys.optional),
    )
    name = fields.identifier("id", telling=False)
    known_as = name
    if not name or not source.remember("scenario", name, fields.line_of("id")):
        # Without an id of its own, its options must not be taken for another scenario's.
        known_as = f"line {fields.line}"
    head = Head(
        id=name,
        title=fields.text("title") or name.replace("-", " ").capitalize(),
        clauses=fields.lines("clauses", clauses),
        use=_use(fields),
        must=fields.flag("must", default=False),
        plain_html=_plain(fields),
        audiences=fields.lines("audiences", audiences),
    )
    scenario = kind.read(head, fields, known_as)
    if known_as not in source.ledger.doubtful:
        scenario.check(fields, known_as)
    return scenario


def _kind(table: Table, source: Source) -> type[ScenarioKind] | None:
    """The kind is read first, because it says which other keys there are."""
    written = Fields(table, source, "a scenario", ("kind",), table.entries).text("kind")
    if written and written not in KINDS:
        *others, last = KINDS
        source.error(
            table.key_lines["kind"],
            f"`kind` is {', '.join(others)} or {last}, not `{written}`"
            f"{asking(nearest(written, KINDS))}",
        )
    return KINDS.get(written)


def _use(fields: Fields) -> Use:
    written = fields.text("use")
    if written in set(Use):
        return Use(written)
    if written:
        fields.source.error(
            fields.line_of("use"),
            f"`use` is learn, check or later, not `{written}`{asking(nearest(written, Use))}",
        )
    return Use.LEARN


def _plain(fields: Fields) -> str:
    html = html_of(fields, "plain")
    if (count := sentence_count(html)) > _LONGEST_RULE:
        fields.source.error(
            fields.line_of("plain"),
            f"`plain` has {count} sentences; say the rule in {_LONGEST_RULE} at most",
        )
    return html
