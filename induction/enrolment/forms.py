"""Forms that enrol: a file of people, and one person."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, time, timedelta

from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
)
from wtforms.validators import Length, Optional, ValidationError

from induction.database import utc_now
from induction.enrolment.due_dates import not_far_off
from induction.enrolment.import_columns import HEADINGS
from induction.enrolment.import_rows import ImportedPerson
from induction.enrolment.naming_columns import headings_key, in_order
from induction.form_fields import PageForm, Said, day_field
from induction.people.learner_fields import LEARNER_FIELDS
from induction.refusals import InvalidInput
from induction.spreadsheets.reading import bare
from induction.uk_time import uk_moment


class ImportForm(PageForm):
    """A file of people."""

    file = FileField("File", validators=[FileRequired("Choose a file.")])
    anew = BooleanField("Ask me which column is which, even where it is known")


class ColumnsForm(ImportForm):
    """The same file again, and which of its columns is which: a place for each of ours."""

    headings = HiddenField()  # the key of those that were shown

    def offer(self, heads: Sequence[str]) -> None:
        """Let people choose among these headings."""
        shown = [(str(place), heads[at]) for place, at in enumerate(in_order(heads)) if heads[at]]
        for name in NAMED:
            self[name].choices = [("", "Not in this list"), *shown]
        self.headings.data = headings_key(heads)

    def guess(self, heads: Sequence[str]) -> None:
        """Choose what the headings say by themselves."""
        for place, at in enumerate(in_order(heads)):
            name = HEADINGS.get(bare(heads[at]), "")
            if name and not self[name].data:
                self[name].data = str(place)

    def places(self) -> dict[str, int]:
        """What was chosen of what was offered; nothing where one column is to be two things."""
        offered = {place for place, _ in self[next(iter(NAMED))].choices}
        chosen = {n: int(self[n].data) for n in NAMED if self[n].data and self[n].data in offered}
        return chosen if len({*chosen.values()}) == len(chosen) else {}


NAMED = {  # what a list may say, and how the page asks for it
    **{field.name: field.label for field in LEARNER_FIELDS if field.name != "family_name"},
    "first_name": "First name, where it has a column of its own",
    "last_name": "Last name, where it has a column of its own",
    "cohort": "Cohort",
    "due_date": "Due date",
    "tutor_email": "Email address of the tutor",
}
for _name, _label in NAMED.items():
    setattr(ColumnsForm, _name, SelectField(_label, validate_choice=False))


CLOCKS = [f"{hour:02}:{minute}" for hour in range(7, 21) for minute in ("00", "30")]
TOO_FAR = timedelta(days=60)  # for a letter to wait


class LaterForm(PageForm):
    """Letters that go at once, or at a time to come."""

    on = day_field("Send on")
    at = SelectField(
        "At",
        choices=[SelectChoice(clock) for clock in CLOCKS],
        default=CLOCKS[2],
        validate_choice=False,
    )

    def validate_on(self, _field: DateField) -> None:
        """A time to come, and not so far off that nobody remembers it."""
        when, now = self.when(), utc_now()
        if when and when <= now:
            raise ValidationError("That time has passed. Leave the day empty to send at once.")
        if when and when > now + TOO_FAR:
            raise ValidationError(f"Choose a day within the next {TOO_FAR.days} days.")

    def when(self) -> datetime | None:
        """The time that was chosen; None: at once."""
        if self.on.data is None:
            return None
        clock = self.at.data if self.at.data in CLOCKS else CLOCKS[2]
        return uk_moment(self.on.data, time.fromisoformat(clock)).astimezone(UTC)


class TakeForm(LaterForm):
    """Go ahead with an import."""

    invite = BooleanField("Mail an invitation with a link to begin to those who have had none")
    skip_bad = BooleanField("Leave the refused rows out and take the others")
    leavers = RadioField("Whoever is not in the list", default="", validate_choice=False)
    all_gone = BooleanField("I have looked at them: they have all left")


class UndoForm(PageForm):
    """Take an import back: why."""

    reason = StringField(
        "Why?",
        validators=[
            Said("Say why, in a few words. It goes on record."),
            Length(min=3, max=1000, message="Say why in 3 to 1,000 characters."),
        ],
    )


class LearnerForm(PageForm):
    """What is known of a learner: a place for each line of the table of fields."""


for _field in LEARNER_FIELDS:
    _place = SelectField(_field.label) if _field.of_policy else StringField(_field.label)
    setattr(LearnerForm, _field.name, _place)


class EnrolForm(LearnerForm):
    """One person to enrol."""

    cohort = SelectField("Cohort", validate_choice=True)
    due_on = day_field("Due date", Optional(), not_far_off)
    invite = BooleanField("Mail an invitation with a link to begin", default=True)
    sure = BooleanField("I have checked: this is somebody else")
    late = BooleanField("Enrol them all the same: they are overdue from today")


def understood(form: EnrolForm, cohort: str, audiences: Collection[str]) -> ImportedPerson | None:
    """What was typed as a person; None, and errors at the fields, where something is wrong."""
    facts: dict[str, str] = {}
    for field in LEARNER_FIELDS:
        place = form[field.name]
        try:
            facts[field.name] = field.read((place.data or "").strip(), audiences)
        except InvalidInput as fault:
            place.errors = [str(fault)]
    if len(facts) < len(LEARNER_FIELDS):
        return None
    return ImportedPerson(1, facts, cohort, form.due_on.data)
