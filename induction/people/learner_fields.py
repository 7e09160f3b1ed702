"""What is known of a learner beside what they do: one table of fields, columns of ``account``.

Lists and their dry run, the form, a learner's page and history, lists to take away and erasure all
read it: a new field is a column of ``Account`` and a line here.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from induction.database import AnyRow
from induction.names import clean_line, clean_name
from induction.people.accounts import clean_email
from induction.people.models import Account
from induction.refusals import InvalidInput

NOT_KNOWN_YET = "9999999999"  # what the ILR specification has in place of a ULN
LONGEST_EMPLOYER = 120
# What offices write where there is nothing. Of names it is none: people are called Na, and None.
NOTHING = {
    "-", "n/a", "#n/a", "na", "nil", "none", "null", "not applicable", "not known", "tba", "tbc",
    "unknown",
}  # fmt: skip
_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/ -]{0,39}")


class Unfit(InvalidInput):
    """A value that cannot be used; the message says why."""


def reference(text: str) -> str:
    """A learner's reference as the institute writes it. Raises Unfit."""
    if not text:
        raise Unfit("The learner reference is missing.")
    if not _REF.fullmatch(text):
        raise Unfit(f"“{text[:40]}” is not a reference: letters, digits, . _ / - up to 40.")
    return text


def checked_uln(text: str) -> str:
    """A Unique Learner Number: ten digits, the last a check digit. Raises Unfit.

    The rule is the Learning Records Service’s: the first nine digits are weighted 10 down to 2;
    ten less the remainder of the sum by 11 is the tenth digit, and a remainder of 0 is no number.
    Where it is not known yet, there is nothing.
    """
    if re.fullmatch(r"\d[.,]?\d*E\+?\d+", text, re.IGNORECASE):
        raise Unfit("Excel has shortened the ULN. Format its column as text and enter it again.")
    digits = re.sub(r"[ -]", "", text)
    if digits == NOT_KNOWN_YET:
        return ""
    if not re.fullmatch(r"[1-9][0-9]{9}", digits):
        raise Unfit(f"The ULN “{text[:20]}” is not ten digits.")
    rest = sum(int(d) * w for d, w in zip(digits[:9], range(10, 1, -1), strict=True)) % 11
    if rest == 0 or 10 - rest != int(digits[9]):
        raise Unfit(f"The ULN {digits} has a typing error: its last digit does not fit.")
    return digits


def employer(text: str) -> str:
    """What an employer is called. Raises InvalidInput."""
    if len(text) > LONGEST_EMPLOYER:
        raise Unfit(f"The employer’s name is too long: {LONGEST_EMPLOYER} characters at most.")
    return clean_line(text)


@dataclass(frozen=True, slots=True)
class LearnerField:
    """One field, and what every place that shows, reads or erases it has to know."""

    name: str  # of its column in ``account``, and in lists
    label: str  # above its place in a form
    word: str  # in a sentence, and beside its value
    parse: Callable[[str], str]  # what was typed, as it is stored; raises InvalidInput
    required: bool = False
    may_say_nothing: bool = False  # in words for nothing, which are left out
    of_policy: bool = False  # one of the policy's audiences, chosen and not typed
    personal: bool = True  # goes when the person is erased
    unique: bool = False  # stands for one person: taken out of what others wrote as well
    on_board: bool = False  # in a cohort's list, where it is taken away
    headings: tuple[str, ...] = ()  # what offices call it besides, in small letters alone
    hint: str = ""
    inputmode: str | None = None  # which keyboard a phone shows

    def read(self, text: str, audiences: Collection[str]) -> str:
        """What was typed, as it is stored; "" for nothing. Raises InvalidInput."""
        if not text and not self.required:
            return ""
        if self.may_say_nothing and text.casefold() in NOTHING:
            return ""
        value = self.parse(text)
        if self.of_policy and value not in audiences:
            known = ", ".join(sorted(audiences))
            raise Unfit(f"The {self.word} “{text[:40]}” is none of {known}.")
        return value


LEARNER_FIELDS = (
    LearnerField(
        "learner_ref", "Learner reference", "reference", reference,
        required=True, unique=True, on_board=True,
        headings=(
            "learnerreference", "reference", "ref", "learnerid", "studentid", "learnrefnumber",
            "studentref", "studentnumber", "studentno", "providerref", "personcode", "refno",
        ),
    ),
    LearnerField(
        "full_name", "Full name", "name", clean_name, required=True, on_board=True,

        headings=("name", "learnername", "studentname", "surnameforename", "surnamefirstname"),
        hint="As it should stand on the certificate.",
    ),
    LearnerField(
        "family_name", "Family name", "family name", clean_name,
        hint="Lists are sorted by it. Left empty, it is the last word of the full name.",
    ),
    LearnerField(
        "email", "Email address", "email address", clean_email,
        may_say_nothing=True, unique=True, on_board=True, inputmode="email",
        headings=("emailaddress", "collegeemail", "learneremail", "studentemail"),
        hint="Their own. Empty for somebody who has none or shares one: they sign in by a card.",
    ),
    LearnerField(
        "audience", "Learning as", "audience", str.casefold, of_policy=True, personal=False
    ),
    LearnerField(
        "uln", "Unique Learner Number (ULN)", "ULN", checked_uln,
        may_say_nothing=True, unique=True, on_board=True,
        headings=("uniquelearnernumber", "uniquelearnerno", "uniquelearnno"),
        hint="Ten digits, if you know it.", inputmode="numeric",
    ),
    LearnerField(
        "employer", "Employer", "employer", employer,
        may_say_nothing=True, on_board=True,
        headings=("employername", "nameofemployer", "companyname"),
        hint="Of an apprentice: where they work.",
    ),
)  # fmt: skip
WORDS = {field.name: field.word for field in LEARNER_FIELDS}
ON_BOARD = tuple(field.name for field in LEARNER_FIELDS if field.on_board)


def facts_of(account: Account | AnyRow) -> dict[str, str]:
    """What is known of somebody, by field; "" where nothing is."""
    return {field.name: getattr(account, field.name) or "" for field in LEARNER_FIELDS}
