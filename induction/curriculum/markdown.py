"""Authors' Markdown → safe HTML, with a fault for what would not come out as its author meant.

No raw HTML. A picture, sound or film stands on a line of its own, on pages and not in scenarios:
see ``media``. A block fenced as a chat may stand anywhere: see ``chat``. Headings in a section's
body start at ``##``, because the page's own heading is the section's title; texts of a scenario
have none.
"""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import unquote

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from induction.curriculum import chat
from induction.curriculum.faults import Fault, Ledger, Source, asking, nearest
from induction.curriculum.media import figure
from induction.curriculum.passages import passage

_MARK = "\ue000"  # of nobody's alphabet
_NOT_FOLDED = "a chat needs its own lines: begin this text with `|`, and each fence on a new line"
_ALONE = "a picture stands on a line of its own on a page, between empty lines, and in no scenario"
LONGEST_PARAGRAPH = 5_000  # characters; reading the marks of one takes the square of its length
_HTML = re.compile(r"</?[a-zA-Z][^<>]*>|<!--")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_SCHEMES = {"http", "https", "mailto", "tel"}
_BLOCKS = {"p", "li", "h2", "h3", "h4", "th", "td", "blockquote", "pre"}
_HEADINGS = {"h2", "h3", "h4"}
_OF_FIGURES = {"figcaption", "summary"}
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


def _leave_out_what_is_too_long(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "inline" and len(token.content) > LONGEST_PARAGRAPH:
            token.meta["characters"], token.content = len(token.content), ""


_PARSER = MarkdownIt("js-default", {"html": False})
_PARSER.core.ruler.before("inline", "too_long", _leave_out_what_is_too_long)


def render(text: str, source: Source, line: int) -> str:
    """Safe HTML of ``text``, which stands in its file from ``line``. Notes faults in ``source``."""
    html, faults = _read(text)
    for fault in faults:
        source.error(line + fault.line, fault.message)
    return html


@lru_cache(maxsize=2048)  # one policy's texts: of a draft or a new version, nearly all are known
def _read(text: str) -> tuple[str, tuple[Fault, ...]]:
    alone = Source("", Ledger())
    return _rendered(_PARSER.parse(text), alone, 0), tuple(alone.ledger.faults)


def render_page(
    text: str, source: Source, line: int, audiences: Collection[str] | None = ()
) -> str:
    """The same of a page, which has headings, figures, and passages for some of these audiences.

    None where nobody knows which audiences there are.
    """
    tokens = _PARSER.parse(text)
    _check_headings(tokens, source, line)
    apart = [
        *_figures(tokens, source, line),
        *_passages(tokens, source, line, text.split("\n"), audiences),
    ]
    html = _rendered(tokens, source, line, headings=True)
    for place, shown in apart:
        html = html.replace(place, shown)
    return html


def _rendered(
    tokens: list[Token], source: Source, line: int, *, headings: bool = False, kind: str = ""
) -> str:
    chats = list(_chats(tokens, source, line))
    for token in tokens:
        if token.type == "inline":
            _check_inline(token, source, line)
        elif token.type == "heading_open" and not headings:
            source.error(line + _row(token), "a heading cannot stand here; write a sentence")
    _mark_lists(tokens, kind)
    html = _CLEANER.clean(_PARSER.renderer.render(tokens, _PARSER.options, {})).strip()
    for place, shown in chats:
        html = html.replace(place, shown)
    return html


def plain_blocks(html: str, *, headings: bool) -> tuple[str, ...]:
    """The text of each paragraph, list entry and so on, without mark-up."""
    collector = _Collector(headings=headings)
    collector.feed(html)
    collector.close()
    return collector.blocks()


def _row(token: Token) -> int:
    return token.map[0] if token.map else 0


def _check_headings(tokens: list[Token], source: Source, line: int) -> None:
    before = 1
    for token in tokens:
        if token.type != "heading_open":
            continue
        level, at = int(token.tag[1]), line + _row(token)
        if level == 1:
            source.error(
                at, "start headings with `##`: the page's main heading is the section's title"
            )
        elif level > before + 1 or level > 4:
            source.error(at, f"this heading skips a level; use `{'#' * min(before + 1, 4)}`")
        before = max(level, 2)


def _chats(tokens: list[Token], source: Source, line: int) -> Iterator[tuple[str, str]]:
    """The blocks that are chats, each with what takes its place: see ``_figures``."""
    for token in tokens:
        if token.type == "fence" and token.info.strip() == chat.NAME:
            at = line + _row(token) + 1
            place = f"<p>{_MARK}{at}{_MARK}</p>"
            yield place, chat.shown(token.content, source, at)
            token.type, token.content = "html_block", f"{place}\n"


def _figures(tokens: list[Token], source: Source, line: int) -> Iterator[tuple[str, str]]:
    """The paragraphs that are a picture and nothing else, each with what takes its place.

    Their tokens become a mark, which is cleaned with the text of the author; a figure's own HTML is
    made here, and not by anybody who writes.
    """
    for opening, inline in pairwise(tokens):
        within = inline.children or []
        if opening.type == "paragraph_open" and [t.type for t in within] == ["image"]:
            (image,) = within
            mark = f"{_MARK}{line + _row(inline)}{_MARK}"
            name = unquote(str(image.attrGet("src") or ""))
            yield f"<p>{mark}</p>", figure(source, line + _row(inline), name, image.content)
            inline.children = [Token("text", "", 0, content=mark)]


def _passages(
    tokens: list[Token],
    source: Source,
    line: int,
    rows: list[str],
    audiences: Collection[str] | None,
) -> Iterator[tuple[str, str]]:
    """Text between ``~~~ staff`` and ``~~~``, each with what takes its place, as figures do."""
    kind = ""
    for n, token in enumerate(tokens):
        if token.type == "heading_open":
            kind = _kind(tokens[n + 1])
        named = token.info.strip()
        if token.type != "fence" or named in {"", chat.NAME} or token.markup[0] != "~":
            continue
        at, names = line + _row(token), named.replace(",", " ").split()
        unknown = [name for name in names if audiences is not None and name not in audiences]
        if not audiences and audiences is not None:
            source.error(at, f"only a section has parts for some; take out `{token.markup}`")
        for name in unknown if audiences else ():
            meant = asking(nearest(name, audiences or ()))
            source.error(at, f"`{name}` is no audience of the policy{meant}")
        if token.map and rows[token.map[1] - 1].strip() != token.markup:
            source.error(at, f"the line `{token.markup}` that ends what is for some is missing")
        html = _rendered(_PARSER.parse(token.content), source, at + 1, kind=kind)
        place = f"<p>{_MARK}{at}{_MARK}</p>"
        yield place, passage(names, html)
        token.type, token.content = "html_block", place


def _kind(heading: Token) -> str:
    """How the list under this heading is drawn; empty for dots."""
    return _LISTS.get(heading.content.strip().casefold(), "")


def _mark_lists(tokens: list[Token], kind: str) -> None:
    for token, following in pairwise(tokens):
        if token.type == "heading_open":
            kind = _kind(following)
        elif token.type == "bullet_list_open" and token.level == 0 and kind:
            token.attrSet("class", kind)


def _check_inline(inline: Token, source: Source, line: int) -> None:
    at = line + _row(inline)
    if too_many := inline.meta.get("characters"):
        source.error(
            at, f"this paragraph has {too_many:,} characters; {LONGEST_PARAGRAPH:,} at most"
        )
    for token in _flat(inline.children or []):
        if token.type in {"softbreak", "hardbreak"}:
            at += 1
        elif token.type == "image":
            source.error(at, _ALONE)
        elif token.type == "code_inline" and token.content.startswith(f"{chat.NAME} "):
            source.error(at, _NOT_FOLDED)
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
        if tag in _BLOCKS or tag in _OF_FIGURES:
            self._texts.append([])
        elif tag == "br":
            self._texts[-1].append(" ")
