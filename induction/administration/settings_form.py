"""The form of the settings page, and that of the institute’s own words."""

from collections.abc import Mapping
from typing import NamedTuple

from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    Field,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import (
    Length,
    NumberRange,
    Optional,
    Regexp,
    ValidationError,
)
from wtforms.widgets import CheckboxInput, ListWidget

from induction.curriculum import own_words
from induction.extensions import db
from induction.form_fields import NumberField, PageForm, one_line, stripped
from induction.institute import colour, institute
from induction.names import NotAName, clean_name
from induction.people import sessions
from induction.people.access import person
from induction.people.accounts import NotAnAccount, clean_email
from induction.policy.store import content
from induction.sign_on import identities

PHONE = r"[\d+()][\d\s+().-]{2,}$"
NOT_IN_A_SENTENCE = "Use letters, digits, and these marks only: ’ & . , ( ) / -"
WEB_ADDRESS = r"https?://[^\s/\\@]+(/\S*)?$"
A_WEB_ADDRESS = "Use the address of a page, for example https://www.college.example/privacy"
A_NUMBER = "Use the digits of one telephone number, for example 0113 496 0000."


_DIGITS = {"inputmode": "numeric"}
_NOT_YOURS = {"autocomplete": "off"}  # browsers would offer the administrator's own

_PARTS = (  # of the settings' page: the heading, and the field that it begins with
    ("Name and contacts", "name"),
    ("Whom to tell", "safeguarding_name"),
    ("Reports of a problem", "compliance_reads"),
    ("Look", "accent"),
    ("Two people, and time", "two_people"),
    ("Rules", "validity_months"),
    ("What lasts", "revisits"),
)


class SettingsPart(NamedTuple):
    """A part of the settings' page."""

    heading: str
    fields: list[Field]


class SettingsForm(PageForm):
    """How the institute is named, reached and shown, in the order of the page.

    ``description`` is the hint below a field's label, ``render_kw`` its attributes.
    """

    name = StringField(
        "Legal name",
        filters=[one_line],
        validators=[Length(max=200)],
        description="As it is printed on certificates. Leave it empty to use the name that the "
        "policy gives.",
        render_kw={"autocomplete": "organization"},
    )
    ukprn = StringField(
        "UKPRN",
        filters=[one_line],
        validators=[Optional(), Regexp(r"^[1-9]\d{7}$", message="A UKPRN has eight digits.")],
        description="Eight digits, if you want it on certificates.",
        render_kw=_DIGITS | _NOT_YOURS,
    )
    signatory = StringField(
        "Who signs for the institute",
        filters=[one_line],
        validators=[Length(max=200)],
        description="Name and office. It is printed on new certificates, beside the institute’s "
        "name.",
        render_kw=_NOT_YOURS,
    )
    contact = StringField(
        "Whom to ask for help",
        filters=[one_line],
        validators=[Length(max=200)],
        description="A name, an address or a number. It stands at the foot of every page.",
        render_kw=_NOT_YOURS,
    )
    reply_to = StringField(
        "Where answers to letters go",
        filters=[one_line],
        validators=[Length(max=254)],
        description="An email address that somebody reads. Empty: answers come back as "
        "undeliverable.",
        render_kw={"inputmode": "email"} | _NOT_YOURS,
    )
    privacy_notice = StringField(
        "Your privacy notice",
        filters=[one_line],
        validators=[Optional(), Length(max=500), Regexp(WEB_ADDRESS, message=A_WEB_ADDRESS)],
        description="The address of its page on the web. Our page on privacy leads there.",
        render_kw={"inputmode": "url"} | _NOT_YOURS,
    )
    safeguarding_name = StringField(
        "The safeguarding lead",
        filters=[one_line],
        validators=[Length(max=200)],
        description="Name and office of the designated safeguarding lead.",
        render_kw=_NOT_YOURS,
    )
    safeguarding_phone = StringField(
        "The lead’s telephone number",
        filters=[one_line],
        validators=[Optional(), Length(max=40), Regexp(PHONE, message=A_NUMBER)],
        description="A number that is answered. On a phone it can be tapped.",
        render_kw={"inputmode": "tel"} | _NOT_YOURS,
    )
    safeguarding_email = StringField(
        "The lead’s email address",
        filters=[one_line],
        validators=[Length(max=254)],
        render_kw={"inputmode": "email"} | _NOT_YOURS,
    )
    out_of_hours = TextAreaField(
        "Whom to call out of hours",
        filters=[stripped],
        validators=[Length(max=1000)],
        description="In the evening, at weekends and in the holidays: who answers, and under "
        "which number.",
        render_kw={"rows": 3},
    )
    leaders = StringField(
        "The leaders, and how to reach them",
        filters=[one_line],
        validators=[Length(max=200)],
        description="For example: the principal and two vice principals, smt@college.example",
        render_kw=_NOT_YOURS,
    )
    compliance_reads = BooleanField("Compliance officers read reports too")
    anonymous_reports = BooleanField("People may report a problem without giving their name")
    public_reports = BooleanField("People may report a problem without signing in")
    accent = StringField(
        "Colour",
        filters=[one_line],
        description="For example #0d5c5a. Leave it empty for ours. We check that words in it can "
        "be read.",
        render_kw={"spellcheck": "false"} | _NOT_YOURS,
    )
    logo = FileField(
        "Logo",
        description="PNG, JPEG or WebP. It is drawn anew, so nothing else that is in the file is "
        "kept.",
        render_kw={"accept": "image/png,image/jpeg,image/webp", "data-most": 6},
    )
    two_people = BooleanField(
        "Withdrawing a certificate, putting a policy version in force, and making an audit pack "
        "take two people"
    )
    wait_days = NumberField(
        "How many days an erasure waits once it is confirmed",
        default=7,
        validators=[NumberRange(1, 21, "Use a number from 1 to 21.")],
        description="Letting go what is past its time waits as long. Every officer and "
        "administrator is told, and any of them can stop it. The law gives you a month.",
        render_kw=_DIGITS,
    )
    excused_alone = NumberField(
        "What share of a learner’s sections tutors may excuse by themselves, per cent",
        default=50,
        validators=[NumberRange(0, 100, "Use a number from 0 to 100.")],
        description="What goes beyond it waits for a compliance officer.",
        render_kw=_DIGITS,
    )
    signed_alone = NumberField(
        "How many declarations a tutor may record for learners within 30 days by themselves",
        default=5,
        validators=[NumberRange(0, 1000, "Use a number from 0 to 1000.")],
        description="Signed on paper or with a supporter. Each one more waits for a compliance "
        "officer.",
        render_kw=_DIGITS,
    )
    validity_months = NumberField(
        "How many months a certificate is valid",
        default=0,
        validators=[NumberRange(0, 120, "Use a number from 0 (no end) to 120.")],
        description="0 means that certificates do not end. Only new certificates get this.",
        render_kw=_DIGITS,
    )
    renewal_days = NumberField(
        "How many days before its end a certificate can be renewed",
        default=30,
        validators=[NumberRange(0, 365, "Use a number from 0 to 365.")],
        description="From then on learners are offered to renew, and reminded. After the end they "
        "still can.",
        render_kw=_DIGITS,
    )
    review_reminder_days = NumberField(
        "How many days before the policy’s review we remind you",
        default=30,
        validators=[NumberRange(0, 365, "Use a number from 0 to 365.")],
        render_kw=_DIGITS,
    )
    checkpoint_email = StringField(
        "A second address that keeps checkpoints",
        filters=[one_line],
        validators=[Length(max=254)],
        description="Once a day a short signed note of where the record of acts stands goes to "
        "compliance, and here: best to somebody outside, such as your auditor. It shows if anybody "
        "ever rewrites the record.",
        render_kw={"inputmode": "email"} | _NOT_YOURS,
    )
    staff_second_step = BooleanField("Staff sign in with a second step besides the password")
    staff_by_provider = BooleanField(
        "Staff sign in only with the institute’s own accounts, and with no password"
    )
    word_first = BooleanField(
        "Where answers were faster than reading, or no better than chance, a tutor has a word "
        "before the certificate"
    )
    test_out = SelectMultipleField(
        "Who may pass a part before reading it, by being right at first sight",
        choices=lambda: [(name, name.capitalize()) for name in content().policy.audiences],
        filters=[lambda chosen: tuple(chosen or ())],
        description="Three situations, one try: whoever is right in all three need not read the "
        "part. Every rule still has to be decided rightly before the certificate. Nobody ticked: "
        "everyone reads every part.",
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    first_sight = BooleanField("Certificates say how many answers were right at first sight")
    revisits = BooleanField(
        "Weeks after the certificate, holders are asked what has stayed with them"
    )
    revisit_first_days = NumberField(
        "How many days after it they are asked first",
        default=30,
        validators=[NumberRange(1, 365, "Use a number from 1 to 365.")],
        render_kw=_DIGITS,
    )
    revisit_second_days = NumberField(
        "How many days after it they are asked again",
        default=180,
        validators=[NumberRange(2, 730, "Use a number from 2 to 730.")],
        render_kw=_DIGITS,
    )

    def parts(self) -> list[SettingsPart]:
        """The parts of the page with their fields: a part goes on until the next one begins."""
        fields = [field for field in self if field.name != "csrf_token"]
        names = [field.name for field in fields]
        begins = [names.index(first) for _, first in _PARTS]
        ends = [*begins[1:], len(fields)]
        return [
            SettingsPart(heading, fields[begin:end])
            for (heading, _), begin, end in zip(_PARTS, begins, ends, strict=True)
        ]

    def validate_name(self, field: StringField) -> None:
        """Words that can be printed on a certificate."""
        if field.data:
            try:
                field.data = clean_name(field.data)
            except NotAName as fault:
                raise ValidationError(str(fault)) from fault

    validate_signatory = validate_name

    def validate_staff_by_provider(self, field: BooleanField) -> None:
        """Nobody locks themselves out: whoever switches it on is connected already."""
        if not field.data or institute().staff_by_provider:
            return
        if sessions.provider() is None:
            raise ValidationError("No provider is set: see INDUCTION_OIDC_ISSUER in the settings.")
        if identities.of(db.session(), person()) is None:
            raise ValidationError(
                "Connect your own account first, under Your account: otherwise you would lock "
                "yourself out."
            )

    def validate_safeguarding_email(self, field: StringField) -> None:
        """An address that mail can reach."""
        if field.data:
            try:
                field.data = clean_email(field.data)
            except NotAnAccount as fault:
                raise ValidationError(str(fault)) from fault

    validate_reply_to = validate_safeguarding_email
    validate_checkpoint_email = validate_safeguarding_email

    def validate_revisit_second_days(self, field: NumberField) -> None:
        """After the first."""
        first = self.revisit_first_days.data
        if field.data is not None and first is not None and field.data <= first:
            raise ValidationError("The second time comes after the first: use a higher number.")

    def validate_accent(self, field: StringField) -> None:
        """Only a colour in which words can be read."""
        if field.data:
            try:
                field.data = colour.checked(field.data)
            except colour.NotReadable as fault:
                raise ValidationError(str(fault)) from fault


def own_words_form(names: Mapping[str, str]) -> type[PageForm]:
    """A form with a field for each name in braces in the authors' files, by what it stands for."""
    fields: dict[str, object] = {
        name: StringField(
            f"In place of “{said}”",
            filters=[one_line],
            validators=[
                Optional(),
                Length(max=own_words.LONGEST),
                Regexp(f"(?:{own_words.USABLE.pattern})$", message=NOT_IN_A_SENTENCE),
            ],
        )
        for name, said in names.items()
    }
    return type("OwnWordsForm", (PageForm,), fields)
