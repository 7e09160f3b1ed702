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


class PageForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A form of a page, protected against being sent from elsewhere."""


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
