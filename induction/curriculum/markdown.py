"""Authors' Markdown → safe HTML, with a fault for what would not come out as its author meant.

No raw HTML, no images yet. Headings in a section's body start at ``##``, because the page's own
heading is the section's title; texts of a scenario have none.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from induction.curriculum.faults import Source

_PARSER = MarkdownIt("js-default", {"html": False})
_HTML = re.compile(r"</?[a-zA-Z][^<>]*>|<!--")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_SCHEMES = {"http", "https", "mailto", "tel"}
_BLOCKS = {"p", "li", "h2", "h3", "h4", "th", "td", "blockquote", "pre"}
_HEADINGS = {"h2", "h3", "h4"}
_TAGS = _BLOCKS | {
    "ul",
    "ol",
    "strong",
    "em",
    "s",
    "a",
    "br",
    "hr",
    "code",
    "table",
    "thead",
    "tbody",
    "tr",
}
# The lists of every section: drawn as ticks, crosses and boxes. Their headings say what they are.
_LISTS = {"what to do": "do", "what to avoid": "avoid", "check yourself": "check"}
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes={"a": {"href", "title"}, "ol": {"start"}},
    allowed_classes={"ul": set(_LISTS.values())},
    url_schemes=_SCHEMES,
)


def render(text: str, source: Source, line: int, *, headings: bool = False) -> str:
    """Safe HTML of ``text``, which stands in its file from ``line``. Notes faults in ``source``."""
    tokens = _PARSER.parse(text)
    _check_headings(tokens, source, line, allowed=headings)
    for inline in (t for t in tokens if t.type == "inline"):
        _check_inline(inline, source, line)
    _mark_lists(tokens)
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return _CLEANER.clean(html).strip()


def plain_blocks(html: str, *, headings: bool) -> tuple[str, ...]:
    """The text of each paragraph, list entry and so on, without mark-up."""
    collector = _Collector(headings=headings)
    collector.feed(html)
    collector.close()
    return collector.blocks()


def _row(token: Token) -> int:
    return token.map[0] if token.map else 0


def _check_headings(tokens: list[Token], source: Source, line: int, *, allowed: bool) -> None:
    before = 1
    for token in tokens:
        if token.type != "heading_open":
            continue
        level, at = int(token.tag[1]), line + _row(token)
        if not allowed:
            source.error(at, "a heading cannot stand here; write a sentence")
        elif level == 1:
            source.error(
                at, "start headings with `##`: the page's main heading is the section's title"
            )
        elif level > before + 1 or level > 4:
            source.error(at, f"this heading skips a level; use `{'#' * min(before + 1, 4)}`")
        before = max(level, 2)


def _mark_lists(tokens: list[Token]) -> None:
    kind = None
    for token, following in pairwise(tokens):
        if token.type == "heading_open":
            kind = _LISTS.get(following.content.strip().casefold())
        elif token.type == "bullet_list_open" and token.level == 0 and kind:
            token.attrSet("class", kind)


def _check_inline(inline: Token, source: Source, line: int) -> None:
    at = line + _row(inline)
    for token in _flat(inline.children or []):
        if token.type in {"softbreak", "hardbreak"}:
            at += 1
        elif token.type == "image":
            source.error(at, "images are not supported yet; say it in words")
        elif token.type == "text" and (tag := _HTML.search(token.content)):
            source.error(at, f"HTML such as `{tag.group()}` is not used here; write Markdown")
        elif token.type == "link_open" and not _is_usable(str(token.attrGet("href") or "")):
            source.error(at, "this link leads nowhere; give an address with https, mailto or tel")


def _flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or [])


def _is_usable(href: str) -> bool:
    scheme = _SCHEME.match(href)
    return bool(href) and (scheme is None or scheme.group()[:-1].lower() in _SCHEMES)


class _Collector(HTMLParser):
    def __init__(self, *, headings: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._headings = headings
        self._skipping = False
        self._texts: list[list[str]] = [[]]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._boundary(tag, opening=True)

    def handle_endtag(self, tag: str) -> None:
        self._boundary(tag, opening=False)

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self._texts[-1].append(data)

    def blocks(self) -> tuple[str, ...]:
        joined = (" ".join("".join(parts).split()) for parts in self._texts)
        return tuple(text for text in joined if text)

    def _boundary(self, tag: str, *, opening: bool) -> None:
        if tag in _HEADINGS:
            self._skipping = opening and not self._headings
        if tag in _BLOCKS:
            self._texts.append([])
        elif tag == "br":
            self._texts[-1].append(" ")
