"""What the demo institute is to be like."""

from dataclasses import dataclass
from datetime import datetime

from induction.certificates.issuing import Issuer
from induction.demo import names
from induction.people.models import Cohort

DOMAIN = "demo.example"
STARTED_WEEKS_AGO = (10, 5, 1)  # the kinds of ``names.COHORTS``, in their order


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """What was asked for, and when."""

    learners: int
    completed: float  # the fraction who have finished
    seed: int
    issuer: Issuer
    now: datetime
    originals: int = 90  # who answer through the functions of the pages; the others are copies
    stories: bool = False  # of a policy that changed, and of a certificate that is held


@dataclass(frozen=True, slots=True)
class Group:
    """A cohort, and which of ``names.COHORTS`` it is like."""

    cohort: Cohort
    kind: int

    @property
    def audience(self) -> str:
        """What its learners are to the policy."""
        return names.COHORTS[self.kind][2]

    @property
    def weeks_ago(self) -> int:
        """When it started."""
        return STARTED_WEEKS_AGO[self.kind]
