"""The form in which somebody decides what another asked for."""

from wtforms import RadioField, StringField
from wtforms.validators import InputRequired, Length

from induction.form_fields import PageForm, one_line


class DecisionForm(PageForm):
    """An officer's decision."""

    decision = RadioField(
        "Your decision",
        choices={"approve": "Confirm it", "refuse": "Do not do it"},
        validators=[InputRequired("Choose what to do.")],
    )
    why = StringField(
        "Why not, if it is not to be done",
        filters=[one_line],
        validators=[Length(max=500)],
    )
