"""Forms that enrol: a file of people, and one person."""

from collections.abc import Collection

from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    SelectField,
    StringField,
)
from wtforms.validators import Optional

from induction.enrolment.due_dates import not_far_off
from induction.enrolment.import_rows import ImportedPerson
from induction.form_fields import PageForm, day_field
from induction.people.learner_fields import LEARNER_FIELDS
from induction.refusals import InvalidInput


class ImportForm(PageForm):
    """A file of people."""

    file = FileField("File", validators=[FileRequired("Choose a file.")])


class TakeForm(PageForm):
    """Go ahead with an import."""

    invite = BooleanField("Mail an invitation with a link to begin to those who have had none")
    skip_bad = BooleanField("Leave the refused rows out and take the others")


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
