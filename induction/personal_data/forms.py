"""Forms about personal data."""

from wtforms import RadioField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from induction.form_fields import NumberField, PageForm, Said, one_line


class DataRequestForm(PageForm):
    """What is asked, about whom, and why."""

    kind = RadioField(
        "What is asked?",
        choices={
            "access": "A copy of what we hold on a person",
            "erasure": "Erase a person",
            "retention": "Let go everything that is past its time",
        },
        validators=[InputRequired("Choose what is asked.")],
    )
    who = StringField("Reference or email", filters=[one_line], validators=[Length(max=254)])
    reason = StringField(
        "Why",
        filters=[one_line],
        validators=[Said("Say why: an auditor may ask."), Length(max=500)],
    )


class PeriodForm(PageForm):
    """How long, and on which basis."""

    months = NumberField(
        "Months",
        validators=[
            InputRequired("Type how many months."),
            NumberRange(1, 600, "Use a number from 1 to 600."),
        ],
    )
    basis = StringField(
        "Legal basis",
        filters=[one_line],
        validators=[Said("Name the legal basis."), Length(max=300)],
    )
