"""A page as a visitor meets it: its words, its links, its forms."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape

VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source",
     "track", "wbr"]
)  # fmt: skip
AS_IT_STANDS = ("script", "style")  # nothing in them is a tag
ATTRIBUTE = re.compile(r"""\s+([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>=]+)))?""")
TAG = re.compile(
    r"""<(?:!--.*?--|![^>]*|(/?)([a-zA-Z][^\s/>]*)"""
    r"""((?:\s+[^\s"'<>/=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>=]+))?)*)\s*(/?))>""",
    re.DOTALL,
)


@dataclass(eq=False)
class Element:
    """One element with what is inside it, in the page's order."""

    tag: str
    attributes: dict[str, str]
    line: int
    parent: "Element | None" = field(default=None, repr=False)
    content: "list[Element | str]" = field(default_factory=list, repr=False)

    def __getitem__(self, attribute: str) -> str:
        return self.attributes.get(attribute, "")

    def __contains__(self, attribute: str) -> bool:
        return attribute in self.attributes

    def walk(self) -> "Iterator[Element]":
        """Every element inside."""
        for part in self.content:
            if isinstance(part, Element):
                yield part
                yield from part.walk()

    def all(self, *tags: str) -> "list[Element]":
        """The elements of these kinds inside."""
        return [element for element in self.walk() if element.tag in tags]

    @property
    def text(self) -> str:
        """The words inside, with single spaces."""
        return " ".join(self._raw_text().split())

    @property
    def typed(self) -> str:
        """Of a textarea: what stands in it. A newline at the very beginning is none of it."""
        return self._raw_text().replace("\r\n", "\n").removeprefix("\n")

    def _raw_text(self) -> str:
        return "".join(p if isinstance(p, str) else p._raw_text() for p in self.content)

    def inside(self, tag: str) -> "Element | None":
        """The nearest element of this kind around this one."""
        above = self.parent
        while above is not None and above.tag != tag:
            above = above.parent
        return above


@dataclass
class Form:
    """A form with the values that it would send as it stands."""

    action: str
    method: str
    fields: dict[str, list[str]]
    options: dict[str, list[str]]  # of radio buttons, tick boxes and lists: what may be chosen

    @classmethod
    def of(cls, element: Element) -> "Form":
        """Read a form element."""
        form = cls(element["action"], element["method"].lower() or "get", {}, {})
        for control in element.all("input", "textarea", "select"):
            if control["name"] and "disabled" not in control:
                form._take(control)
        return form

    def _take(self, control: Element) -> None:
        name, kind = control["name"], control["type"]
        if control.tag == "select":
            choices = control.all("option")
            values = [choice.attributes.get("value", choice.text) for choice in choices]
            self.options[name] = values
            chosen = [v for c, v in zip(choices, values, strict=True) if "selected" in c]
            chosen = chosen or values[:1]
            self.fields.setdefault(name, []).extend(chosen)
        elif kind in {"radio", "checkbox"}:
            value = control.attributes.get("value", "on")
            self.options.setdefault(name, []).append(value)
            if "checked" in control:
                self.fields.setdefault(name, []).append(value)
        elif kind not in {"submit", "button", "reset", "file"}:
            value = control.typed if control.tag == "textarea" else control["value"]
            self.fields.setdefault(name, []).append(value)

    def asks(self, name: str) -> bool:
        """Whether it has this field, or several that share its name as far as a full stop."""
        return any(name in (f, f.partition(".")[0]) for f in (*self.fields, *self.options))

    def filled(self, **values: str | list[str]) -> dict[str, list[str]]:
        """What the form sends when these fields are filled in."""
        given = {k: v if isinstance(v, list) else [v] for k, v in values.items()}
        return {**self.fields, **given}


@lru_cache(maxsize=8)
def read(html: str) -> "Page":
    """The page; one that is looked at by several in a row is parsed once."""
    return Page(html)


class Page:
    """A parsed page. ``broken`` lists what does not nest; a browser would guess there.

    It reads what is written in whole, quoted tags, several times as fast as ``html.parser``.
    """

    def __init__(self, html: str) -> None:
        self.html = html
        self.root = Element("", {}, 0)
        self.elements: list[Element] = []  # all of them, in the page's order
        self.broken: list[str] = []
        self._open, self._line = self.root, 1
        self._read()
        if self._open is not self.root:
            self.broken.append(f"<{self._open.tag}> of line {self._open.line} is never closed")

    def _read(self) -> None:
        html, at = self.html, 0
        while found := TAG.search(html, at):
            self._words(html[at : found.start()])
            closes, tag, attributes, closed = found.groups()
            if closes:
                self._close(tag.lower())
            elif tag:
                self._begin(tag.lower(), ATTRIBUTE.findall(attributes), closed=bool(closed))
            self._line += html.count("\n", found.start(), found.end())
            at = found.end()
            if self._open.tag in AS_IT_STANDS:
                end = html.find(f"</{self._open.tag}", at)
                self._words(html[at:end], as_they_stand=True)
                at = end
        self._words(html[at:])

    def _words(self, text: str, *, as_they_stand: bool = False) -> None:
        if not text:
            return
        if "<" in text and not as_they_stand:
            self.broken.append(f"a < that begins no tag, after line {self._line}")
        self._open.content.append(text if as_they_stand else unescape(text))
        self._line += text.count("\n")

    def _begin(
        self, tag: str, attributes: list[tuple[str, str, str, str]], *, closed: bool
    ) -> None:
        values = {name.lower(): unescape(a or b or c) for name, a, b, c in attributes}
        if len(values) != len(attributes):
            self.broken.append(f"<{tag}> of line {self._line} has an attribute twice")
        element = Element(tag, values, self._line, self._open)
        self._open.content.append(element)
        self.elements.append(element)
        if closed and tag not in VOID and not element.inside("svg"):
            self.broken.append(f"<{tag}/> of line {self._line}: only SVG closes like this")
        if not closed and tag not in VOID:
            self._open = element

    def _close(self, tag: str) -> None:
        if tag == self._open.tag and self._open.parent is not None:
            self._open = self._open.parent
        else:
            where = f"</{tag}> in line {self._line}"
            self.broken.append(f"{where} where <{self._open.tag}> is open")

    def all(self, *tags: str) -> list[Element]:
        """The elements of these kinds."""
        return [element for element in self.elements if element.tag in tags]

    def having(self, attribute: str) -> list[Element]:
        """The elements with this attribute."""
        return [element for element in self.elements if attribute in element.attributes]

    @property
    def title(self) -> str:
        """The text of the page's title; a drawing may have one of its own."""
        return " ".join(title.text for title in self.all("title") if not title.inside("svg"))

    @property
    def heading(self) -> str:
        """The main heading."""
        return " ".join(element.text for element in self.all("h1"))

    @property
    def text(self) -> str:
        """The words of the main part; of the whole page where it has none."""
        return " ".join(main.text for main in self.all("main")) or self.root.text

    @property
    def links(self) -> dict[str, str]:
        """Words → address, of every link. The first wins where words repeat."""
        return {a.text: a["href"] for a in reversed(self.all("a"))}

    @property
    def forms(self) -> list[Form]:
        """The forms of the main part."""
        return [Form.of(form) for main in self.all("main") for form in main.all("form")]

    def form(self, field_name: str) -> Form:
        """The form that has this field."""
        found = [f for f in self.forms if f.asks(field_name)]
        assert found, f"no form with {field_name!r} on “{self.title}”"
        return found[0]

    @property
    def next_step(self) -> Element:
        """The one next step: a link, or the button that sends a form."""
        found = self.having("data-next")
        assert len(found) == 1, f"{len(found)} next steps on “{self.title}”"
        return found[0]
