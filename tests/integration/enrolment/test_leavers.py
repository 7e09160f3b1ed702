"""Whoever is in a full list no more has left: seen first, braked where they are many."""

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy import update

from induction.database import writing
from induction.people.models import Account, Role
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.importing import upload
from tests.support.record import actions, rows

HEAD = "learner_ref,full_name,email,cohort\n"


@pytest.fixture
def people(tiny: Cast) -> dict[str, Account]:
    """Three in Hair, two in Nails, and one in no cohort."""
    hair, nails = tiny.cohort("Hair"), tiny.cohort("Nails")
    where = {"Ann": hair, "Bo": hair, "Cy": hair, "Dee": nails, "Ed": nails, "Fay": None}
    return {name: tiny.learner(f"{name} Lee", cohort=cohort) for name, cohort in where.items()}


def listed(people: dict[str, Account], *names: str, cohort: str = "Hair") -> bytes:
    text = "".join(
        f"{people[name].learner_ref},{name} Lee,{people[name].email},{cohort}\n" for name in names
    )
    return (HEAD + text).encode()


def left(tiny: Cast) -> list[str]:
    query = (
        "SELECT a.full_name FROM account a JOIN enrolment e ON e.account_id = a.id"
        " WHERE e.left_at IS NOT NULL"
    )
    return sorted(name.split()[0] for (name,) in rows(tiny.app, query))


def choose(visitor: Visitor, address: str, leavers: str, **more: str) -> int:
    form = visitor.read(f"{address}?whole=1").form("leavers")
    return visitor.send(form, {"leavers": leavers, **more}).status_code


def test_who_is_not_in_the_list_is_shown_first_and_marked_where_it_is_chosen(
    tiny: Cast, people: dict[str, Account]
) -> None:
    admin = tiny.signed_in(tiny.account(Role.ADMIN))
    with tiny.app.app_context(), writing() as session:  # nobody is in a list by having no address
        session.execute(update(Account).where(Account.id == people["Ed"].id).values(email=None))
    address = upload(admin, listed(people, "Ann", "Bo") + b"N1,New One,,Hair\n")
    assert "not in it" in admin.read(address).text
    page = admin.read(f"{address}?whole=1").text
    assert all(name in page for name in ("Cy Lee", "Dee Lee", "Ed Lee", "Fay Lee"))
    assert "Ann Lee" not in page
    assert choose(admin, address, "") == 303
    assert left(tiny) == [], "nobody leaves unless it is chosen"
    assert choose(admin, address, "cohorts") == 303
    assert left(tiny) == ["Cy"]
    assert actions(tiny.app)[-2:] == ["tutoring:left", "people:leavers-marked"]
    assert "Not in the full list" in admin.read(f"/tutor/learners/{people['Cy'].public_id}").text
    assert choose(admin, address, "all") == 303
    assert left(tiny) == ["Cy", "Dee", "Ed", "Fay"]
    assert "Everybody who is here is in the list" in admin.read(f"{address}?whole=1").text


def test_many_at_once_are_marked_only_where_somebody_says_that_they_looked(
    tiny: Cast, people: dict[str, Account]
) -> None:
    for number in range(4):
        tiny.learner(f"Gus {number}")
    admin = tiny.signed_in(tiny.account(Role.ADMIN))
    address = upload(admin, listed(people, "Ann", "Bo"))
    form = admin.read(f"{address}?whole=1").form("leavers")
    refused = admin.send(form, {"leavers": "all"})
    assert refused.status_code == 422
    assert "8 of 10 people would be marked as left" in refused.get_data(as_text=True)
    assert left(tiny) == []
    assert choose(admin, address, "all", all_gone="y") == 303
    assert len(left(tiny)) == 8


def test_a_tutor_marks_nobody_whom_they_do_not_see_and_a_refused_row_is_in_the_list(
    tiny: Cast, people: dict[str, Account]
) -> None:
    tutor = tiny.account(Role.TUTOR)
    mine = tiny.cohort("Mine", tutor)
    one, two = tiny.learner("Gus Lee", cohort=mine), tiny.learner("Hal Lee", cohort=mine)
    visitor = tiny.signed_in(tutor)
    sent = f"{HEAD}{one.learner_ref},,not-an-address,Mine\n"
    address = upload(visitor, sent.encode())
    assert "Hal Lee" in visitor.read(f"{address}?whole=1").text
    assert choose(visitor, address, "all", skip_bad="y") == 303
    assert left(tiny) == ["Hal"], two.full_name


def test_the_command_takes_what_comes_on_standard_input_and_brakes_by_itself(
    tiny: Cast, people: dict[str, Account]
) -> None:
    runner: FlaskCliRunner = tiny.app.test_cli_runner()
    for number in range(4):
        tiny.learner(f"Gus {number}")
    tiny.account(Role.ADMIN)
    ask = ["people", "import", "-", "--leavers"]
    sent = listed(people, "Ann", "Bo")
    dry = runner.invoke(args=[*ask, "cohorts", "--dry-run"], input=sent)
    assert (dry.exit_code, f"not in the list: {people['Cy'].learner_ref}" in dry.output) == (
        0,
        True,
    )
    assert left(tiny) == []
    braked = runner.invoke(args=[*ask, "all", "--expect-at-least", "2"], input=sent)
    assert braked.exit_code == 1
    assert "of 10 people who are here, the list lacks 8" in braked.output
    assert left(tiny) == []
    ((subject, body),) = rows(tiny.app, "SELECT subject, body FROM outbox_mail LIMIT 1")
    assert "more people are missing from it" in body, subject
    done = runner.invoke(args=[*ask, "all", "--leavers-at-most", "8"], input=sent)
    assert "8 marked as left" in done.output
    assert left(tiny) == ["Cy", "Dee", "Ed", "Fay", "Gus", "Gus", "Gus", "Gus"]
    nothing = runner.invoke(args=["people", "import", "-"], input=b"")
    assert nothing.exit_code == 1
