"""Forms of the certificates room."""

from wtforms import StringField

from induction.form_fields import PageForm


class NumberForm(PageForm):
    """A certificate's number, typed as people type."""

    number = StringField("Certificate number")
