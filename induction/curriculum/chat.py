"""A chat, as authors write it: a fenced block in which each line is who writes, and what.

It is a list of who said what, wherever it is read; bubbles are a matter of the style sheet. Nothing
in it is Markdown, since nobody writes a chat so.
"""

import re
from html import escape

from induction.curriculum.faults import Source

NAME = "chat"  # after the fence
_LINE = re.compile(r"(?P<who>[^\s:][^:]{0,40}): +(?P<words>\S.*)")
_READER = "you"


def shown(text: str, source: Source, line: int) -> str:
    """The list as HTML of a block whose first line of words is ``line``. Notes its faults."""
    said: list[tuple[str, str]] = []
    for at, written in enumerate(text.splitlines(), line):
        words = written.strip()
        if said and words and written.startswith("  "):
            said[-1] = (said[-1][0], f"{said[-1][1]} {words}")
        elif found := _LINE.fullmatch(words):
            said.append((found["who"], found["words"]))
        elif words:
            source.error(
                at,
                "a line of a chat is who writes and what, such as `Aisha: Post it!`; "
                "begin a line that goes on with two spaces",
            )
    if not text.strip():
        source.error(line, "this chat has no lines; write who says what, such as `Aisha: Post it!`")
    bubbles = "\n".join(_bubble(who, words) for who, words in said)
    return f'<ol class="chat">\n{bubbles}\n</ol>'


def _bubble(who: str, words: str) -> str:
    mine = ' class="is-you"' if who.casefold().partition(",")[0] == _READER else ""
    return f'<li{mine}><b>{escape(who)}<span class="hidden">:</span></b> {escape(words)}</li>'
