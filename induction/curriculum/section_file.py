"""``NN-section.md`` and ``help-page.md`` → a page to read: YAML between ``---``, then Markdown."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from html import unescape

from induction.curriculum.faults import Source, asking, nearest
from induction.curriculum.fields import Fields
from induction.curriculum.markdown import render_page
from induction.curriculum.model import Deed, HelpPage
from induction.curriculum.passages import passages_in
from induction.curriculum.readability import word_count
from induction.curriculum.yaml_source import Table, read_yaml

_FENCE = "---"
_BLOCK = re.compile(r'<(?:p|li)(?: class="[^"]*")?(?: id="(?P<id>[^"]*)")?>')
_TAG = re.compile(r"<[^>]*>")
_LOOKED_AT = 1000  # characters of a paragraph: more than anybody writes to name it
_MOST_DEEDS = 10  # more are a form to get through


@dataclass(frozen=True, slots=True)
class SectionFile:
    """Everything that a section's Markdown file holds."""

    title: str
    summary: str
    clauses: tuple[str, ...]
    audiences: tuple[str, ...]
    takeaway: tuple[str, ...]
    do_now: tuple[Deed, ...]
    body_html: str
    words: int
    for_some: tuple[tuple[frozenset[str], int], ...]
    law_checked: date | None
    explained: tuple[tuple[str, str], ...]


def read_section(
    text: str, source: Source, clauses: Collection[str] | None, audiences: Collection[str] | None
) -> SectionFile | None:
    """Read the file's text; None where its front matter cannot be read.

    ``clauses`` and ``audiences`` are those the policy knows; None where that is not known.
    """
    parts = _parts(text, source, "a section", audiences)
    if parts is None:
        return None
    table, html = parts
    fields = Fields(
        table,
        source,
        "a section",
        ("title", "summary", "clauses"),
        ("audiences", "takeaway", "do_now", "minutes", "law_checked", "explained"),
    )
    fields.whole("minutes", 1, 60, 1)  # in older files; the time is worked out
    taught = fields.lines("clauses", clauses)
    html, explained = _explained(fields, taught, html)
    return SectionFile(
        title=fields.text("title"),
        summary=fields.text("summary"),
        clauses=taught,
        audiences=fields.lines("audiences", audiences),
        takeaway=fields.lines("takeaway"),
        do_now=_deeds(fields),
        body_html=html,
        words=word_count(html),
        for_some=tuple((names, word_count(said)) for names, said in passages_in(html)),
        law_checked=fields.last_day("law_checked"),
        explained=explained,
    )


def read_help(text: str, source: Source, slug: str) -> HelpPage | None:
    """Read a help page's text; None where its front matter cannot be read."""
    parts = _parts(text, source, "a help page", ())
    if parts is None:
        return None
    table, html = parts
    fields = Fields(table, source, "a help page", ("title", "summary"), ("law_checked",))
    return HelpPage(
        slug, fields.text("title"), fields.text("summary"), html, fields.last_day("law_checked")
    )


def _parts(
    text: str, source: Source, what: str, audiences: Collection[str] | None
) -> tuple[Table, str] | None:
    """The front matter and the rendered body; None where the first cannot be read."""
    rows = text.split("\n")
    end = _end_of_front_matter(rows, source, what)
    if end is None:
        return None
    table = read_yaml("\n".join(rows[1:end]), source, first_line=2)
    html = _body(rows[end + 1 :], source, end + 2, audiences)
    return None if table is None else (table, html)


def _deeds(fields: Fields) -> tuple[Deed, ...]:
    """What is to be done at once: each with an id, which is kept with whoever ticks it."""
    found: dict[str, Deed] = {}
    for table in fields.tables("do_now"):
        deed = Fields(table, fields.source, "an entry of `do_now`", ("id", "text"))
        name = deed.identifier("id")
        if name in found:
            deed.source.error(deed.line_of("id"), f"`{name}` is in `do_now` twice")
        found[name] = Deed(name, deed.text("text"))
    if len(found) > _MOST_DEEDS:
        message = f"give at most {_MOST_DEEDS} things to `do_now`, not {len(found)}"
        fields.source.error(fields.line_of("do_now"), message)
    return tuple(found.values())


def _explained(
    fields: Fields, taught: Collection[str], html: str
) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The page with an id where a rule is explained, and which that is, by rule."""
    found: dict[str, str] = {}
    for table in fields.tables("explained"):
        entry = Fields(table, fields.source, "an entry of `explained`", ("rule", "at"))
        rule, at = entry.text("rule"), entry.text("at")
        if rule and rule not in taught:
            meant = asking(nearest(rule, taught))
            entry.source.error(
                entry.line_of("rule"), f"`{rule}` is not among the `clauses` of this section{meant}"
            )
        elif rule in found:
            entry.source.error(entry.line_of("rule"), f"`{rule}` is in `explained` twice")
        elif at:
            place = next((b for b in _BLOCK.finditer(html) if _begins(html[b.end() :], at)), None)
            if place is None:
                entry.source.error(
                    entry.line_of("at"),
                    f"no paragraph and no entry of a list on this page begins with `{at}`",
                )
                continue
            found[rule] = place["id"] or f"explains-{rule}"
            if not place["id"]:
                html = f'{html[: place.end() - 1]} id="{found[rule]}">{html[place.end() :]}'
    return html, tuple(found.items())


def _begins(html: str, words: str) -> bool:
    """Whether the text of this HTML begins so."""
    return " ".join(unescape(_TAG.sub("", html[:_LOOKED_AT])).split()).startswith(words)


def _end_of_front_matter(rows: list[str], source: Source, what: str) -> int | None:
    if rows[0].rstrip() != _FENCE:
        source.error(
            1, f"{what} begins with a line `---`, its title and so on, and another line `---`"
        )
        return None
    end = next((n for n, row in enumerate(rows[1:], 1) if row.rstrip() == _FENCE), None)
    if end is None:
        source.error(1, "the `---` that ends the title and so on is missing")
    return end


def _body(rows: list[str], source: Source, line: int, audiences: Collection[str] | None) -> str:
    text = "\n".join(rows)
    if not text.strip():
        source.error(line - 1, "there is nothing to read below the second `---`")
    return render_page(text, source, line, audiences)
