"""The HTML part of a mail, made of the text part: neither says what the other does not.

One column, in the institute's colour. Nothing is fetched when it is opened: no picture from
elsewhere, no pixel that counts. Whatever people typed stays text; the only links are our own, also
where somebody typed an address of ours into what they ask.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from flask import current_app, g
from markupsafe import Markup
from sqlalchemy import select

from induction.extensions import db
from induction.institute import colour, institute
from induction.institute.models import Institute

LOGO = "logo@induction.invalid"  # the Content-ID of the picture that comes with the mail
LARGEST_LOGO = 60_000  # bytes: it comes with every letter
OURS = "#0d5c5a"  # where the institute has chosen no colour

_STOPS = "You can turn these messages off"
Run = tuple[str, str]  # some words, and the address of ours that they lead to, or ""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a list, lines to be kept as they stand, or the address to go on at."""

    kind: str  # "words", "list", "kept", "button", "quiet"
    lines: list[list[Run]] = field(default_factory=list)


def blocks(body: str, base_url: str) -> list[Block]:
    """The text as what it is made of, in its order; the first address of ours alone is a button."""
    found: list[Block] = []
    for paragraph in re.split(r"\n(?:[ \t]*\n)+", body.strip("\n")):
        for block in _of(paragraph.rstrip(), base_url):
            first = block.kind == "button" and not any(one.kind == "button" for one in found)
            found.append(block if first or block.kind != "button" else Block("words", block.lines))
    return found


def _of(paragraph: str, base_url: str) -> Iterator[Block]:
    lines = paragraph.split("\n")
    if any(line.startswith(("    ", "{")) for line in lines):
        yield Block("kept", [[(line, "")] for line in lines])
        return
    if all(line.startswith(">") for line in lines):  # somebody else’s words, as they typed them
        yield Block("words", [[(line, "")] for line in lines])
        return
    held: list[str] = []
    was = ""
    for line in lines:
        kind = _kind(line, was, base_url)
        if held and (kind != was or kind == "button"):
            yield _block(was, held, base_url)
            held = []
        was = kind
        held.append(line)
    yield _block(was, held, base_url)


def _kind(line: str, was: str, base_url: str) -> str:
    """What a line is, after one that was that."""
    if line.startswith("- ") or (was == "list" and line.startswith("  ")):
        return "list"
    runs = _runs(line.strip(), base_url)
    if len(runs) == 1 and runs[0][1]:
        return "button"
    return "quiet" if line.startswith(_STOPS) else "words"


def _block(kind: str, lines: list[str], base_url: str) -> Block:
    if kind == "list":
        items = re.split(r"(?m)^- ", "\n".join(lines))[1:]
        return Block(kind, [_runs(item, base_url) for item in items])
    return Block(kind, [_runs(line.strip(), base_url) for line in lines])


def _runs(text: str, base_url: str) -> list[Run]:
    """The text with the addresses of ours in it told from the rest."""
    address = rf"{re.escape(base_url)}/[^\s<>\"]*[^\s<>\".,;:!?)]"
    found, end = [], 0
    for match in re.finditer(address, text):
        found += [(text[end : match.start()], ""), (match.group(), match.group())]
        end = match.end()
    return [run for run in (*found, (text[end:], "")) if run[0]]


def html_of(subject: str, body: str, *, logo_src: str = "") -> str:
    """The HTML of a letter; ``logo_src`` is where its reader has the logo, if anywhere."""
    settings = current_app.extensions["settings"]
    return current_app.jinja_env.get_template("mail/letter.html").render(
        subject=subject,
        blocks=blocks(body, settings.base_url),
        institute=institute(),
        logo_src=logo_src,
        styles=styles(),
    )


def styles() -> tuple[Markup, Markup]:
    """The two style sheets: what every program understands, then what some do."""
    accent = institute().accent or OURS
    env = current_app.jinja_env
    colours = {"accent": accent, "light": colour.lightened(accent)}
    return (
        Markup(env.get_template("mail/letter.css").render(colours)),  # noqa: S704  ours alone
        Markup(env.get_template("mail/letter-dark.css").render(colours)),  # noqa: S704
    )


def logo() -> bytes:
    """The institute's logo where it is small enough to come with every letter, else nothing.

    One query for all letters of a round of the worker.
    """
    if not institute().logo_sha256:
        return b""
    if "letter_logo" not in g:
        found = db.session.scalar(select(Institute.logo)) or b""
        g.letter_logo = found if len(found) <= LARGEST_LOGO else b""
    picture: bytes = g.letter_logo
    return picture
