"""Forms that enrol: a file of people, and one person."""

from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    SelectField,
    StringField,
)
from wtforms.validators import Optional

from induction.enrolment.due_dates import not_far_off
from induction.enrolment.import_rows import ImportedPerson, Unfit, checked_uln, reference
from induction.form_fields import PageForm, day_field
from induction.names import NotAName, clean_name
from induction.people.accounts import NotAnAccount, clean_email


class ImportForm(PageForm):
    """A file of people."""

    file = FileField("File", validators=[FileRequired("Choose a file.")])


class TakeForm(PageForm):
    """Go ahead with an import."""

    invite = BooleanField("Mail an invitation with a link to begin to those who have had none")
    skip_bad = BooleanField("Leave the refused rows out and take the others")


class EnrolForm(PageForm):
    """One person to enrol."""

    full_name = StringField("Full name")
    email = StringField("Email address")
    learner_ref = StringField("Learner reference")
    cohort = SelectField("Cohort", validate_choice=True)
    audience = SelectField("Learning as")
    due_on = day_field("Due date", Optional(), not_far_off)
    uln = StringField("Unique Learner Number (ULN)")
    invite = BooleanField("Mail an invitation with a link to begin", default=True)
    sure = BooleanField("I have checked: this is somebody else")


def understood(form: EnrolForm, cohort: str) -> ImportedPerson | None:
    """What was typed as a person; None, and errors at the fields, where something is wrong."""
    values: dict[str, str] = {}
    for name, check in (
        ("full_name", clean_name),
        ("email", clean_email),
        ("learner_ref", reference),
        ("uln", lambda text: checked_uln(text) if text else ""),
    ):
        field = form[name]
        try:
            values[name] = check((field.data or "").strip())
        except (NotAName, NotAnAccount, Unfit) as fault:
            field.errors = [str(fault)]
    if len(values) < 4:
        return None
    return ImportedPerson(
        1,
        values["learner_ref"],
        values["full_name"],
        values["email"],
        form.audience.data,
        cohort,
        form.due_on.data,
        values["uln"],
    )
