"""The columns of a list of people, and what offices call them. Pure."""

from dataclasses import replace
from typing import IO

from induction.enrolment.office_files import LAYOUTS, layout_of, office_table
from induction.names import visible
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
_HEADINGS = {
    heading: name
    for name, others in (
        *((field.name, field.headings) for field in LEARNER_FIELDS),
        *PLACES.items(),
        *PARTS.items(),
    )
    for heading in (bare(name), *others)
}
_SEEN = _HEADINGS | {  # where the row that names the columns is looked for
    own: ours
    for layout in LAYOUTS
    for ours, owns in layout.columns.items()
    for own in owns
    if own not in _HEADINGS
}


def read_people(file: IO[bytes]) -> Sheet:
    """The rows of a list of people; the parts of a name are joined. Raises NotASheet."""
    table = office_table(file, _SEEN)
    layout = layout_of(table.heads)
    if layout is None:
        return _whole(arranged(table, places_of(table.heads, _HEADINGS)))
    sheet = arranged(table, layout.places(table.heads))
    return _whole(replace(sheet, lines=tuple(map(layout.line, sheet.lines))))


def _whole(sheet: Sheet) -> Sheet:
    """With the name in one. Raises NotASheet where a column is missing."""
    names = dict(sheet.headings)
    if (
        "first_name" not in names
        and "last_name" in names
        and bare(names.get("full_name", "")) == ("name")
    ):
        raise NotASheet("“Name” beside a last name: is it the first name? Then call it First name.")
    parts = [names.pop(part, "") for part in PARTS]
    if all(parts):  # where there is no full name
        names.setdefault("full_name", "")
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        heads = [*sheet.headings.values(), *sheet.ignored]
        found = ", ".join(visible(head[:40]) for head in heads)[:300]
        raise NotASheet(
            "A row at the top must name the columns. "
            f"Missing: {', '.join(missing)}. Found: {found or 'nothing'}."
        )
    joined = tuple(_with_whole_name(line, both=all(parts)) for line in sheet.lines)
    alone = () if all(parts) else tuple(filter(None, parts))  # a part alone says less
    return replace(sheet, lines=joined, ignored=(*sheet.ignored, *alone))


def _with_whole_name(line: Line, *, both: bool) -> Line:
    values = dict(line.values)
    parts = [values.pop(part, "") for part in PARTS]
    if both and not values.get("full_name"):
        values["full_name"] = " ".join(filter(None, parts))
    return replace(line, values=values)
