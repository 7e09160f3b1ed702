"""Forms of the journey."""

from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired, ValidationError

from induction.form_fields import PageForm
from induction.names import NotAName, clean_name


class DeclarationForm(PageForm):
    """The learner's signature: that they accept, and their full name. In the page's order."""

    accept = BooleanField(
        "I have read these statements and I agree to them.",
        validators=[InputRequired("Tick the box to say that you agree.")],
    )
    full_name = StringField("Type your full name to sign")

    def validate_full_name(self, field: StringField) -> None:
        """A name that can be printed; kept as typed but for spaces."""
        try:
            field.data = clean_name(field.data or "")
        except NotAName as error:
            raise ValidationError(str(error)) from error
