"""``policy.yaml`` → what the policy says of itself, its clauses and its topics."""

from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from induction.curriculum.faults import Source
from induction.curriculum.fields import Fields, is_kebab
from induction.curriculum.marking import DEFAULT_DRAW, DEFAULT_PASS_MARK
from induction.curriculum.model import Clause, FinalCheck, SourceDocument, Topic, VersionNote
from induction.curriculum.own_words import LONGEST, ORGANISATION, USABLE
from induction.curriculum.yaml_source import Table, read_yaml


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """Everything that ``policy.yaml`` holds; ``final_check`` is None where it is left out."""

    reference: str
    title: str
    organisation: str
    owner: str
    audiences: tuple[str, ...]
    read_with: tuple[str, ...]
    versions: tuple[VersionNote, ...]
    review_due: date | None
    declaration: tuple[str, ...]
    declaration_for: dict[str, tuple[str, ...]]
    final_check: FinalCheck | None
    clauses: tuple[Clause, ...]
    source: SourceDocument | None
    topics: tuple[Topic, ...]
    harm: tuple[str, ...]
    called: dict[str, str]


def read_policy(text: str, source: Source) -> PolicyFile | None:
    """Read the file's text; None where it is not YAML at all. Faults are noted in ``source``."""
    table = read_yaml(text, source)
    if table is None:
        return None
    fields = Fields(
        table,
        source,
        "a policy",
        required=("reference", "title", "owner", "audiences", "versions", "clauses"),
        optional=(
            *("organisation", "read_with", "review_due", "declaration", "declaration_for"),
            *("final_check", "source", "topics", "harm", "called"),
        ),
    )
    for key in ("review_due", "declaration", "final_check", "source"):
        if fields.has(key):
            source.remember("policy", key, fields.line_of(key))
    title, owner, audiences = fields.text("title"), fields.text("owner"), _audiences(fields)
    clauses = tuple(_clause(t, source) for t in fields.tables("clauses"))
    return PolicyFile(
        reference=fields.text("reference"),
        title=title,
        organisation=fields.text("organisation") or owner,
        owner=owner,
        audiences=audiences,
        read_with=fields.lines("read_with"),
        versions=_versions(fields),
        review_due=fields.last_day("review_due"),
        declaration=fields.lines("declaration")
        or (f"I have read and understood the {title}, and I will follow it.",),
        declaration_for=_declaration_for(fields, audiences),
        final_check=_final_check(fields),
        clauses=clauses,
        source=_source_document(fields),
        topics=tuple(_topic(t, source, clauses) for t in fields.tables("topics")),
        harm=_clauses(fields, "harm", clauses),
        called=_called(fields),
    )


def _audiences(fields: Fields) -> tuple[str, ...]:
    names = fields.lines("audiences")
    for name in names:
        if name and not is_kebab(name):
            fields.source.error(
                fields.line_of("audiences"),
                f"the audience `{name}` must be in small letters, as an id",
            )
    return names


def _declaration_for(fields: Fields, audiences: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """What only some accept, by their audience."""
    table = fields.table("declaration_for")
    if table is None:
        return {}
    entry = Fields(table, fields.source, "`declaration_for`", optional=audiences)
    return {name: entry.lines(name) for name in audiences if entry.has(name)}


def _called(fields: Fields) -> dict[str, str]:
    """What each name in braces stands for; each on one line, so that it can be replaced there."""
    table = fields.table("called")
    if table is None:
        return {}
    entry = Fields(table, fields.source, "`called`", optional=tuple(table.entries))
    found = {name: entry.text(name) for name in table.entries}
    for name, words in found.items():
        usable = name == ORGANISATION or USABLE.fullmatch(words)
        if not is_kebab(name):
            message = f"`{name}` cannot be a name in braces: use small letters and hyphens"
        elif entry.text_line(name) != entry.line_of(name):
            message = f"write what `{name}` stands for on one line, after its name"
        elif words and (not usable or len(words) > LONGEST):
            message = (
                f"`{name}` can stand for letters, digits and simple marks, {LONGEST} at most, "
                f"and not for `{words}`"
            )
        else:
            continue
        fields.source.error(entry.line_of(name), message)
    return found


def _clause(table: Table, source: Source) -> Clause:
    fields = Fields(table, source, "a clause", ("id", "words", "where"), ("assess",))
    name = fields.identifier("id")
    if name:
        source.remember("clause", name, fields.line_of("id"))
    return Clause(
        name, fields.text("words"), fields.text("where"), fields.flag("assess", default=True)
    )


def _versions(fields: Fields) -> tuple[VersionNote, ...]:
    notes: list[VersionNote] = []
    for table in fields.tables("versions"):
        entry = Fields(table, fields.source, "a version", ("date", "change"))
        day = entry.day("date")
        if day is not None and notes and day < notes[-1].date:
            fields.source.error(
                entry.line_of("date"),
                "versions go from the oldest to the newest; this one is older",
            )
        if day is not None:
            notes.append(VersionNote(day, entry.text("change")))
            fields.source.remember("version", f"{len(notes)}", entry.line)
    return tuple(notes)


def _final_check(fields: Fields) -> FinalCheck | None:
    table = fields.table("final_check")
    if table is None:
        return None
    entry = Fields(table, fields.source, "the final check", ("draw",), ("pass_mark",))
    return FinalCheck(
        entry.whole("draw", 1, 100, DEFAULT_DRAW),
        entry.whole("pass_mark", 1, 100, DEFAULT_PASS_MARK),
    )


def _source_document(fields: Fields) -> SourceDocument | None:
    table = fields.table("source")
    if table is None:
        return None
    keys = ("version_number", "latest_version_date", "review_date", "relies_on")
    entry = Fields(table, fields.source, "the source document", optional=keys)
    for key in keys:
        if entry.has(key):
            fields.source.remember("source", key, entry.line_of(key))
    return SourceDocument(
        entry.text("version_number"),
        entry.text("latest_version_date"),
        entry.text("review_date"),
        entry.lines("relies_on"),
    )


def _topic(table: Table, source: Source, clauses: tuple[Clause, ...]) -> Topic:
    """A topic; ``privacy-*`` among its clauses stands for every clause that begins so."""
    fields = Fields(table, source, "a topic", ("id", "clauses"), ("title", "at_least"))
    name = fields.identifier("id")
    if name:
        source.remember("topic", name, fields.line_of("id"))
    title = fields.text("title") or name.replace("-", " ").capitalize()
    found = _clauses(fields, "clauses", clauses)
    return Topic(name, title, found, fields.whole("at_least", 1, 100, 5))


def _clauses(fields: Fields, key: str, clauses: tuple[Clause, ...]) -> tuple[str, ...]:
    """The ids of clauses that a key names, itself or by how they begin (``privacy-*``)."""
    found: list[str] = []
    for pattern in fields.lines(key):
        matching = [c.id for c in clauses if fnmatchcase(c.id, pattern)]
        if pattern and not matching:
            fields.source.error(fields.line_of(key), f"no clause is called `{pattern}`")
        found += [clause for clause in matching if clause not in found]
    return tuple(found)
