"""What is true of every page. The test client looks at each page that any test opens."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from tests.support.page import Element, Page

NEEDS_NO_LABEL = frozenset({"hidden", "submit", "button", "image", "reset"})
REFERS = frozenset({"for", "aria-labelledby", "aria-describedby", "aria-controls", "list", "form"})
LEADS = frozenset({"href", "src", "action"})
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def faults(page: Page) -> list[str]:
    """Everything that is wrong with a page, in words. Empty for a sound one."""
    return [
        *page.broken,
        *_frame(page),
        *_references(page),
        *_inline(page),
        *_names(page),
        *_headings(page),
        *_forms(page),
    ]


def _frame(page: Page) -> Iterator[str]:
    if not page.html.lstrip().lower().startswith("<!doctype html>"):
        yield "no <!doctype html>"
    if not any(html["lang"] for html in page.all("html")):
        yield "<html> names no language"
    if len(page.all("title")) - len([t for t in page.all("title") if t.inside("svg")]) != 1:
        yield "not exactly one <title>"
    if not page.title.strip(" –-|"):
        yield "an empty <title>"
    if len(page.all("main")) != 1:
        yield "not exactly one <main>"
    if len(page.having("data-next")) > 1:
        yield "more than one next step (data-next)"


def _references(page: Page) -> Iterator[str]:
    ids = Counter(element["id"] for element in page.having("id"))
    yield from (f"the id {name!r} stands {n} times" for name, n in ids.items() if n > 1)
    if "" in ids:
        yield "an empty id"
    for element in page.elements:
        for attribute, value in element.attributes.items():
            for name in value.split() if attribute in REFERS else ():
                if name not in ids:
                    yield f"{_place(element)}: {attribute} refers to {name!r}, which is not there"
            leads_here = attribute == "href" and element.tag == "a" and value[:1] == "#"
            if leads_here and value[1:] not in ids:
                yield f"{_place(element)}: leads to {value}, which is not there"


def _inline(page: Page) -> Iterator[str]:
    """What our content security policy would block."""
    for element in page.elements:
        if element.tag == "style" or (element.tag == "script" and not element["src"]):
            yield f"{_place(element)}: inline"
        for name, value in element.attributes.items():
            if name == "style" or name.startswith("on"):
                yield f"{_place(element)}: the attribute {name}"
            if name in LEADS and value.strip().startswith("javascript:"):
                yield f"{_place(element)}: a script as an address"


def _names(page: Page) -> Iterator[str]:
    """Everything that can be used or seen has a name for those who cannot see it."""
    labelled = {label["for"] for label in page.all("label")}
    for control in page.all("input", "select", "textarea"):
        named = (
            control["type"] in NEEDS_NO_LABEL
            or control["id"] in labelled
            or control.inside("label")
            or control["aria-label"]
            or control["aria-labelledby"]
            or control["aria-hidden"] == "true"  # for password managers, not for people
        )
        if not named:
            yield f"{_place(control)}: no label"
    for element in page.all("a", "button"):
        pictures = any(image["alt"] for image in element.all("img"))
        if not (element.text or element["aria-label"] or element["aria-labelledby"] or pictures):
            yield f"{_place(element)}: no words"
    for image in page.all("img"):
        if "alt" not in image:
            yield f"{_place(image)}: no alternative text"


def _headings(page: Page) -> Iterator[str]:
    headings = page.all(*HEADINGS)
    if [heading.tag for heading in headings].count("h1") != 1:
        yield "not exactly one <h1>"
    for heading in headings:
        if not heading.text:
            yield f"{_place(heading)}: empty"
    main = [int(h.tag[1]) for h in headings if h.inside("main") and not _in_alert(h)]
    if main and main[0] != 1 and 1 in main:
        yield "a heading stands before the <h1> of the main part"
    for before, after in pairwise(main):
        if after > before + 1:
            yield f"<h{after}> follows <h{before}>: a level is left out"


def _in_alert(heading: Element) -> bool:
    """A summary of mistakes stands above the page's own heading, and takes the focus."""
    around = heading.parent
    while around is not None and around["role"] != "alert":
        around = around.parent
    return around is not None


def _forms(page: Page) -> Iterator[str]:
    for form in page.all("form"):
        names = {control["name"] for control in form.all("input")}
        if form["method"].lower() == "post" and "csrf_token" not in names:
            yield f"{_place(form)}: no csrf_token"
        if form.inside("form"):
            yield f"{_place(form)}: a form inside a form"
        if not form.all("button") and not any(i["type"] == "submit" for i in form.all("input")):
            yield f"{_place(form)}: nothing sends it"
        if form.all("textarea") and any(i["type"] == "password" for i in form.all("input")):
            yield f"{_place(form)}: lines to write, which are shown again, beside a password"
    for button in page.all("button"):
        if button["type"] not in {"submit", "button", "reset"}:
            yield f"{_place(button)}: its type is not said"


def _place(element: Element) -> str:
    return f"<{element.tag}> in line {element.line}"
