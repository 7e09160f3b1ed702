"""The two ways in which we say no: what was given cannot be used, or it does not fit now."""


class InvalidInput(ValueError):
    """What was given cannot be used. The message is for the person who gave it."""


class NotNow(Exception):
    """An act that does not fit where things stand. Nothing was stored; the lines say why."""

    def __init__(self, *lines: str) -> None:
        super().__init__(" ".join(lines))
        self.lines = lines
