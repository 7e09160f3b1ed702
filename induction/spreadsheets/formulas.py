"""Text that a spreadsheet would take for a formula, and the sign that keeps it text. Pure."""

# A spreadsheet takes a cell for a formula that begins with one of these (OWASP, CSV injection).
FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
GUARD = "'"
_SUSPECT = FORMULA | {GUARD}


def guarded(text: str) -> str:
    """The text as CSV may hold it, so that no spreadsheet computes it."""
    return GUARD + text if text[:1] in _SUSPECT and _begins_like_one(text) else text


def unguarded(text: str) -> str:
    """What ``guarded`` was given: a list that is taken away and sent back says the same."""
    return text[1:] if text[:1] == GUARD and _begins_like_one(text) else text


def _begins_like_one(text: str) -> bool:
    begins = text[:1]
    if begins == GUARD:  # guarded already: once more, so that one guard can be taken off again
        begins = text.lstrip(GUARD)[:1]
    return begins in FORMULA
