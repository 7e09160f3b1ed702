"""Lists of learners: columns that sort, the next and the one before, and the list on paper."""

import pytest
from sqlalchemy import select, update

from induction.database import utc_now, writing
from induction.extensions import db
from induction.journey.models import Enrolment
from induction.people.models import Account, Cohort, Role
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.importing import upload

NAMES = ("Zara Abbott", "Ann Baker", "Bo Carter")


@pytest.fixture
def bricks(tiny: Cast) -> tuple[Visitor, Cohort, list[Account]]:
    tutor = tiny.account(Role.TUTOR, "Tina Tutor")
    cohort = tiny.cohort("Bricks", tutor)
    people = [tiny.learner(name, cohort=cohort) for name in NAMES]
    return tiny.signed_in(tutor), cohort, people


def test_columns_sort_and_say_so(bricks: tuple[Visitor, Cohort, list[Account]], tiny: Cast) -> None:
    tutor, cohort, people = bricks
    tiny.graduate(people[0])
    here = f"/tutor/cohorts/{cohort.public_id}"
    page = tutor.read(f"{here}?state=complete")
    sorted_by = {h.text: h["aria-sort"] for h in page.all("th") if "aria-sort" in h}
    assert sorted_by == {"Name": "ascending"}
    assert page.links["Steps passed"] == f"{here}?state=complete&sort=progress"
    page = tutor.read(tutor.read(here).links["Steps passed"])
    assert {h.text for h in page.all("th") if "aria-sort" in h} == {"Steps passed"}
    assert [a.text for a in page.all("a") if a.text in NAMES] == [NAMES[1], NAMES[2], NAMES[0]]


@pytest.mark.parametrize("where", ["cohort", "all"])
def test_a_record_leads_to_the_next_in_the_list_that_one_came_from(
    bricks: tuple[Visitor, Cohort, list[Account]], where: str
) -> None:
    tutor, cohort, _ = bricks
    here = f"/tutor/cohorts/{cohort.public_id}" if where == "cohort" else "/tutor/learners"
    page = tutor.read(tutor.read(f"{here}?state=not-started").links["Zara Abbott"])
    assert "1 of 3" in page.text
    page = tutor.read(next(a["href"] for a in page.all("a") if "Next: " in a.text))
    assert page.heading == "Ann Baker"
    beside = [a.text for a in page.all("a") if a.text.startswith(("Before: ", "Next: "))]
    assert beside == ["Before: Zara Abbott", "Next: Bo Carter"]
    back = page.links["Bricks" if where == "cohort" else "The list"]
    assert back == f"{here}?state=not-started"


def test_who_is_in_the_list_no_more_leads_back_to_it(
    bricks: tuple[Visitor, Cohort, list[Account]], tiny: Cast
) -> None:
    tutor, cohort, people = bricks
    href = tutor.read(f"/tutor/cohorts/{cohort.public_id}?state=not-started").links["Ann Baker"]
    tiny.graduate(people[1])
    page = tutor.read(href)
    assert "Next: " not in page.text
    assert page.links["Bricks"] == f"/tutor/cohorts/{cohort.public_id}?state=not-started"
    other = tiny.signed_in(tiny.account(Role.TUTOR))
    assert other.get(href).status_code == 404


def test_a_class_register_has_everybody_by_family_name(
    bricks: tuple[Visitor, Cohort, list[Account]], tiny: Cast
) -> None:
    tutor, cohort, _ = bricks
    at = tutor.read(f"/tutor/cohorts/{cohort.public_id}").links["Class register to print"]
    page = tutor.read(at)
    assert [h.text for h in page.all("th") if h["scope"] == "row"] == [*NAMES]
    assert "Tina Tutor" in page.text
    assert tiny.signed_in(tiny.account(Role.TUTOR)).get(at).status_code == 404


def test_who_was_corrected_by_hand_is_not_missing_from_a_full_list(
    tiny: Cast, bricks: tuple[Visitor, Cohort, list[Account]]
) -> None:
    _, _, people = bricks
    admin = tiny.signed_in(tiny.account(Role.ADMIN))
    missing, *listed = people
    rows = "".join(f"{one.learner_ref},{one.full_name},{one.email},Bricks\n" for one in listed)
    head = "learner_ref,full_name,email,cohort\n"
    assert missing.full_name in admin.read(f"{upload(admin, (head + rows).encode())}?whole=1").text
    at = f"/tutor/people/{missing.public_id}/details"
    values = {"learner_ref": "V03", "email": "zara@x.example", "reason": "Typing error"}
    assert admin.send(admin.read(at).form("reason"), values, at=at).status_code == 303
    rows += f"{missing.learner_ref},{missing.full_name},{missing.email},Bricks\n"
    page = admin.read(f"{upload(admin, (head + rows).encode())}?whole=1")
    assert "Everybody who is here is in the list" in page.text


def test_what_is_new_since_one_was_here_is_who_came_or_did_something(
    tiny: Cast, bricks: tuple[Visitor, Cohort, list[Account]]
) -> None:
    _, cohort, people = bricks
    with tiny.app.app_context():
        tutor = db.session.scalars(select(Account).where(Account.full_name == "Tina Tutor")).one()
    tiny.signed_in(tutor)
    tiny.advance(people[1])
    tiny.learner("Zed Newcomer", cohort=cohort)
    here = tiny.signed_in(tutor)
    page = here.read(here.read("/tutor").links["New since you were here"])
    assert [a.text for a in page.all("a") if a.text in (*NAMES, "Zed Newcomer")] == [
        "Ann Baker", "Zed Newcomer",
    ]  # fmt: skip
    again = tiny.signed_in(tutor)
    assert "Nobody fits" in again.read("/tutor/learners?state=new").text


@pytest.mark.parametrize("of_cohort", [False, True])
def test_who_fits_and_is_here_no_more_is_told_and_led_to(tiny: Cast, of_cohort: bool) -> None:
    cohort = tiny.cohort("Bricks")
    left, ended = (tiny.learner(n, cohort=cohort) for n in ("Zofia Left", "Zofia Ended"))
    now = utc_now()
    with tiny.app.app_context(), writing() as session:
        who = Enrolment.account_id == left.id
        session.execute(update(Enrolment).where(who).values(left_at=now))
        session.execute(update(Account).where(Account.id == ended.id).values(deactivated_at=now))
    officer = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    here = f"/tutor/cohorts/{cohort.public_id}" if of_cohort else "/tutor/learners"
    page = officer.read(f"{here}?search=zofia")
    assert "Nobody fits" in page.text
    assert "show every state" not in page.text
    gone = "1 who has left and 1 whose account has ended"
    assert f"Here no more, and not in this list: {gone}." in page.text
    for account, words in ((left, "1 who has left"), (ended, "1 whose account has ended")):
        answer = officer.get(page.links[words], follow_redirects=True)
        assert account.full_name in answer.text
    tiny.learner("Zofia Here", cohort=cohort)
    tiny.learner("Zofia Too", cohort=cohort)
    page = officer.read(f"{here}?search=zofia")
    assert "those who have left and those whose accounts have ended" in page.text
    assert left.full_name in officer.read(page.links["those who have left"]).text
    assert "Here no more" not in officer.read(here).text
    assert "Here no more" not in officer.read(f"{here}?search=zofia+too+many").text


def test_a_record_of_somebody_who_has_not_begun_counts_nothing(tiny: Cast) -> None:
    learner = tiny.learner()
    officer = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    page = officer.read(f"/tutor/learners/{learner.public_id}")
    assert "Final check: not begun yet" in page.text
    assert "0 of 0" not in page.text
