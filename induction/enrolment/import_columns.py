"""The columns of a list of people, and what offices call them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import IO

from induction.enrolment.naming_columns import Lookup, headings_key, in_file
from induction.enrolment.office_files import LAYOUTS, layout_of, office_table
from induction.names import family_name, same_name, visible
from induction.people.learner_fields import LEARNER_FIELDS
from induction.spreadsheets.reading import (
    Line,
    NotASheet,
    Sheet,
    arranged,
    bare,
    places_of,
)

REQUIRED = tuple(field.name for field in LEARNER_FIELDS if field.required)
PLACES = {  # what a list says besides: of the cohort and of the enrolment
    "cohort": ("cohortref", "group", "groupcode", "tutorgroup"),
    "due_date": ("due",),
    "tutor_email": ("tutor",),
}
COLUMNS = (*(field.name for field in LEARNER_FIELDS), *PLACES)
PARTS = {  # of a full name, in two columns
    "first_name": (
        "firstnames", "forename", "forenames", "firstforename", "givenname", "givennames",
    ),
    "last_name": ("surname", "familyname"),
}  # fmt: skip
HEADINGS = {
    heading: name
    for name, others in (
        *((field.name, field.headings) for field in LEARNER_FIELDS),
        *PLACES.items(),
        *PARTS.items(),
    )
    for heading in (bare(name), *others)
}
_SEEN = HEADINGS | {  # where the row that names the columns is looked for
    own: ours
    for layout in LAYOUTS
    for ours, owns in layout.columns.items()
    for own in owns
    if own not in HEADINGS
}


class ColumnsUnclear(NotASheet):
    """The headings do not say which column is which; somebody who knows the list can."""

    def __init__(self, message: str, headings: Sequence[str]) -> None:
        super().__init__(message)
        self.headings = tuple(headings)


def read_people(file: IO[bytes], named: Lookup = lambda _key: None) -> Sheet:
    """The rows of a list of people; the parts of a name are joined.

    ``named``: what somebody said of its headings, which goes before what they say themselves.
    Raises ColumnsUnclear where nothing says it, NotASheet where it is no list.
    """
    table = office_table(file, _SEEN)
    said, layout = named(headings_key(table.heads)), layout_of(table.heads)
    try:
        if said is not None:
            layout, places = None, in_file(table.heads, said)
        elif layout is not None:
            places = layout.places(table.heads)
        else:
            places = places_of(table.heads, HEADINGS)
        _complete(table.heads, places)
    except NotASheet as fault:
        raise ColumnsUnclear(str(fault), table.heads) from fault
    sheet = arranged(table, places)
    if layout is not None:
        sheet = replace(sheet, lines=tuple(map(layout.line, sheet.lines)))
    parts = [part for part in PARTS if part in places]
    both = len(parts) == len(PARTS)
    joined = tuple(_with_whole_name(line, both=both) for line in sheet.lines)
    whole = "full_name" in places
    alone = tuple(  # it says less than the whole name; but the last name is what lists sort by
        sheet.headings[part] for part in parts if not both and not (whole and part == "last_name")
    )
    return replace(sheet, lines=joined, ignored=(*sheet.ignored, *alone))


def headings_of(file: IO[bytes]) -> Sequence[str]:
    """What a list calls its columns, whether or not they are known. Raises NotASheet."""
    return office_table(file, _SEEN).heads


def _complete(heads: Sequence[str], places: Mapping[str, Sequence[int]]) -> None:
    """Raises NotASheet where a column is missing."""
    whole = "full_name" in places
    if (
        "last_name" in places
        and "first_name" not in places
        and whole
        and bare(heads[places["full_name"][0]]) == "name"
    ):
        raise NotASheet("“Name” beside a last name: is it the first name? Then call it First name.")
    there = {*places} | ({"full_name"} if {*PARTS} <= {*places} else set())
    missing = [name for name in REQUIRED if name not in there]
    if missing:
        found = ", ".join(visible(head[:40]) for head in heads if head)[:300]
        raise NotASheet(
            "A row at the top must name the columns. "
            f"Missing: {', '.join(missing)}. Found: {found or 'nothing'}."
        )


def _with_whole_name(line: Line, *, both: bool) -> Line:
    values = dict(line.values)
    parts = [values.pop(part, "") for part in PARTS]
    if both and not values.get("full_name"):
        values["full_name"] = " ".join(filter(None, parts))
    if last := parts[-1].strip():  # worth keeping where the whole name does not say it by itself
        told = family_name(values.get("full_name", ""))
        values["family_name"] = "" if same_name(last, told) else last
    return replace(line, values=values)
