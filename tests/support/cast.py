"""The people in the tests: accounts made by the application's own functions, and signed in."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import pytest
from flask import Flask
from sqlalchemy import update

from induction.administration import settings_changes
from induction.audit.act import SYSTEM, acting
from induction.audit.batch import Batch
from induction.certificates.issuing import Issuer
from induction.curriculum.model import Policy
from induction.database import utc_now, writing
from induction.enrolment.enrolling import NewLearner, take_in
from induction.extensions import db
from induction.journey.answering import Sent, answer_at
from induction.journey.declaring import declare
from induction.journey.queries import Journey, load
from induction.people import accounts, cohorts
from induction.people.models import Account, Cohort, Role
from induction.people.passwords import hash_password
from tests.support.client import Visitor
from tests.support.learner import Learner
from tests.support.solver import right_choice

PASSWORD = "orchard lantern copper"
_HASH = hash_password(PASSWORD)  # costs much by design: made once, given to everybody


class Cast:
    """Makes people and cohorts in one application's database."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._made = 0

    @property
    def policy(self) -> Policy:
        """The policy that everybody here is enrolled on."""
        with self.app.app_context():
            policy: Policy = self.app.extensions["content"].policy
        return policy

    def account(self, role: Role = Role.LEARNER, name: str = "", email: str = "") -> Account:
        """Somebody with the password of this module, not enrolled."""
        self._made += 1
        email = email or f"{role.value}{self._made}@college.example"
        name = name or f"{role.value.title()} Number {self._made}"
        with self.app.app_context(), acting(SYSTEM, utc_now()) as act:
            account = accounts.create(act, role, email, name, how="test")
            account.password_hash, account.first_signed_in_at = _HASH, utc_now()
        return account

    def learner(
        self,
        name: str = "Amina Yusuf",
        *,
        email: str = "",
        cohort: Cohort | None = None,
        audience: str = "learner",
        seed: str = "",
        due_on: date | None = None,
        newcomer: bool = False,
        address: bool = True,
    ) -> Account:
        """Somebody who is enrolled and has not begun; a newcomer has never signed in either.

        Without an address they have no password either.
        """
        self._made += 1
        now = utc_now()
        values = {
            "email": (email or f"learner{self._made}@college.example") if address else None,
            "full_name": name,
            "learner_ref": f"L{7000 + self._made}", "audience": audience,
            "password_hash": _HASH if address else None,
            "first_signed_in_at": None if newcomer else now,
        }  # fmt: skip
        one = NewLearner(values, cohort, due_on, seed)
        with self.app.app_context(), acting(SYSTEM, now) as act, Batch(act) as entries:
            (account,) = take_in(entries, self.policy, [one], how="test")
        return account

    def cohort(self, name: str = "Hair and Beauty 1", *tutors: Account) -> Cohort:
        """A cohort with the tutors who look after it."""
        with self.app.app_context(), acting(SYSTEM, utc_now()) as act:
            cohort = cohorts.create(act, cohorts.CohortFacts(name))
            for tutor in tutors:
                cohorts.add_tutor(act.session, cohort, tutor)
        return cohort

    def advance(self, account: Account, *, until: str = "") -> None:
        """Let this learner answer rightly up to a section, or to the end: what pages call."""
        content = self.app.extensions["content"]
        with self.app.app_context(), acting(account, utc_now()) as act:
            while present := (way := self._way(account)).standing.present:
                if present.slug == until:
                    return
                asked, scene = present.waiting[0], present.scene
                chosen = tuple(right_choice(self.policy, asked, scene or self._first(asked)))
                sent = Sent(present.kind, present.slug, asked, scene, chosen)
                answer_at(replace(act, now=utc_now()), content, way, sent)

    def graduate(
        self, account: Account, *, now: datetime | None = None, valid_months: int = 0
    ) -> str:
        """Let this learner pass everything and sign; the certificate's number."""
        self.advance(account)
        base_url = self.app.extensions["settings"].base_url
        issuer = Issuer(
            {"name": self.policy.organisation, "ukprn": None},
            base_url,
            valid_months,
            by_letter=False,
        )
        with self.app.app_context(), acting(account, now or utc_now()) as act:
            content = self.app.extensions["content"]
            return declare(act, content, account, account.full_name, issuer)

    def _way(self, account: Account) -> Journey:
        journey = load(db.session(), self.app.extensions["content"], account.id)
        assert journey is not None, f"{account.full_name} is not enrolled"
        return journey

    def _first(self, scenario_id: str) -> str:
        scenario = self.policy.scenario(scenario_id)
        assert scenario is not None
        return scenario.scenes[0].id

    def take_two_people(self, wanted: bool = True) -> None:
        """Whether what cannot be undone takes two people, as an administrator sets it."""
        with self.app.app_context(), acting(SYSTEM, utc_now()) as act:
            settings_changes.change(act, {"two_people": wanted})

    def deactivate(self, account: Account) -> None:
        """As leaving the institute does."""
        with self.app.app_context(), writing() as session:
            session.execute(
                update(Account).where(Account.id == account.id).values(deactivated_at=utc_now())
            )

    def visitor(self) -> Visitor:
        """A browser of its own, nobody signed in."""
        client = self.app.test_client()
        assert isinstance(client, Visitor)
        return client

    def signed_in(self, account: Account) -> Visitor:
        """A browser in which this person has signed in."""
        visitor = self.visitor()
        visitor.let_in(account)
        return visitor

    def taking(self, account: Account) -> Learner:
        """This person at the induction, on a device of its own."""
        return Learner(self.signed_in(account), self.policy, account.full_name)


@pytest.fixture
def cast(app: Flask) -> Cast:
    """People for this test's database."""
    return Cast(app)


@pytest.fixture
def as_learner(cast: Cast) -> Learner:
    """A new learner, signed in, who has not begun."""
    return cast.taking(cast.learner())


@pytest.fixture
def tiny(tiny_app: Flask) -> Cast:
    """People of an installation that teaches the small policy: a journey there is short."""
    return Cast(tiny_app)


@pytest.fixture
def newcomer(tiny: Cast) -> Learner:
    """Somebody at the very beginning of the small policy."""
    return tiny.taking(tiny.learner())


@pytest.fixture
def as_role(cast: Cast) -> Callable[[Role], Visitor]:
    """Somebody with this role and nothing else, signed in."""
    return lambda role: cast.signed_in(cast.account(role))


@pytest.fixture
def as_tutor(as_role: Callable[[Role], Visitor]) -> Visitor:
    """A tutor without cohorts."""
    return as_role(Role.TUTOR)


@pytest.fixture
def as_compliance(as_role: Callable[[Role], Visitor]) -> Visitor:
    """A compliance officer."""
    return as_role(Role.COMPLIANCE)


@pytest.fixture
def as_admin(as_role: Callable[[Role], Visitor]) -> Visitor:
    """An administrator."""
    return as_role(Role.ADMIN)
