"""Of whom figures are wanted, and by what they are grouped."""

from dataclasses import dataclass

BY = {
    "programme": "Programme",
    "tutor": "Tutor",
    "audience": "Learning as",
    "cohort": "Cohort",
}


@dataclass(frozen=True, slots=True)
class FiguresFilter:
    """Of whom figures are wanted, and by what they are grouped."""

    by: str = "programme"
    programme: str = ""
    tutor: str = ""  # public id
    taught_by: str = ""  # words of a tutor’s name
    audience: str = ""

    @property
    def in_address(self) -> dict[str, str]:
        """What narrows them, as an address says it."""
        found = {
            "programme": self.programme, "tutor": self.tutor, "taught_by": self.taught_by,
            "audience": self.audience,
        }  # fmt: skip
        return {name: value for name, value in found.items() if value}

    @property
    def of_tutors(self) -> bool:
        """Whether they are of the learners whom some tutors look after."""
        return bool(self.tutor or self.taught_by)

    @property
    def by_few_learners(self) -> bool:
        """Whether there are the more groups, the more learners there are."""
        return self.by in ("tutor", "cohort")
