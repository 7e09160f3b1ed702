"""The form in which somebody decides what another asked for."""

from wtforms import RadioField
from wtforms.validators import InputRequired

from induction.form_fields import PageForm


class DecisionForm(PageForm):
    """An officer's decision."""

    decision = RadioField(
        "Your decision",
        choices={"approve": "Confirm it", "refuse": "Do not do it"},
        validators=[InputRequired("Choose what to do.")],
    )
