"""One certificate of the register, by the number in an address."""

from flask import (
    abort,
)

from induction.certificates import queries as certificates
from induction.certificates.number import normalise
from induction.certificates.queries import Held
from induction.extensions import db


def held_or_404(number: str) -> Held:
    """The certificate with this number."""
    sound = normalise(number)
    return (certificates.by_number(db.session(), sound) if sound else None) or abort(404)
