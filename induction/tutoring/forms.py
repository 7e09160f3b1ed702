"""Forms of tutoring. A form says what was typed wrong; what is allowed is decided elsewhere."""

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from induction.database import utc_now
from induction.enrolment.due_dates import FAR_OFF, far_off
from induction.enrolment.import_rows import Person, Unfit, checked_uln, reference
from induction.people.accounts import NotAnAccount, clean_email
from induction.people.forms import Said
from induction.people.names import NotAName, clean_line, clean_name

A_DATE = "Write the date as day, month and year."


def day_field(label: str, *validators: object) -> DateField:
    """A date that may be left out unless the validators say otherwise."""
    return DateField(label, validators=list(validators) or [Optional()])


def _trimmed(text: str | None) -> str:
    return (text or "").strip()


def not_far_off(_form: FlaskForm, field: DateField) -> None:
    """A validator for due dates."""
    if field.data and far_off(field.data, utc_now().date()):
        raise ValidationError(FAR_OFF)


class ImportForm(FlaskForm):  # type: ignore[misc]
    """A file of people."""

    file = FileField("File", validators=[FileRequired("Choose a file.")])


class TakeForm(FlaskForm):  # type: ignore[misc]
    """Go ahead with an import."""

    invite = BooleanField("Mail everyone new an invitation with a link to begin")
    skip_bad = BooleanField("Leave the refused rows out and take the others")


class EnrolForm(FlaskForm):  # type: ignore[misc]
    """One person to enrol."""

    full_name = StringField("Full name")
    email = StringField("Email address")
    learner_ref = StringField("Learner reference")
    cohort = SelectField("Cohort", validate_choice=True)
    audience = SelectField("Learning as")
    due_on = day_field("Due date", Optional(), not_far_off)
    uln = StringField("Unique Learner Number (ULN)")
    invite = BooleanField("Mail an invitation with a link to begin", default=True)
    sure = BooleanField("I have checked: this is somebody else")


def understood(form: EnrolForm, cohort: str) -> Person | None:
    """What was typed as a person; None, and errors at the fields, where something is wrong."""
    values: dict[str, str] = {}
    for name, check in (
        ("full_name", clean_name),
        ("email", clean_email),
        ("learner_ref", reference),
        ("uln", lambda text: checked_uln(text) if text else ""),
    ):
        field = form[name]
        try:
            values[name] = check((field.data or "").strip())
        except (NotAName, NotAnAccount, Unfit) as fault:
            field.errors = [str(fault)]
    if len(values) < 4:
        return None
    return Person(
        1,
        values["learner_ref"],
        values["full_name"],
        values["email"],
        form.audience.data,
        cohort,
        form.due_on.data,
        values["uln"],
    )


def _line(text: str | None) -> str:
    """Tidy; a hidden character is refused in words."""
    return clean_line(text or "")


class CohortForm(FlaskForm):  # type: ignore[misc]
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


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """Every act on somebody's record asks why."""

    reason = TextAreaField(
        "Why?",
        filters=[_trimmed],
        validators=[
            Said("Say why, in a few words. It goes on record."),
            Length(min=3, max=1000, message="Say why in 3 to 1,000 characters."),
        ],
    )


class DueForm(ReasonForm):
    """Another due date."""

    due_on = DateField("New due date", validators=[InputRequired(A_DATE), not_far_off])


class StepForm(ReasonForm):
    """Something at one section."""

    step = SelectField("Section", validate_choice=False)  # the act says what does not fit


class MoveForm(ReasonForm):
    """Another cohort."""

    cohort = SelectField(
        "Move to", validate_choice=False, validators=[InputRequired("Choose a cohort.")]
    )


class WitnessForm(ReasonForm):
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
        filters=[_trimmed],
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


class NoteForm(FlaskForm):  # type: ignore[misc]
    """Something to remember about a learner."""

    reason = TextAreaField(
        "Note",
        filters=[_trimmed],
        validators=[Said("Write the note."), Length(max=4000, message="Shorter.")],
    )


class SureForm(FlaskForm):  # type: ignore[misc]
    """A button, and nothing to fill in."""


class RemindForm(FlaskForm):  # type: ignore[misc]
    """A reminder by hand, with words of the tutor's own."""

    own_words = TextAreaField(
        "Add a few words of your own, if you like",
        validators=[Length(max=500, message="Use at most 500 characters.")],
    )


class ReminderSettingsForm(FlaskForm):  # type: ignore[misc]
    """When the institute reminds."""

    after_invitation = SelectField("Not started after the invitation", coerce=int)
    before_due = SelectField("Before the due date", coerce=int)
    overdue_every = SelectField("Once overdue, again every", coerce=int)
    overdue_times = SelectField("At most", coerce=int)
    digest_weekday = SelectField("Weekly summary for tutors", coerce=int)
    quiet_from = SelectField("Nothing goes out from", coerce=int)
    quiet_until = SelectField("until", coerce=int)
