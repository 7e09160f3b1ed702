"""Lists that offices have already, as the programs there write them. Pure.

Most are recognised by headings that mean one thing wherever they stand (``import_columns``). Here
are those where that is not enough: a layout of several columns for one thing, a folder of files
that belong together (OneRoster, School Data Sync), and XML (the ILR). Whatever else stands in them
is read past.
"""

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import IO
from xml.parsers import expat

from induction.spreadsheets.reading import (
    LARGEST,
    LONGEST_CELL,
    MOST_ROWS,
    HeadedRows,
    Line,
    NotASheet,
    bare,
    read_table,
)

ILR_COLUMNS = ("LearnRefNumber", "ULN", "FamilyName", "GivenNames", "Email")
_ILR = re.compile(r"\w+/ILR/\d{4}-\d{2}")  # its name changes each year
_CHUNK = 1 << 16
_LARGEST_PART = 4 * LARGEST  # of a folder: who is in which class takes many short rows
_WEB_PAGE = re.compile(rb"<(?:!doctype\s+)?(?:html|head|body|table|style)\b", re.IGNORECASE)
_XML_DAMAGED = "This XML file breaks off or is damaged in line {}. Make it again."


@dataclass(frozen=True, slots=True)
class Layout:
    """How a program writes a list of people, where its headings alone do not say it."""

    signs: frozenset[str]  # headings that all stand in it, as ``bare`` makes them
    columns: Mapping[str, tuple[str, ...]]  # ours → its own, the best first
    only: Mapping[str, tuple[frozenset[str], str]] = field(default_factory=dict)
    # who is a learner here: what a column then says, and what to say of the others

    def places(self, heads: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """Where in the row stands what; what says whether to take somebody under its own name."""
        at: dict[str, list[int]] = defaultdict(list)
        for place, head in enumerate(heads):
            at[bare(head)].append(place)
        named = {**self.columns, **{name: (name,) for name in self.only}}
        found = {ours: tuple(p for own in owns for p in at[own]) for ours, owns in named.items()}
        return {ours: places for ours, places in found.items() if places}

    def line(self, line: Line) -> Line:
        """A row as ours: who is no learner has a fault; of an address only its beginning refers."""
        values = dict(line.values)
        said = {name: values.pop(name, "") for name in self.only}
        fault = next(
            (
                self.only[name][1].format(text[:40])
                for name, text in said.items()
                if text and text.casefold() not in self.only[name][0]
            ),
            "",
        )
        values["learner_ref"] = values.get("learner_ref", "").partition("@")[0]
        return replace(line, values=values, fault=fault)


_YES, _NO = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no"})
_OFF = "This account is switched off."
_NAMES = {"first_name": ("givenname", "firstname"), "last_name": ("familyname", "lastname")}
_ENTRA = Layout(  # Microsoft Entra, “Download users”
    frozenset({"userprincipalname", "displayname"}),
    {
        "learner_ref": ("employeeid", "userprincipalname"),
        "full_name": ("displayname",),
        "email": ("mail", "userprincipalname"),
    },
    {
        "accountenabled": (_YES, _OFF),
        "usertype": (frozenset({"member"}), "This is a guest of another organisation."),
    },
)
_ROSTER = Layout(  # OneRoster 1.1 and 1.2, School Data Sync 2.1
    frozenset({"sourcedid", "username", "givenname", "familyname"}),
    {
        "learner_ref": ("identifier", "sourcedid"),
        **_NAMES,
        "email": ("email",),
        "cohort": ("classtitle",),
    },
    {
        "role": (frozenset({"student", "learner"}), "This is no learner: “{}”."),
        "status": (frozenset({"active"}), "This person is no longer active: “{}”."),
        "enableduser": (_YES, _OFF),
    },
)
_MOODLE = Layout(  # a file to upload users, or one that was taken away
    frozenset({"username", "firstname", "lastname", "email"}),
    {
        "learner_ref": ("idnumber", "username"),
        **_NAMES,
        "email": ("email",),
        "cohort": ("cohort",),  # cohort1 and on: the first that is filled in
    },
    {"deleted": (_NO, "This account was deleted."), "suspended": (_NO, _OFF)},
)
LAYOUTS = (_ENTRA, _ROSTER, _MOODLE)


def layout_of(heads: Sequence[str]) -> Layout | None:
    """The layout that a row of headings is of, or None where headings speak for themselves."""
    named = set(map(bare, heads))
    return next((layout for layout in LAYOUTS if layout.signs <= named), None)


def office_table(file: IO[bytes], known: Mapping[str, str]) -> HeadedRows:
    """A file of an office as a table. ``known`` as for ``read_table``. Raises NotASheet."""
    start = file.read(256)
    file.seek(0)
    text = start.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t")
    if _WEB_PAGE.match(text):
        raise NotASheet(
            "This is a web page under the name of a list, as some programs make them. Open it in "
            "Excel, save it as .xlsx, and send that."
        )
    if text.startswith(b"<"):
        return HeadedRows(ILR_COLUMNS, _ilr(file))
    if start.startswith(b"PK\x03\x04"):
        parts = _folder(file)
        file.seek(0)
        if parts is not None:
            return _roster(parts)
    return read_table(file.read(LARGEST + 1), known)


def _ilr(file: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
    """The learners of an Individualised Learner Record, one at a time; the file is never whole.

    Its elements are those of the Learner entity in the ILR specification. Raises NotASheet.
    """
    reader = _IlrReader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.declares
    parser.StartElementHandler, parser.EndElementHandler = reader.begins, reader.ends
    parser.CharacterDataHandler = reader.reads
    try:
        while chunk := file.read(_CHUNK):
            parser.Parse(chunk)
            yield from reader.taken()
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise NotASheet(_XML_DAMAGED.format(error.lineno)) from error
    yield from reader.taken()


class _IlrReader:
    """What the parser of an ILR tells, and the learners found so far that nobody has taken."""

    def __init__(self) -> None:
        self._depth = self._count = 0
        self._within = False  # a Learner
        self._place: int | None = None  # of the element being read, in the row
        self._row: list[str] = []
        self._found: list[tuple[int, list[str]]] = []

    def taken(self) -> list[tuple[int, list[str]]]:
        """The learners found since this was asked last."""
        found, self._found = self._found, []
        return found

    def declares(self, *_doctype: object) -> None:
        """An ILR declares nothing, and what could be declared fills memories. Raises NotASheet."""
        raise NotASheet("This XML file has a DOCTYPE, which an ILR never has. It was not read.")

    def begins(self, name: str, _attributes: object) -> None:
        """An element opens. Raises NotASheet where the first is none of an ILR."""
        space, _, local = name.rpartition(" ")
        self._depth += 1
        if self._depth == 1 and not (local == "Message" and _ILR.fullmatch(space)):
            raise NotASheet("This XML file is no ILR. Send a CSV or XLSX file, or the ILR itself.")
        if self._depth == 2 and local == "Learner":
            self._within, self._row = True, [""] * len(ILR_COLUMNS)
        elif self._depth == 3 and self._within and local in ILR_COLUMNS:
            self._place = ILR_COLUMNS.index(local)

    def ends(self, _name: str) -> None:
        """An element closes."""
        if self._depth == 2 and self._within:
            self._within = False
            self._count += 1
            self._found.append((self._count, [" ".join(cell.split()) for cell in self._row]))
            if len(self._found) > MOST_ROWS:
                raise NotASheet(f"There are more than {MOST_ROWS:,} learners. Split the file.")
        elif self._depth == 3:
            self._place = None
        self._depth -= 1

    def reads(self, text: str) -> None:
        """Text, of which only that of our elements is held, and no more than a cell may have."""
        if self._place is not None and len(self._row[self._place]) <= LONGEST_CELL:
            self._row[self._place] += text[: LONGEST_CELL + 1]


def _folder(file: IO[bytes]) -> Mapping[str, bytes] | None:
    """The files of a packed OneRoster or SDS folder, by name; None where it is none.

    Raises NotASheet where one is far larger than a list of people.
    """
    wanted = ("users.csv", "roles.csv", "classes.csv", "enrollments.csv")
    try:
        packed = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError):
        return None  # what a workbook that is damaged is told, it is told there
    with packed:
        parts = {part.filename.rpartition("/")[2].lower(): part for part in packed.infolist()}
        if wanted[0] not in parts:
            return None
        found = {name: parts[name] for name in wanted if name in parts}
        if any(part.file_size > _LARGEST_PART for part in found.values()):
            raise NotASheet("A file in this folder is far larger than a list of people.")
        try:
            return {name: packed.read(part) for name, part in found.items()}
        except Exception as error:  # a damaged folder breaks zipfile in many ways
            raise NotASheet("This packed folder cannot be opened. Make it again.") from error


def _roster(parts: Mapping[str, bytes]) -> HeadedRows:
    """The people of a roster, each with their class where they are in one alone."""
    users = read_table(parts["users.csv"], {sign: sign for sign in _ROSTER.signs})
    ids = [bare(head) for head in users.heads]
    if not _ROSTER.signs <= {*ids}:
        missing = ", ".join(sorted(_ROSTER.signs - {*ids}))
        raise NotASheet(f"The file users.csv in this folder lacks columns: {missing}.")
    own, width = ids.index("sourcedid"), len(ids)
    titles = dict(_pairs(parts, "classes.csv", "sourcedid", "title"))
    classes: dict[str, set[str]] = defaultdict(set)
    for who, group in _pairs(parts, "enrollments.csv", "usersourcedid", "classsourcedid"):
        classes[who].add(titles.get(group, ""))
    roles: dict[str, set[str]] = defaultdict(set)
    for who, role in _pairs(parts, "roles.csv", "usersourcedid", "role"):
        roles[who].add(role)

    def joined(cells: list[str]) -> list[str]:
        row = [*cells, *[""] * (width - len(cells))]
        theirs, named = classes[row[own]], roles[row[own]]
        role = "student" if "student" in named else min(named, default="")
        return [*row, min(theirs) if len(theirs) == 1 else "", role]

    rows = ((number, joined(cells)) for number, cells in users.rows)
    return HeadedRows([*users.heads, "class title", "role"], rows)


def _pairs(
    parts: Mapping[str, bytes], name: str, first: str, second: str
) -> Iterator[tuple[str, str]]:
    """Two columns of a file in the folder; nothing where they are not there."""
    if name not in parts:
        return
    table = read_table(parts[name], {first: first, second: second}, _LARGEST_PART)
    heads = [bare(head) for head in table.heads]
    if first in heads and second in heads:
        one, other = heads.index(first), heads.index(second)
        for _number, cells in table.rows:
            if len(cells) > max(one, other):
                yield cells[one], cells[other]
