"""Forms of second factors."""

from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

from induction.form_fields import PageForm


class CodeForm(PageForm):
    """A code of an app, or one of those on paper."""

    code = StringField(
        "Code", validators=[InputRequired("Type the code that your app shows."), Length(max=40)]
    )


class PasskeyForm(PageForm):
    """What a device says when it has made a passkey or signed with one, as JSON."""

    credential = HiddenField()
    next = HiddenField()


class AppForm(CodeForm):
    """The first code of a new app; its secret comes along, sealed."""

    secret = HiddenField()
