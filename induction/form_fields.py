"""What forms of several rooms share: fields, checks, and the button that asks nothing."""

import re
from typing import Any, ClassVar

from flask_wtf import FlaskForm
from wtforms import DateField, Field, Form, IntegerField
from wtforms.validators import Optional, StopValidation

from induction.names import readable


def stripped(text: str | None) -> str:
    """A filter: without space before and after."""
    return (text or "").strip()


def one_line(text: str | None) -> str:
    """A filter: on one line, with single spaces."""
    return " ".join((text or "").split())


def in_lines(text: str | None) -> str:
    """A filter: the lines as written, without doubled spaces and with one empty line at most."""
    lines = "\n".join(" ".join(line.split()) for line in (text or "").splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


class _Plainly:
    """What WTForms says by itself, in words for whoever filled the form in."""

    FROM_LIST = "Choose from the list."
    WORDS: ClassVar = {
        "Not a valid integer value.": "Use a whole number, in digits.",
        "Not a valid date value.": "Use a day that there is, such as 2026-12-01.",
        "Not a valid choice.": FROM_LIST,
        "Invalid Choice: could not coerce.": FROM_LIST,
        "This field is required.": "Fill this in.",
        "Field must be equal to %(other_name)s.": "The two are not the same.",
    }

    def gettext(self, said: str) -> str:
        """The message in these words; as it is where there are none for it."""
        return self.WORDS.get(said, said)

    def ngettext(self, said: str, _of_several: str, _number: int) -> str:
        """The same of a message with a number in it, which is of choices or of a length."""
        return self.FROM_LIST if "choice" in said else said


class PageForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A form of a page, protected against being sent from elsewhere."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """How WTForms makes it."""

        def get_translations(self, _form: FlaskForm) -> _Plainly:
            """Its words are ours."""
            return _Plainly()


class Said:
    """Something that can be read has been written: not spaces alone, nor signs nobody sees."""

    field_flags: ClassVar = {"required": True}

    def __init__(self, message: str) -> None:
        self.message = message

    def __call__(self, _form: Form, field: Field) -> None:
        if not readable(field.data or ""):
            raise StopValidation(self.message)


class NumberField(IntegerField):  # type: ignore[misc]  # WTForms ships no types
    """A whole number that a database can hold."""

    DIGITS = 9
    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        """Raises ValueError for what is no number, or one of more digits."""
        if valuelist and len(valuelist[0].strip()) > self.DIGITS:
            self.data = None
            raise ValueError(f"Use a number of at most {self.DIGITS} digits.")
        super().process_formdata(valuelist)


def day_field(label: str, *validators: object) -> DateField:
    """A date that may be left out unless the validators say otherwise."""
    return DateField(label, validators=list(validators) or [Optional()])


class SureForm(PageForm):
    """A button, and nothing to fill in."""
