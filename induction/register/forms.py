"""Forms of the compliance room's pages for certificates."""

from wtforms import BooleanField, DateTimeLocalField, StringField, TextAreaField
from wtforms.validators import Length, Optional, ValidationError
from wtforms.widgets import HiddenInput

from induction.form_fields import PageForm, Said, one_line
from induction.names import NotAName, clean_name

LONGEST_REASON = 500


class CertificateReasonForm(PageForm):
    """Why something is done that stays on record."""

    reason = TextAreaField(
        "Reason",
        filters=[one_line],
        validators=[
            Said("Say why. The reason stays on record."),
            Length(max=LONGEST_REASON, message=f"Use at most {LONGEST_REASON} characters."),
        ],
    )


class WithdrawalRequestForm(PageForm):
    """Which request to withdraw it was filled from: when that was made; empty for none."""

    asked_at = DateTimeLocalField(
        format="%Y-%m-%dT%H:%M:%S.%f%z", validators=[Optional()], widget=HiddenInput()
    )


class RevokeForm(CertificateReasonForm, WithdrawalRequestForm):
    """Why a certificate is withdrawn, and whether its holder is to earn another."""

    again = BooleanField(
        "Ask them to take the final check again and to sign again. They are told your reason."
    )


class CorrectedNameForm(CertificateReasonForm):
    """The name as it should have been."""

    full_name = StringField("Name on the new certificate")

    def validate_full_name(self, field: StringField) -> None:
        """A name that can be printed."""
        try:
            field.data = clean_name(field.data or "")
        except NotAName as fault:
            raise ValidationError(str(fault)) from fault
