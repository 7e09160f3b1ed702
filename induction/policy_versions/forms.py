"""Forms of the policy's pages. The marks of the changes are read by ``versions_rules``."""

from datetime import date

from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, SelectField, ValidationError
from wtforms.validators import NumberRange, Optional

from induction.database import utc_now
from induction.form_fields import NumberField, PageForm
from induction.uk_time import uk_day


class PublishForm(PageForm):
    """The dates that go with a new version."""

    redo_by = DateField(
        "Those who have to do something again are to be done by", validators=[Optional()]
    )
    joiner_days = NumberField(
        "Days for new learners who are enrolled without a date of their own",
        validators=[Optional(), NumberRange(1, 365, "Use a number of days from 1 to 365.")],
    )

    def validate_redo_by(self, field: DateField) -> None:
        """A day that can still be kept."""
        day: date | None = field.data
        if day is not None and day <= uk_day(utc_now()):
            raise ValidationError("Choose a day after today.")


class DocumentForm(PageForm):
    """The signed-off document, and the version that it is of."""

    file = FileField(
        "The document: PDF, Word (DOCX), Markdown or text",
        validators=[FileRequired("Choose a file.")],
    )
    version_date = SelectField("It is the version of", coerce=str)
