"""Forms of the people room."""

from typing import Any

from wtforms import BooleanField, HiddenField, PasswordField, RadioField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from induction.form_fields import PageForm
from induction.institute import institute
from induction.people import passwords
from induction.people.accounts import NotAnAccount, clean_email
from induction.people.comfort import CHOICES
from induction.people.models import Account


class SignInForm(PageForm):
    """E-mail and password."""

    email = StringField(
        "Email address", validators=[InputRequired("Type your email address."), Length(max=254)]
    )
    password = PasswordField(
        "Password", validators=[InputRequired("Type your password."), Length(max=256)]
    )
    own_device = BooleanField("This is my own device: keep me signed in")
    next = HiddenField()


class ForgottenForm(PageForm):
    """Asks for a link to set a new password."""

    email = StringField(
        "Email address", validators=[InputRequired("Type your email address."), Length(max=254)]
    )

    def validate_email(self, field: StringField) -> None:
        """A slip of the thumb is told at once: no mail could come of it."""
        try:
            clean_email(field.data or "")
        except NotAnAccount as error:
            raise ValidationError(str(error)) from error


class NewPasswordForm(PageForm):
    """A new password, typed once: it can be shown, and who mistypes it asks for another link."""

    password = PasswordField("New password", validators=[InputRequired("Type a new password.")])

    def __init__(self, owner: Account, **values: Any) -> None:
        """A form for this person."""
        super().__init__(**values)
        self._owner = owner

    def validate_password(self, field: PasswordField) -> None:
        """Refuse what a stranger would try first."""
        known = self._owner.email or "", self._owner.full_name, institute().name
        problem = passwords.weakness(field.data or "", own_words=known)
        if problem:
            raise ValidationError(problem)


class FirstPasswordForm(NewPasswordForm):
    """The password that a mailed link lets somebody choose; they are signed in with it."""

    own_device = BooleanField("This is my own device: keep me signed in")


class OpenForm(PageForm):
    """Opens an account by a mailed link, to begin at once."""

    own_device = BooleanField("This is my own device: keep me signed in")


class ChangePasswordForm(NewPasswordForm):
    """A new password, with the present one as proof."""

    current = PasswordField(
        "Present password",
        validators=[InputRequired("Type your present password."), Length(max=256)],
    )


class EndSessionsForm(PageForm):
    """Which sessions to end: one by its id, or all but this one."""

    OTHERS = "others"
    which = HiddenField()


class ComfortForm(PageForm):
    """How pages look for whoever chooses it."""

    text_size = RadioField("Text size", choices=CHOICES["text_size"])
    spacing = RadioField("Line spacing", choices=CHOICES["spacing"])
    font = RadioField("Letters", choices=CHOICES["font"])
    scheme = RadioField("Colours", choices=CHOICES["scheme"])
    motion = RadioField("Movement", choices=CHOICES["motion"])
