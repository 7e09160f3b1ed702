"""The cohorts that a list of people may name."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.database import AnyRow
from induction.enrolment.import_rows import ImportedPerson
from induction.folding import folded
from induction.people.models import Cohort


class Groups:
    """The cohorts that there are, as a list names them: in whatever case and spacing."""

    def __init__(self, session: Session) -> None:
        query = select(Cohort.id, Cohort.name, Cohort.due_on, Cohort.archived_at)
        self.there: dict[str, AnyRow] = {row.name: row for row in session.execute(query)}
        self._alike: dict[str, list[str]] = defaultdict(list)
        for name in self.there:
            self._alike[folded(name)].append(name)

    def named(self, name: str) -> str:
        """The name as it is on record, or as the list wrote it first."""
        if not name or name in self.there:
            return name
        alike = self._alike[folded(name)]
        if not alike:
            alike.append(name)
        return alike[0] if len(alike) == 1 else name

    def put_in_order(self, people: Iterable[ImportedPerson]) -> list[ImportedPerson]:
        """The same people, each in cohorts as these are named."""
        return [
            replace(one, cohort=self.named(one.cohort), also_in=tuple(map(self.named, one.also_in)))
            for one in people
        ]

    def lacks(self, name: str) -> bool:
        """Whether a cohort of this name would have to be made."""
        return bool(name) and name not in self.there

    def due_on(self, name: str) -> date | None:
        """The cohort's due date, where there is such a cohort and it has one."""
        day: date | None = self.there[name].due_on if name in self.there else None
        return day

    def faults(self, name: str) -> list[str]:
        """Why nobody can be put into this cohort."""
        if not name:
            return []
        alike = self._alike[folded(name)]
        if name in self.there:
            away = self.there[name].archived_at is not None
            return [f"The cohort “{name}” is archived."] if away else []
        if len(alike) > 1:
            either = " and ".join(f"“{other}”" for other in alike)
            return [f"There are {either}: write the one that you mean exactly so."]
        return []
