"""``NN-section.md`` → the page to read: YAML between ``---`` lines, then Markdown."""

from collections.abc import Collection
from dataclasses import dataclass

from induction.curriculum.faults import Source
from induction.curriculum.fields import Fields
from induction.curriculum.markdown import render
from induction.curriculum.readability import word_count
from induction.curriculum.yaml_source import read_yaml

_FENCE = "---"


@dataclass(frozen=True, slots=True)
class SectionFile:
    """Everything that a section's Markdown file holds."""

    title: str
    summary: str
    clauses: tuple[str, ...]
    audiences: tuple[str, ...]
    takeaway: tuple[str, ...]
    body_html: str
    words: int


def read_section(
    text: str, source: Source, clauses: Collection[str] | None, audiences: Collection[str] | None
) -> SectionFile | None:
    """Read the file's text; None where its front matter cannot be read.

    ``clauses`` and ``audiences`` are those the policy knows; None where that is not known.
    """
    rows = text.split("\n")
    end = _end_of_front_matter(rows, source)
    if end is None:
        return None
    table = read_yaml("\n".join(rows[1:end]), source, first_line=2)
    html = _body(rows[end + 1 :], source, end + 2)
    if table is None:
        return None
    fields = Fields(
        table,
        source,
        "a section",
        ("title", "summary", "clauses"),
        ("audiences", "takeaway", "minutes"),
    )
    fields.whole("minutes", 1, 60, 1)  # in older files; the time is worked out
    return SectionFile(
        title=fields.text("title"),
        summary=fields.text("summary"),
        clauses=fields.lines("clauses", clauses),
        audiences=fields.lines("audiences", audiences),
        takeaway=fields.lines("takeaway"),
        body_html=html,
        words=word_count(html),
    )


def _end_of_front_matter(rows: list[str], source: Source) -> int | None:
    if rows[0].rstrip() != _FENCE:
        source.error(
            1, "a section begins with a line `---`, its title and so on, and another line `---`"
        )
        return None
    end = next((n for n, row in enumerate(rows[1:], 1) if row.rstrip() == _FENCE), None)
    if end is None:
        source.error(1, "the `---` that ends the title and so on is missing")
    return end


def _body(rows: list[str], source: Source, line: int) -> str:
    text = "\n".join(rows)
    if not text.strip():
        source.error(line - 1, "there is nothing to read below the second `---`")
    return render(text, source, line, headings=True)
