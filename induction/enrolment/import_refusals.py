"""Why a row of a list is refused, in sentences for whoever sent it. Writes nothing."""

from datetime import date

from induction.enrolment.due_dates import FAR_OFF, far_off
from induction.enrolment.import_rows import ImportedPerson
from induction.enrolment.known_people import Known, KnownPeople
from induction.enrolment.planned_rows import PlannedRow
from induction.people.access import TRUSTED
from induction.people.models import Account
from induction.uk_time import uk_date

HIDDEN = (
    "The reference or the email is taken by somebody who is not in your cohorts. Check both, or "
    "ask compliance."
)


def touches(person: ImportedPerson, known: KnownPeople, hidden: set[int]) -> bool:
    """Whether the row meets somebody whom the viewer may not see, by reference or by email."""
    ways = (("ref", person.learner_ref), ("email", person.email))
    return any(known[way].account_id in hidden for way in ways if way in known)


NOWHERE = "Name one of your cohorts: you can only enrol into those."
_SHARED = "Leave it empty for somebody who shares it: they sign in by a card."


def identity(person: ImportedPerson, known: KnownPeople) -> list[str]:
    """The reference or the email is somebody else’s, or nobody’s any more."""
    by_ref = known.get(("ref", person.learner_ref))
    by_email = known.get(("email", person.email))
    found = by_ref or by_email
    if found is None:
        return []
    if found.account_id < 0:
        return ["This account has been ended. An administrator can open it again."]
    if by_ref and by_email and by_ref.account_id != by_email.account_id:
        return [f"The email belongs to somebody else: {by_email.facts['learner_ref'] or 'staff'}."]
    if by_ref is None and (other := found.facts["learner_ref"]):
        return [f"The email belongs to learner {other}. {_SHARED}"]
    return []


def not_theirs_to_change(
    person: ImportedPerson, known: Known | None, viewer: Account | None
) -> list[str]:
    """An email is the way into an account: whoever may change it may become its owner.

    So nobody's account but a learner's is changed by a list, and the email of an account in use
    only by those who look after accounts and evidence. A tutor may mend one that nobody uses yet.
    """
    if known is None:
        return []
    if viewer is not None and known.account_id == viewer.id and known.enrolled_on:
        return ["This is your own record. Leave the row out, or ask a colleague to change it."]
    email = known.facts["email"]
    other_email = person.email not in ("", email)  # a list that names none takes none away
    other_name = person.full_name != known.facts["full_name"]
    if known.staff and (other_email or other_name):
        return ["This is an account of staff. A list cannot change their name or email."]
    trusted = viewer is None or not viewer.roles.isdisjoint(TRUSTED)
    if other_email and known.in_use and not trusted:
        reason = (
            f"The email differs from the one on record ({email or 'none'}), and the account is in "
            "use. Ask an administrator or compliance to change it, or leave it as it is."
        )
        return [reason]
    return []


def place(
    person: ImportedPerson,
    tutors: dict[str, int],
    mine: set[str] | None,
    known: Known | None,
) -> list[str]:
    """Into these cohorts whoever sent it does not enrol, or nobody is the tutor that it names."""
    reasons, name = [], person.cohort
    if mine is not None:
        reasons += [
            f"“{one}” is not one of your cohorts." for one in person.also_in if one not in mine
        ]
    if mine is not None and name not in mine and (name or known is None):
        reasons.append(f"“{person.cohort}” is not one of your cohorts." if name else NOWHERE)
    if person.tutor_email and person.tutor_email not in tutors:
        reasons.append(f"There is no tutor with the email {person.tutor_email}.")
    if person.tutor_email and not name:
        reasons.append("A tutor looks after a cohort: name the cohort as well.")
    return reasons


def due_faults(day: date | None, today: date) -> list[str]:
    """The due date is a slip of the pen."""
    if day is None or not far_off(day, today):
        return []
    return [f"The due date is {uk_date(day)}. {FAR_OFF}"]


def has_left(entry: PlannedRow) -> list[str]:
    """As on their page, nothing is done for somebody who has left until they have returned."""
    if entry.known is None or not entry.known.has_left or not entry.changes:
        return []
    return ["This learner is marked as left. Mark them as returned first, or leave the row out."]
