"""Forms of reminders."""

from wtforms import (
    SelectField,
    TextAreaField,
)
from wtforms.validators import Length

from induction.form_fields import PageForm, in_lines


class RemindForm(PageForm):
    """A reminder by hand, with words of the tutor's own."""

    own_words = TextAreaField(
        "Add a few words of your own, if you like",
        filters=[in_lines],
        validators=[Length(max=500, message="Use at most 500 characters.")],
    )


class ReminderSettingsForm(PageForm):
    """When the institute reminds."""

    after_invitation = SelectField("Not started after the invitation", coerce=int)
    before_due = SelectField("Before the due date", coerce=int)
    overdue_every = SelectField("Once overdue, again every", coerce=int)
    overdue_times = SelectField("At most", coerce=int)
    digest_weekday = SelectField("Weekly summary for tutors", coerce=int)
    quiet_from = SelectField("Nothing goes out from", coerce=int)
    quiet_until = SelectField("until", coerce=int)
