"""A policy's texts put together: what each file says, and what must hold between them."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date
from itertools import pairwise

from induction.curriculum import reading_time
from induction.curriculum.faults import Fault, Ledger, Source, asking, nearest
from induction.curriculum.fields import is_kebab
from induction.curriculum.marking import DEFAULT_DRAW, DEFAULT_PASS_MARK
from induction.curriculum.media import TRANSCRIPT, TYPES, written
from induction.curriculum.model import FinalCheck, HelpPage, Policy, Scenario, Section, Use
from induction.curriculum.own_words import PLACE
from induction.curriculum.policy_file import PolicyFile, read_policy
from induction.curriculum.quiz_file import QuizFile, read_quiz
from induction.curriculum.section_file import SectionFile, read_help, read_section
from induction.curriculum.yaml_source import odd_character

_NAME = re.compile(r"(?P<number>[0-9]{2})-(?P<slug>.+)")
_HELP_NAME = re.compile(r"help-(?P<slug>.+)")
# The journey has pages of its own at these addresses, beside the sections'.
_RESERVED = frozenset({"ask", "declaration", "final-check", "my-changes"})
_EMPTY_QUIZ = QuizFile(DEFAULT_PASS_MARK, ())


class Assembly:
    """One putting-together of one policy. Faults gather in ``ledger``; nothing is raised."""

    def __init__(self, slug: str, files: Mapping[str, str], unreadable: list[Fault]) -> None:
        self.ledger = Ledger(faults=list(unreadable))
        self._slug = slug
        self._policy_path = f"content/{slug}/policy.yaml"
        self._files = {path: self._printable(path, text) for path, text in files.items()}
        self._sections = self._stems(f"content/{slug}/", ".md")
        self._quizzes = self._stems(f"quizzes/{slug}/", ".yaml")
        self._help = self._stems(f"content/{slug}/", ".md", _HELP_NAME)
        self.ledger.drawings |= self._beside(".svg")
        self.ledger.transcripts |= self._beside(f".{TRANSCRIPT}", "content/")
        for kind in TYPES:
            for path, text in self._beside(f".{kind}", "content/").items():
                if (media := written(path, text)) is not None:
                    self.ledger.media[path] = media
        self._check_paths()

    def policy(self, digest_of: Callable[[Mapping[str, str]], str]) -> Policy | None:
        """The policy; where the ledger has faults it is None or not to be used."""
        head = self._head()
        pages = [self._section(number, stem, head) for number, stem in enumerate(self._sections, 1)]
        help_pages = [self._help_page(stem) for stem in self._help]
        self._check_pairs()
        self._check_shown()
        if head is None:
            return None
        self._check_names(head.called)
        sections = tuple(page for page in pages if page is not None)
        final_check = self._final_check(head, sections)
        return Policy(
            slug=self._slug,
            reference=head.reference,
            title=head.title,
            organisation=head.organisation,
            owner=head.owner,
            version_date=max((note.date for note in head.versions), default=date.min),
            review_due=head.review_due,
            audiences=head.audiences,
            read_with=head.read_with,
            versions=head.versions,
            declaration=head.declaration,
            declaration_for=head.declaration_for,
            final_check=final_check,
            clauses=head.clauses,
            sections=sections,
            digest="" if self.ledger.faults else digest_of(self._files),
            source=head.source,
            topics=head.topics,
            harm=head.harm,
            help=tuple(page for page in help_pages if page is not None),
            called=head.called,
            media={found.sha256: path for path, found in self.ledger.media.items()},
            places=self.ledger.places,
        )

    def _source(self, path: str) -> Source:
        return Source(path, self.ledger)

    def _printable(self, path: str, text: str) -> str:
        """The text without its odd characters, each of which is a fault."""
        faulty = odd_character(text) is not None
        for line, row in enumerate(text.split("\n") if faulty else (), 1):
            if (odd := odd_character(row)) is not None:
                self._source(path).error(
                    line, f"this line holds an invisible character (U+{ord(odd):04X}); delete it"
                )
        return "".join("?" if odd_character(c) else c for c in text) if faulty else text

    def _stems(self, folder: str, ending: str, name: re.Pattern[str] = _NAME) -> dict[str, str]:
        """Name without ending → path, in order, of the files that are named as they should be."""
        found = {
            path.removeprefix(folder).removesuffix(ending): path
            for path in sorted(self._files)
            if path.startswith(folder) and path.endswith(ending) and path != self._policy_path
        }
        return {s: p for s, p in found.items() if (m := name.fullmatch(s)) and is_kebab(m["slug"])}

    def _beside(self, ending: str, folder: str = "") -> dict[str, str]:
        """Path → text of the files with this ending that are named as they should be."""
        return {
            path: text
            for path, text in self._files.items()
            if path.startswith(folder)
            and path.endswith(ending)
            and is_kebab(path.rpartition("/")[2].removesuffix(ending))
        }

    def _check_shown(self) -> None:
        if self.ledger.faults:
            return  # one of them may be the name of a file
        ledger = self.ledger
        for path in sorted({*ledger.drawings, *ledger.transcripts, *ledger.media} - ledger.shown):
            self._source(path).error(1, "nothing shows this file; name it, or move it away")

    def _check_paths(self) -> None:
        if not is_kebab(self._slug):
            self._source(self._policy_path).error(
                1, "the policy's folder must be named in small letters, digits and single hyphens"
            )
        stems = (self._sections, self._quizzes, self._help)
        beside = {*self.ledger.drawings, *self.ledger.transcripts, *self.ledger.media}
        known = {self._policy_path, *beside}.union(*(s.values() for s in stems))
        for path in self._files.keys() - known:
            wanted = "05-some-name.yaml" if path.startswith("quizzes/") else "05-some-name.md"
            self._source(path).error(
                1,
                f"this file has a name that is not read; name it like `{wanted}`, or move it away",
            )

    def _head(self) -> PolicyFile | None:
        source = self._source(self._policy_path)
        text = self._files.get(self._policy_path)
        if text is None:
            source.error(
                1, "this file is missing; it holds the policy's title, versions and clauses"
            )
            return None
        return read_policy(text, source)

    def _section(self, number: int, stem: str, head: PolicyFile | None) -> Section | None:
        path, slug = self._sections[stem], stem[3:]
        source = self._source(path)
        source.remember("section", slug, 1)
        if slug in _RESERVED:
            source.error(1, f"a section cannot be called `{slug}`: another page has that address")
        # Where the policy's own lists could not be read, what refers to them cannot be judged.
        clauses = frozenset(c.id for c in head.clauses) or None if head else None
        audiences = (head and head.audiences) or None
        page = read_section(self._files[path], source, clauses, audiences)
        quiz = self._quiz(stem, clauses, audiences)
        if page is None:
            return None
        section = _joined(number, slug, page, quiz)
        self._check_audiences(stem, section, audiences or ())
        return section

    def _check_names(self, called: Mapping[str, str]) -> None:
        """Names in braces that are still there were not known; without ``called`` none is meant."""
        for path, text in self._files.items() if called else ():
            for line, row in enumerate(text.split("\n"), 1):
                for found in PLACE.finditer(row):
                    meant = asking(nearest(found[1].lower(), called))
                    self._source(path).error(
                        line, f"`{found[0]}` is not explained under `called` in policy.yaml{meant}"
                    )

    def _help_page(self, stem: str) -> HelpPage | None:
        path, slug = self._help[stem], stem.removeprefix("help-")
        source = self._source(path)
        source.remember("help", slug, 1)
        return read_help(self._files[path], source, slug)

    def _check_audiences(self, stem: str, section: Section, audiences: Collection[str]) -> None:
        """Whoever takes a section has something to decide there."""
        for audience in section.audiences or audiences:
            if section.scenarios and not section.forms(audience, Use.LEARN):
                self._source(self._quizzes[stem]).error(
                    1,
                    f"no scenario here is asked of the audience `{audience}`; "
                    "at least one with `use: learn` must be for them",
                )

    def _quiz(
        self, stem: str, clauses: frozenset[str] | None, audiences: tuple[str, ...] | None
    ) -> QuizFile:
        path = self._quizzes.get(stem)
        if path is None:
            return _EMPTY_QUIZ
        source = self._source(path)
        return read_quiz(self._files[path], source, clauses, audiences) or _EMPTY_QUIZ

    def _check_pairs(self) -> None:
        if not self._sections:
            self._source(self._policy_path).error(
                1, "the policy has no section, such as `01-start.md`"
            )
        for stem in self._sections.keys() - self._quizzes.keys():
            self._source(self._sections[stem]).error(
                1, f"this section has no quiz; write quizzes/{self._slug}/{stem}.yaml"
            )
        for one, other in pairwise(self._sections):
            if one[:2] == other[:2]:
                self._source(self._sections[other]).error(
                    1, f"{one}.md has the number {one[:2]} as well; give each section its own"
                )
        for stem in self._quizzes.keys() - self._sections.keys():
            self._source(self._quizzes[stem]).error(
                1, f"this quiz has no section {stem}.md{asking(nearest(stem, self._sections))}"
            )

    def _final_check(self, head: PolicyFile, sections: tuple[Section, ...]) -> FinalCheck:
        total = sum(len(section.bank) for section in sections)
        if head.final_check is None:
            return FinalCheck(min(DEFAULT_DRAW, total), DEFAULT_PASS_MARK)
        draw = head.final_check.draw
        # With other faults the count of scenarios means little.
        if not self.ledger.faults and not len(sections) <= draw <= total:
            place = self.ledger.places["policy", "final_check"]
            self._source(place.path).error(
                place.line,
                f"the final check cannot draw {draw}: it takes at least one from each of the "
                f"{len(sections)} sections, and there are {total} scenarios",
            )
        return head.final_check


def _joined(number: int, slug: str, page: SectionFile, quiz: QuizFile) -> Section:
    return Section(
        slug=slug,
        number=number,
        title=page.title,
        summary=page.summary,
        minutes=reading_time.page(page.title, page.summary, page.words)
        + reading_time.doing(page.do_now),
        clauses=page.clauses,
        audiences=page.audiences,
        body_html=page.body_html,
        words=page.words,
        for_some=page.for_some,
        takeaway=page.takeaway,
        do_now=page.do_now,
        pass_mark=quiz.pass_mark,
        bank=tuple(map(_timed, quiz.scenarios)),
        law_checked=page.law_checked,
        explained=page.explained,
    )


def _timed(scenario: Scenario) -> Scenario:
    return replace(
        scenario,
        minutes_to_decide=reading_time.deciding(scenario),
        minutes_after=reading_time.following(scenario),
    )
