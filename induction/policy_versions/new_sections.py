"""A section that is added to the draft in the browser: two files, and the numbers after it.

Only numbers of files change, which are places; the names stay, under which answers are on record.
"""

import json
import re
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import update

from induction.audit.act import Act
from induction.curriculum.fields import LONGEST_ID
from induction.curriculum.loader import tidy
from induction.curriculum.parts import PageOutline, PartKind, outline
from induction.curriculum.yaml_source import odd_character
from induction.policy.store import Content
from induction.policy_versions import draft_queries as queries
from induction.policy_versions.drafts import locked, replace_files
from induction.policy_versions.models import PolicyDraft, PolicyDraftComment
from induction.refusals import InvalidInput

MOST = 99  # two digits
_NO_SITUATION_YET = """\
# The situations of this section; at least three. Take away the # signs, and put your own words.
# The example is one choice of two; the guide for authors has every other kind.
scenarios:
#  - id: {name}-first
#    kind: single
#    clauses: [{clause}]
#    situation: Who is where, and what happens?
#    question: What do you do?
#    options:
#      - id: one-thing
#        text: One thing to do.
#        misconception: What somebody believes who does so.
#        consequence: What happens next.
#        feedback: What to think of, for somebody who chose this.
#      - id: another-thing
#        text: Another thing to do.
#        correct: true
#        consequence: What happens next.
#        feedback: Why this works.
"""


@dataclass(frozen=True, slots=True)
class NewSection:
    """What a form says of a section."""

    title: str
    summary: str
    clauses: Sequence[str]
    words: str
    after: str = ""  # the path of the page before it; none: it is the first

    @property
    def name(self) -> str:
        """Its address, for good."""
        plain = unicodedata.normalize("NFKD", self.title).encode("ascii", "ignore").decode()
        return re.sub(r"[^a-z0-9]+", "-", plain.lower())[:LONGEST_ID].strip("-")

    @property
    def page(self) -> str:
        """The text of its page."""
        said = (json.dumps(words, ensure_ascii=False) for words in (self.title, self.summary))
        title, summary = said
        rules = textwrap.fill(f"clauses: [{', '.join(self.clauses)}]", 100, subsequent_indent="  ")
        return f"---\ntitle: {title}\nsummary: {summary}\n{rules}\n---\n\n{self.words.strip()}\n"

    @property
    def quiz(self) -> str:
        """The text of its quiz, which asks nothing yet: the check says so."""
        return _NO_SITUATION_YET.format(name=self.name, clause=self.clauses[0])


def add(act: Act, content: Content, section: NewSection) -> str:
    """Put a section into the open draft; returns the path of its page.

    Raises InvalidInput for what cannot be one, NotNow where no draft is open any more.
    """
    draft = locked(act, content)
    texts = queries.texts(act.session, draft.id)
    if odd := next(filter(odd_character, section.page), ""):
        raise InvalidInput(f"It holds an invisible character (U+{ord(odd):04X}). Delete it.")
    there = outline(content.slug, texts).sections
    _refuse_name(section.name, there)
    numbers = [_number(one.page.path) for one in there]
    at = next((n for n, one in enumerate(there, 1) if one.page.path == section.after), 0)
    mine, moved = _made_room(numbers, at)
    if max([mine, *moved.values()]) > MOST:
        raise InvalidInput(f"There is no place for it: the last number of a section is {MOST}.")
    paths = {
        path: path.replace(f"/{number:02}-", f"/{moved[number]:02}-", 1)
        for one in there
        if (number := _number(one.page.path)) in moved
        for path in (one.page.path, one.quiz.path if one.quiz else "")
        if path
    }
    stem = f"{content.slug}/{mine:02}-{section.name}"
    page = f"content/{stem}.md"
    after = {paths.get(path, path): text for path, text in texts.items()}
    after |= {page: tidy(section.page), f"quizzes/{stem}.yaml": section.quiz}
    replace_files(act, draft, after)
    _comments_follow(act, draft, paths)
    return page


def _refuse_name(name: str, there: Sequence[PageOutline]) -> None:
    if not name:
        raise InvalidInput("Give it a title with letters from A to Z: its address is made of them.")
    if name in {one.page.path.rpartition("/")[2][3:].removesuffix(".md") for one in there}:
        raise InvalidInput("There is a section of this name already. Give it another title.")


def _number(path: str) -> int:
    stem = path.rpartition("/")[2]
    if not re.match(r"[0-9]{2}-", stem):
        raise InvalidInput(f"{stem} has no number. Mend that first: the check says how.")
    return int(stem[:2])


def _made_room(numbers: Sequence[int], at: int) -> tuple[int, dict[int, int]]:
    """A number for what comes after so many others, and which ones move up to make room."""
    mine = numbers[at - 1] + 1 if at else 1
    moved: dict[int, int] = {}
    taken = mine
    for number in numbers[at:]:
        if number > taken:
            break
        taken += 1
        moved[number] = taken
    return mine, moved


def _comments_follow(act: Act, draft: PolicyDraft, paths: Mapping[str, str]) -> None:
    """What was said of a file is said of it under its new number; the last moves first."""
    own = PolicyDraftComment
    for old, new in sorted(paths.items(), reverse=True):
        these = own.draft_id == draft.id, own.kind == PartKind.FILE.value, own.name == old
        act.session.execute(update(own).where(*these).values(name=new))
