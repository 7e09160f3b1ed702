"""Forms of the certificates room."""

from flask_wtf import FlaskForm
from wtforms import StringField


class NumberForm(FlaskForm):  # type: ignore[misc]
    """A certificate's number, typed as people type."""

    number = StringField("Certificate number")
