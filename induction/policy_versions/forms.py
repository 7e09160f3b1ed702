"""Forms of the policy's pages. The marks of the changes are read by ``versions_rules``."""

from datetime import date

from flask_wtf.file import FileField, FileRequired
from wtforms import (
    DateField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from induction.database import utc_now
from induction.form_fields import NumberField, PageForm, Said
from induction.policy_versions.models import DraftSource
from induction.uk_time import uk_day

LONGEST_COMMENT = 2000  # characters


class PublishForm(PageForm):
    """The dates that go with a new version."""

    in_force_on = DateField("In force from", validators=[Optional()])
    redo_by = DateField(
        "Those who have to do something again are to be done by", validators=[Optional()]
    )
    joiner_days = NumberField(
        "Days for new learners who are enrolled without a date of their own",
        validators=[Optional(), NumberRange(1, 365, "Use a number of days from 1 to 365.")],
    )

    def validate_in_force_on(self, field: DateField) -> None:
        """A day that is still to come."""
        day: date | None = field.data
        if day is not None and day <= uk_day(utc_now()):
            raise ValidationError("Choose a day after today, or leave it empty for now.")

    def validate_redo_by(self, field: DateField) -> None:
        """A day that can still be kept."""
        day, begins = field.data, self.in_force_on.data
        if day is not None and day <= uk_day(utc_now()):
            raise ValidationError("Choose a day after today.")
        if day is not None and begins is not None and day <= begins:
            raise ValidationError("Choose a day after the one on which it comes into force.")


class BeginForm(PageForm):
    """What a draft begins from."""

    source = RadioField(
        "What does it begin from?",
        choices={
            DraftSource.IN_FORCE.value: "What is in force",
            DraftSource.FOLDER.value: "The files in the content folder",
        },
        default=DraftSource.IN_FORCE.value,
    )


class BringForm(PageForm):
    """The files of a draft, worked on elsewhere."""

    file = FileField("The ZIP file", validators=[FileRequired("Choose a file.")])


class PartForm(PageForm):
    """A piece of a draft as its own text."""

    words = TextAreaField("The words")
    seen = HiddenField()


class SectionForm(PageForm):
    """A section that is new. Its choices come from the draft."""

    title = StringField(
        "Title",
        validators=[Said("Give it a title."), Length(max=80, message="Use at most 80 characters.")],
    )
    after = SelectField("Where does it stand?", coerce=str)
    summary = StringField(
        "What it is about, in one sentence",
        validators=[
            Said("Say in a sentence what it is about."),
            Length(max=160, message="Use at most 160 characters."),
        ],
    )
    clauses = SelectMultipleField(
        "Which rules does it teach?",
        coerce=str,
        validators=[InputRequired("Choose at least one rule.")],
    )
    words = TextAreaField(
        "What the page says",
        validators=[
            Said("Write what people read here; a first sentence is enough."),
            Length(max=50_000, message="Use at most 50,000 characters."),
        ],
    )


class CommentForm(PageForm):
    """A few words about a part of a draft."""

    comment = TextAreaField(
        "Your comment",
        validators=[Said("Say what you think of it."), Length(max=LONGEST_COMMENT)],
    )


class DocumentForm(PageForm):
    """The signed-off document, and the version that it is of."""

    file = FileField(
        "The document: PDF, Word (DOCX), Markdown or text",
        validators=[FileRequired("Choose a file.")],
    )
    version_date = SelectField("It is the version of", coerce=str)
