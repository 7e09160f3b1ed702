"""The link in the letter: it names one revisit, and is signed for the address that it was sent to.

Nothing is looked up for it but that revisit, so it opens nothing else; and whoever gets another
address has links to the old one no more. Whoever has none got it on paper.
"""

from flask import current_app
from itsdangerous import Signer

SEPARATOR = "."


def link_for(public_id: str, email: str | None) -> str:
    """The last part of the link's address."""
    return _signer(email).sign(public_id).decode()


def named(link: str) -> str:
    """Which revisit a link names, whether or not it may."""
    return link.partition(SEPARATOR)[0]


def is_ours(link: str, email: str | None) -> bool:
    """Whether we made this link, for this address."""
    return _signer(email).validate(link)


def _signer(email: str | None) -> Signer:
    return Signer(current_app.config["SECRET_KEY"], salt=f"revisit|{email or ''}", sep=SEPARATOR)
