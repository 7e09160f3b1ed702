"""Forms of the reports room."""

from flask_wtf.file import MultipleFileField
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Length

from induction.form_fields import PageForm, Said, stripped
from induction.reports.models import About, ReportState

ABOUT = {
    About.PICTURE.value: "A nude or sexual picture or video of somebody, or a threat to share one",
    About.HARM.value: "Somebody is hurt, bullied, threatened or frightened, or may be",
    About.RULE.value: "Something else that breaks the policy",
}
STATES = {
    ReportState.NEW.value: "New",
    ReportState.LOOKING.value: "Being looked at",
    ReportState.PASSED_ON.value: "Passed to the leaders",
    ReportState.CLOSED.value: "Closed",
}
SEVERITIES = {"": "Not judged yet", "low": "Low", "medium": "Medium", "high": "High"}
OUTCOMES = {
    "": "Open",
    "none": "No breach",
    "support": "Support for whoever was hurt",
    "word": "A word or a warning",
    "disciplinary": "Disciplinary matter",
    "outside": "Police, social care or another service",
}


class ReportForm(PageForm):
    """What happened, where, and to whom."""

    about = HiddenField()
    signed_in = HiddenField()  # when it was opened
    what = TextAreaField(
        "What happened?",
        filters=[stripped],
        validators=[Said("Say what happened, in your own words."), Length(max=5000)],
    )
    where = TextAreaField("Where is it?", filters=[stripped], validators=[Length(max=2000)])
    affected = TextAreaField(
        "Who may be affected?", filters=[stripped], validators=[Length(max=2000)]
    )
    pictures = MultipleFileField("Screenshots")
    of_reader = BooleanField("It is about somebody who reads these reports")
    may_contact = BooleanField("You may contact me about this")
    anonymous = BooleanField("Do not give my name")
    contact = StringField(
        "How can we reach you, if you want us to?",
        filters=[stripped],
        validators=[Length(max=200)],
    )


class FollowUpForm(PageForm):
    """A report's number, and what there is to add."""

    number = StringField("The number of your report", filters=[stripped])
    more = TextAreaField(
        "Do you want to add something?", filters=[stripped], validators=[Length(max=5000)]
    )


class HandleForm(PageForm):
    """What was done about a report."""

    state = RadioField("What is its state now?", choices=STATES)
    severity = SelectField("How serious is it?", choices=SEVERITIES)
    owner = SelectField("Who sees to it?", choices={"": "Nobody yet"})
    outcome = SelectField("What came of it?", choices=OUTCOMES)
    text = TextAreaField(
        "What was done, and why?",
        filters=[stripped],
        validators=[Said("Say what was done: an auditor may ask."), Length(max=5000)],
    )
    reply = TextAreaField(
        "An answer to whoever reported it", filters=[stripped], validators=[Length(max=5000)]
    )
