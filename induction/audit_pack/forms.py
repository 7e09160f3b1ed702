"""The form that asks for a pack, where that takes two people."""

from wtforms import StringField
from wtforms.validators import Length

from induction.form_fields import PageForm, Said, one_line


class PackForm(PageForm):
    """Whom the pack is for, and why."""

    reason = StringField(
        "Whom the pack is for, and why",
        filters=[one_line],
        validators=[Said("Say whom it is for: an auditor may ask."), Length(max=500)],
    )
