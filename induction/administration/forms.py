"""Forms for administrators."""

from flask_wtf.file import FileField
from wtforms import BooleanField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp, ValidationError

from induction.form_fields import PageForm, Said
from induction.institute import colour
from induction.names import NotAName, clean_name
from induction.people.accounts import NotAnAccount, clean_email
from induction.people.models import Role

ROLES = {
    Role.TUTOR.value: "Tutor",
    Role.HEAD.value: "Head of programme: every cohort",
    Role.SAFEGUARDING.value: "Safeguarding lead: reports, and nothing else",
    Role.SECOND_READER.value: "Second reader: reports about those who read the others",
    Role.COMPLIANCE.value: "Compliance officer",
    Role.ADMIN.value: "Administrator",
}


PHONE = r"[\d+()][\d\s+().-]{2,}$"
A_NUMBER = "Use the digits of one telephone number, for example 0113 496 0000."


def _stripped(text: str | None) -> str:
    return (text or "").strip()


def _trimmed(text: str | None) -> str:
    return " ".join((text or "").split())


class SettingsForm(PageForm):
    """How the institute is named, reached and shown."""

    name = StringField("Legal name", filters=[_trimmed], validators=[Length(max=200)])
    ukprn = StringField(
        "UKPRN",
        filters=[_trimmed],
        validators=[Optional(), Regexp(r"^[1-9]\d{7}$", message="A UKPRN has eight digits.")],
    )
    contact = StringField("Whom to ask for help", filters=[_trimmed], validators=[Length(max=200)])
    safeguarding_name = StringField(
        "The safeguarding lead", filters=[_trimmed], validators=[Length(max=200)]
    )
    safeguarding_phone = StringField(
        "The lead’s telephone number",
        filters=[_trimmed],
        validators=[
            Optional(),
            Length(max=40),
            Regexp(PHONE, message=A_NUMBER),
        ],
    )
    safeguarding_email = StringField(
        "The lead’s email address", filters=[_trimmed], validators=[Length(max=254)]
    )
    out_of_hours = TextAreaField(
        "Whom to call out of hours", filters=[_stripped], validators=[Length(max=1000)]
    )
    leaders = StringField(
        "The Senior Management Team, and how to reach them",
        filters=[_trimmed],
        validators=[Length(max=200)],
    )
    signatory = StringField(
        "Who signs for the institute", filters=[_trimmed], validators=[Length(max=200)]
    )
    accent = StringField("Colour", filters=[_trimmed])
    logo = FileField("Logo")
    validity_months = IntegerField(
        "How many months a certificate is valid",
        default=0,
        validators=[NumberRange(0, 120, "Use a number from 0 (no end) to 120.")],
    )
    renewal_days = IntegerField(
        "How many days before its end a certificate can be renewed",
        default=30,
        validators=[NumberRange(0, 365, "Use a number from 0 to 365.")],
    )
    review_reminder_days = IntegerField(
        "How many days before the policy’s review we remind you",
        default=30,
        validators=[NumberRange(0, 365, "Use a number from 0 to 365.")],
    )
    checkpoint_email = StringField(
        "A second address that keeps checkpoints", filters=[_trimmed], validators=[Length(max=254)]
    )
    staff_second_step = BooleanField("Staff sign in with a second step besides the password")
    anonymous_reports = BooleanField("People may report a problem without giving their name")
    public_reports = BooleanField("People may report a problem without signing in")
    compliance_reads = BooleanField("Compliance officers read reports too")
    word_first = BooleanField(
        "Where answers were faster than reading, or no better than chance, a tutor has a word "
        "before the certificate"
    )
    two_people = BooleanField(
        "Withdrawing a certificate, and putting a policy version in force, take two people"
    )

    def validate_name(self, field: StringField) -> None:
        """Words that can be printed on a certificate."""
        if field.data:
            try:
                field.data = clean_name(field.data)
            except NotAName as fault:
                raise ValidationError(str(fault)) from fault

    validate_signatory = validate_name

    def validate_safeguarding_email(self, field: StringField) -> None:
        """An address that mail can reach."""
        if field.data:
            try:
                field.data = clean_email(field.data)
            except NotAnAccount as fault:
                raise ValidationError(str(fault)) from fault

    validate_checkpoint_email = validate_safeguarding_email

    def validate_accent(self, field: StringField) -> None:
        """Only a colour in which words can be read."""
        if field.data:
            try:
                field.data = colour.checked(field.data)
            except colour.NotReadable as fault:
                raise ValidationError(str(fault)) from fault


class PersonForm(PageForm):
    """What to change about a person, and why."""

    act = RadioField("What to do", validators=[InputRequired("Choose what to do.")])
    reason = StringField(
        "Why",
        filters=[_trimmed],
        validators=[Said("Say why: an auditor may ask."), Length(max=500)],
    )
