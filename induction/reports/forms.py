"""Forms of the reports room."""

from flask_wtf.file import MultipleFileField
from wtforms import BooleanField, RadioField, TextAreaField
from wtforms.validators import Length

from induction.form_fields import PageForm, Said
from induction.reports.models import ReportState

STATES = {
    ReportState.NEW.value: "New",
    ReportState.LOOKING.value: "Being looked at",
    ReportState.PASSED_ON.value: "Passed to the Senior Management Team",
    ReportState.CLOSED.value: "Closed",
}


def _stripped(text: str | None) -> str:
    return (text or "").strip()


class ReportForm(PageForm):
    """What happened, where, and to whom."""

    what = TextAreaField(
        "What happened?",
        filters=[_stripped],
        validators=[Said("Say what happened, in your own words."), Length(max=5000)],
    )
    where = TextAreaField("Where is it?", filters=[_stripped], validators=[Length(max=2000)])
    affected = TextAreaField(
        "Who may be affected?", filters=[_stripped], validators=[Length(max=2000)]
    )
    pictures = MultipleFileField("Screenshots")
    may_contact = BooleanField("You may contact me about this", default=True)
    anonymous = BooleanField("Do not give my name")


class HandleForm(PageForm):
    """What was done about a report."""

    state = RadioField("What is its state now?", choices=STATES)
    text = TextAreaField(
        "What was done, and why?",
        filters=[_stripped],
        validators=[Said("Say what was done: an auditor may ask."), Length(max=5000)],
    )
