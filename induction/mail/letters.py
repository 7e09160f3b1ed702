"""Letters: a template of ``templates/mail`` rendered as the subject and the text of a mail."""

from dataclasses import dataclass

from flask import current_app

from induction.institute import institute


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says."""

    subject: str  # one line: it becomes a header, and no other header can be added through it
    body: str


def letter(template: str, **facts: object) -> Letter:
    """The letter that a template makes of these facts; its first line is the subject.

    Every letter knows the ``institute``, and the ``base_url`` of our addresses: that of the
    settings, never that of a request.
    """
    text = current_app.jinja_env.get_template(f"mail/{template}.txt").render(
        institute=institute(), base_url=current_app.extensions["settings"].base_url, **facts
    )
    subject, _, body = text.partition("\n")
    return Letter(" ".join(subject.split()), body.lstrip("\n"))
