"""What a new institute still has to do before its first learner can begin, in order."""

from typing import NamedTuple

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from induction.config import Settings
from induction.database import AnySelect
from induction.institute.models import Institute
from induction.journey.models import Enrolment
from induction.people import links
from induction.people.models import Account, AccountRole, CohortTutor, OneTimeLink, Role
from induction.policy.models import PolicyDocument


class Task(NamedTuple):
    """One thing to do, why, and the page where it is done ("" where another role opens it)."""

    title: str
    why: str
    href: str
    done: bool


def first_day(
    session: Session, institute: Institute, settings: Settings, viewer: Account
) -> list[Task]:
    """Everything that a new institute does once. One query; none is left when all is done."""
    there = session.execute(_THERE).one()
    return [
        Task(
            "Say how your institute is called",
            "The name stands on every page and on certificates.",
            "/admin/settings",
            there.named,
        ),
        Task(
            "Say whom to tell",
            "Learners in trouble read here whom to call.",
            "/admin/settings#whom-to-tell",
            institute.names_a_lead,
        ),
        Task(
            "Let mail leave",
            "Invitations go by mail. Set INDUCTION_MAIL_URL, and send yourself a test message.",
            "/admin/mail",
            bool(settings.mail_url),
        ),
        Task(
            "Give a second person the administrator’s role",
            "So that nobody is locked out when one is ill.",
            "/admin/people#new-title",
            there.administrators,
        ),
        Task(
            "Give somebody the compliance officer’s role",
            "They look after the policy and answer for the certificates.",
            "/admin/people#new-title",
            there.officer,
        ),
        Task(
            "Have compliance compare the policy with your own, and attach yours",
            "What is taught here is an example until they have. They find it under Policy.",
            "/compliance/policy/document" if Role.COMPLIANCE in viewer.roles else "",
            there.document,
        ),
        Task(
            "Give somebody the tutor’s role",
            "They look after cohorts, and see who needs them.",
            "/admin/people#new-title",
            there.tutor,
        ),
        Task(
            "Make a cohort with its tutor",
            "Tutors see the learners of their cohorts.",
            "/tutor/cohorts/new",
            there.cohort,
        ),
        Task(
            "Enrol learners, from a list or one by one",
            "A list from your records system will do; nothing is stored before you have looked.",
            "/tutor/import",
            there.learner,
        ),
        Task(
            "Invite the first of them",
            "The tick under the list does it, or the button on a learner’s page.",
            "/tutor/learners",
            there.invited,
        ),
    ]


def _there() -> AnySelect:
    """What there is of people and policy; whoever belongs to the demo institute does not count."""
    real = Account.demo.is_(False)
    holds = select(AccountRole.account_id).join(Account, Account.id == AccountRole.account_id)
    return select(
        exists().where(Institute.name != "").label("named"),
        exists(holds.where(AccountRole.role == Role.ADMIN, real).offset(1)).label("administrators"),
        exists(holds.where(AccountRole.role == Role.COMPLIANCE, real)).label("officer"),
        exists(holds.where(AccountRole.role == Role.TUTOR, real)).label("tutor"),
        exists(select(PolicyDocument.id)).label("document"),
        exists(select(CohortTutor.cohort_id)).label("cohort"),
        exists().where(Enrolment.account_id == Account.id, real).label("learner"),
        exists()
        .where(
            OneTimeLink.account_id == Account.id,
            OneTimeLink.purpose == links.INVITATION,
            Enrolment.account_id == Account.id,
            real,
        )
        .label("invited"),
    )


_THERE = _there()
