"""The institute that runs this installation, as pages and certificates name it."""

from dataclasses import dataclass

from flask import current_app


@dataclass(frozen=True, slots=True)
class Institute:
    """Who provides the induction."""

    name: str
    ukprn: str | None = None
    contact: str | None = None


def institute() -> Institute:
    """The institute of the running application."""
    return Institute(name=current_app.extensions["content"].policy.organisation)
