"""What staff do on a Monday takes few presses: of links, buttons, boxes and lists; typing is free.

Each number of presses is a promise: whoever needs one more changes the promise, or mends the page.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import Download, Locator, Page, expect

from induction.database import utc_now
from induction.people.models import Role
from induction.uk_time import uk_date, uk_day
from tests.browser.conftest import sign_in
from tests.support.browser import Visits, follow
from tests.support.cast import Cast
from tests.support.record import actions, rows

pytestmark = pytest.mark.browser
SAID = "Spoken to in the workshop"


@dataclass
class Desk:
    """A member of staff at their first page, whose presses are counted."""

    page: Page
    presses: int = 0

    def press(self, wanted: Locator | str) -> None:
        """Press what leads on: a link or a button that says this, or one found by other means."""
        follow(self.saying(wanted) if isinstance(wanted, str) else wanted)
        self.presses += 1

    def tick(self, label: str) -> None:
        """Tick a box."""
        self.page.get_by_label(label).check()
        self.presses += 1

    def fetch(self, words: str) -> Download:
        """Press what downloads a file, and wait until that is on its way."""
        with self.page.expect_download() as arriving:
            self.saying(words).click()
        self.presses += 1
        return arriving.value

    def saying(self, words: str) -> Locator:
        """The link or the button that says this."""
        main = self.page.get_by_role("main")
        return (
            main.get_by_role("link", name=words).or_(main.get_by_role("button", name=words)).first
        )


def at_desk(visits: Visits, email: str) -> Desk:
    page = visits.desktop()
    sign_in(page, email)
    return Desk(page)


def test_overdue_people_of_three_cohorts_are_reminded_in_two(cast: Cast, visits: Visits) -> None:
    tutor, day = cast.account(Role.TUTOR), uk_day(utc_now()) - timedelta(days=30)
    for name in ("Bricklaying", "Catering", "Hairdressing"):
        cohort = cast.cohort(name, tutor)
        for _ in range(2):
            cast.learner(f"Overdue In {name}", cohort=cohort, due_on=day)
    desk = at_desk(visits, tutor.email)
    desk.press("Overdue, 6: remind")
    desk.press("Send to 6")
    expect(desk.page.get_by_role("main")).to_contain_text("6 reminded")
    assert desk.presses == 2
    letters = rows(cast.app, "SELECT body FROM outbox_mail WHERE subject LIKE '%a message from%'")
    assert len(letters) == 6
    assert all(f"It was due on {uk_date(day)}. You can still finish it." in b for (b,) in letters)


def test_everybody_who_is_stuck_is_dealt_with_in_two(cast: Cast, visits: Visits) -> None:
    tutor = cast.account(Role.TUTOR)
    for name in ("Bricklaying", "Catering"):
        learner = cast.learner(f"Stuck In {name}", cohort=cast.cohort(name, tutor))
        cast.taking(learner).walk(_has_become_stuck(cast, learner.id), rightly=False)
    desk = at_desk(visits, tutor.email)
    desk.press("Stuck, 2: dealt with")
    desk.page.get_by_label("Why?").fill(SAID)
    desk.press("Dealt with: 2")
    assert desk.presses == 2
    assert actions(cast.app).count("tutoring:stuck-settled") == 2
    expect(desk.page.get_by_role("main")).to_contain_text("Done for 2 people.")


def _has_become_stuck(cast: Cast, account: int) -> Callable[[object], bool]:
    query = (
        "SELECT state FROM progress JOIN enrolment ON enrolment.id = enrolment_id"
        " WHERE account_id = :who"
    )
    return lambda _: rows(cast.app, query, who=account) == [("stuck",)]


def test_a_tutor_who_has_married_has_their_new_name_in_three(cast: Cast, visits: Visits) -> None:
    tutor, admin = cast.account(Role.TUTOR, "Bronwen Price"), cast.account(Role.ADMIN)
    desk = at_desk(visits, admin.email)
    desk.press("Bronwen Price")
    desk.press("Correct these details")
    desk.page.get_by_label("Full name").fill("Bronwen Okafor")
    desk.page.get_by_label("Why?").fill("Married")
    desk.press(desk.page.get_by_role("button", name="Correct"))
    assert desk.presses == 3
    query = "SELECT full_name FROM account WHERE id = :who"
    assert rows(cast.app, query, who=tutor.id) == [("Bronwen Okafor",)]


def test_one_pack_of_those_who_started_in_september_in_two_cohorts_in_five(
    cast: Cast, visits: Visits, tmp_path: Path
) -> None:
    numbers = {}
    for name in ("Bricklaying", "Catering", "Hairdressing"):
        learner = cast.learner(f"Done In {name}", cohort=cast.cohort(name))
        after = utc_now() + timedelta(seconds=1)  # certificates keep whole seconds
        numbers[name] = cast.graduate(learner, now=after)
    desk = at_desk(visits, cast.account(Role.COMPLIANCE).email)
    started: date = uk_day(utc_now())
    desk.press("Make an audit pack")
    desk.tick("Bricklaying")
    desk.tick("Catering")
    desk.page.get_by_label("Started from").fill((started - timedelta(days=20)).isoformat())
    desk.page.get_by_label("Started to").fill(started.isoformat())
    desk.press(desk.page.get_by_role("button", name="Show").last)
    arriving = desk.fetch("Make and download the pack")
    assert desk.presses == 5
    arriving.save_as(kept := tmp_path / "pack.zip")
    with ZipFile(kept) as pack:
        drawn = {
            name[-len("1234-1234-1234-1234.pdf") : -len(".pdf")]
            for name in pack.namelist()
            if name.endswith(".pdf")
        }
    assert drawn == {numbers["Bricklaying"], numbers["Catering"]}
