"""New people of a list with the name or the ULN of somebody else: are they the same person?"""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from induction.enrolment.import_rows import ImportedPerson
from induction.names import likeness
from induction.people.models import Account

MOST = 5  # that are named for one person


class Namesakes:
    """Who has which name and ULN, among the new people of a list and whoever on record is seen.

    Of those who share one, no more are held than are named: a list of people who are all called
    the same takes as long as any other.
    """

    def __init__(
        self,
        session: Session,
        new: Sequence[ImportedPerson],
        seen: ColumnElement[bool] | None = None,
    ) -> None:
        self._found: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        for person in new:
            self._remember(
                person.full_name, person.facts["uln"], person.learner_ref, f"row {person.row}"
            )
        query = select(Account.full_name, Account.uln, Account.learner_ref).where(
            Account.erased_at.is_(None), true() if seen is None else seen
        )
        for name, uln, ref in session.execute(query) if new else ():
            if ("name", likeness(name)) in self._found or ("ULN", uln) in self._found:
                self._remember(name, uln or "", ref or "", ref or "staff")

    def _remember(self, name: str, uln: str, ref: str, where: str) -> None:
        for key in (("name", likeness(name)), *([("ULN", uln)] if uln else [])):
            if len(self._found[key]) <= MOST:  # one of them may be the person who is asked about
                self._found[key].append((ref, where))

    def of(self, person: ImportedPerson) -> tuple[str, ...]:
        """Whom this person is like, and in what."""
        found: list[str] = []
        for what, key in (("name", likeness(person.full_name)), ("ULN", person.facts["uln"])):
            others = self._found.get((what, key), ())
            rest = [where for ref, where in others if ref != person.learner_ref][:MOST]
            found += [f"Same {what} as {where}" for where in dict.fromkeys(rest)]
        return tuple(found)
