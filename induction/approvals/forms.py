"""The form in which somebody decides what another asked for."""

from wtforms import RadioField, StringField
from wtforms.validators import InputRequired, Length

from induction.form_fields import PageForm


class DecisionForm(PageForm):
    """An officer's decision."""

    decision = RadioField(
        "Your decision",
        choices={"approve": "Confirm it", "refuse": "Do not do it"},
        validators=[InputRequired("Choose what to do.")],
    )
    why = StringField(
        "Why not, if it is not to be done",
        filters=[lambda text: " ".join((text or "").split())],
        validators=[Length(max=500)],
    )
