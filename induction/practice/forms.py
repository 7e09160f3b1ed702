"""The form for what somebody sets out to change."""

from wtforms import StringField
from wtforms.validators import Length, ValidationError

from induction.form_fields import PageForm
from induction.names import readable

LONGEST = 200  # characters: a line on a printed sheet, or two
_TOO_LONG = f"Say it in {LONGEST} characters or fewer."


class ChangesForm(PageForm):
    """Three lines. One is enough."""

    first = StringField("The first", validators=[Length(max=LONGEST, message=_TOO_LONG)])
    second = StringField("The second", validators=[Length(max=LONGEST, message=_TOO_LONG)])
    third = StringField("The third", validators=[Length(max=LONGEST, message=_TOO_LONG)])

    def validate_first(self, _field: StringField) -> None:
        """Something has been written."""
        if not self.changes:
            raise ValidationError("Write one thing at least. Nothing else here is needed.")

    @property
    def changes(self) -> tuple[str, ...]:
        """What was written, each on one line."""
        lines = (" ".join((f.data or "").split()) for f in (self.first, self.second, self.third))
        return tuple(line for line in lines if readable(line))
