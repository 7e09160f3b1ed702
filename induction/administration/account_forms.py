"""Forms that make an account for staff, and change one."""

from wtforms import DateField, RadioField, StringField
from wtforms.validators import InputRequired, Length, StopValidation

from induction.database import utc_now
from induction.form_fields import PageForm, Said, day_field, one_line
from induction.people.accounts import NotAnAccount, refuse_last_day
from induction.people.models import Role
from induction.uk_time import uk_day

ROLES = {
    Role.TUTOR.value: "Tutor",
    Role.HEAD.value: "Head of programme: every cohort",
    Role.SAFEGUARDING.value: "Safeguarding lead: reports, and nothing else",
    Role.SECOND_READER.value: "Second reader: reports about those who read the others",
    Role.DATA_PROTECTION.value: "Data protection officer: personal data, and nothing else",
    Role.AUDITOR.value: "Auditor until a day: reads the evidence, and changes nothing",
    Role.COMPLIANCE.value: "Compliance officer",
    Role.ADMIN.value: "Administrator",
}


class LastDay:
    """A validator: a day where what was chosen beside it ends on one, and none where it does not.

    ``field`` is what is chosen, ``ends`` the choices that end on a day.
    """

    def __init__(self, field: str, *ends: str) -> None:
        self._field, self._ends = field, ends

    def __call__(self, form: PageForm, field: DateField) -> None:
        """Whether the day fits, where one was typed and where none was."""
        ends = form[self._field].data in self._ends
        if not any(field.raw_data or ()):
            field.errors[:] = []
            raise StopValidation("Give the auditor’s last day." if ends else "")
        if field.data is None:
            raise StopValidation
        if not ends:
            raise StopValidation("Only an auditor’s account has a last day. Leave this empty.")
        try:
            refuse_last_day(field.data, uk_day(utc_now()))
        except NotAnAccount as fault:
            raise StopValidation(str(fault)) from fault


class AccountForm(PageForm):
    """A new account for staff."""

    full_name = StringField("Full name", validators=[InputRequired("Type the person’s name.")])
    email = StringField(
        "Email address", validators=[InputRequired("Type the person’s email address.")]
    )
    role = RadioField("Role", choices=ROLES, default=Role.TUTOR.value)
    last_day = day_field("Last day", LastDay("role", Role.AUDITOR.value))


class PersonForm(PageForm):
    """What to change about a person, and why."""

    act = RadioField("What to do", validators=[InputRequired("Choose what to do.")])
    last_day = day_field("Last day", LastDay("act", "give-auditor", "last-day", "open-until"))
    reason = StringField(
        "Why",
        filters=[one_line],
        validators=[Said("Say why: an auditor may ask."), Length(max=500)],
    )
