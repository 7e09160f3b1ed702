"""Forms of tutoring. A form says what was typed wrong; what is allowed is decided elsewhere."""

from wtforms import (
    DateField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from induction.enrolment.due_dates import not_far_off
from induction.enrolment.forms import LearnerForm
from induction.form_fields import PageForm, Said, day_field, stripped
from induction.names import NotAName, clean_line, clean_name

A_DATE = "Write the date as day, month and year."


def _line(text: str | None) -> str:
    """Tidy; a hidden character is refused in words."""
    return clean_line(text or "")


class CohortForm(PageForm):
    """A cohort: what it is called, when it starts and is due, and who looks after it."""

    name = StringField(
        "Name",
        filters=[_line],
        validators=[DataRequired("Type a name."), Length(max=120, message="Shorter, please.")],
    )
    programme = StringField(
        "Programme", filters=[_line], validators=[Length(max=120, message="Shorter, please.")]
    )
    starts_on = day_field("Starts on")
    due_on = day_field("Due date", Optional(), not_far_off)
    tutors = SelectMultipleField(
        "Tutors", coerce=int, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    seen = HiddenField()  # what the form was filled from

    def validate_due_on(self, field: DateField) -> None:
        """A cohort cannot be due before it starts."""
        if field.data and self.starts_on.data and field.data < self.starts_on.data:
            raise ValidationError("The due date is before the start.")


class ViewForm(PageForm):
    """What a view of a list is called."""

    name = StringField(
        "Name of the view",
        filters=[_line],
        validators=[Said("Type a name."), Length(max=60, message="Use 60 characters or fewer.")],
    )


class QuestionForm(PageForm):
    """What a learner asks."""

    question = TextAreaField(
        "What would you like to know?",
        filters=[stripped],
        validators=[
            DataRequired("Type your question."),
            Length(max=500, message="Use 500 characters or fewer."),
        ],
    )


class ActReasonForm(PageForm):
    """Every act on somebody's record asks why."""

    reason = TextAreaField(
        "Why?",
        filters=[stripped],
        validators=[
            Said("Say why, in a few words. It goes on record."),
            Length(min=3, max=1000, message="Say why in 3 to 1,000 characters."),
        ],
    )


class CorrectionForm(LearnerForm, ActReasonForm):
    """What is known of one person, and why it is changed."""

    seen = HiddenField()  # what the form was filled from


class SamePersonForm(ActReasonForm):
    """Which other account belongs to the same person."""

    other = StringField(
        "The other account",
        filters=[stripped],
        validators=[Said("Type its reference or email address."), Length(max=254)],
    )
    details = RadioField(
        "Which reference and email address hold from now on?",
        choices=[
            SelectChoice("kept", "Those of this account"),
            SelectChoice("other", "Those of the other account"),
        ],
        default="kept",
    )


class DueForm(ActReasonForm):
    """Another due date."""

    due_on = DateField("New due date", validators=[InputRequired(A_DATE), not_far_off])


class StepForm(ActReasonForm):
    """Something at one section."""

    step = SelectField("Section", validate_choice=False)  # the act says what does not fit


class MoveForm(ActReasonForm):
    """Another cohort."""

    cohort = SelectField(
        "Cohort", validate_choice=False, validators=[InputRequired("Choose a cohort.")]
    )


class WitnessForm(ActReasonForm):
    """A declaration that was signed away from the screen."""

    how = SelectField(
        "How was it signed?",
        choices=[
            SelectChoice("paper", "On paper"),
            SelectChoice("supporter", "Spoken, with a supporter who wrote it down"),
        ],
    )
    full_name = StringField("Name as signed")
    reason = TextAreaField(
        "Note: who was there, and where the paper is kept",
        filters=[stripped],
        validators=[
            Said("Say who was there, and where the paper is kept."),
            Length(min=3, max=1000, message="Write 3 to 1,000 characters."),
        ],
    )

    def validate_full_name(self, field: StringField) -> None:
        """A name that can be printed."""
        try:
            field.data = clean_name(field.data or "")
        except NotAName as error:
            raise ValidationError(str(error)) from error


class NoteForm(PageForm):
    """Something to remember about a learner."""

    reason = TextAreaField(
        "Note",
        filters=[stripped],
        validators=[Said("Write the note."), Length(max=4000, message="Shorter.")],
    )
