"""The board and a cohort's page: who is done, who is stuck, and lists to take away."""

import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, update

from induction.database import utc_now, writing
from induction.people.models import Account, Cohort, CohortTutor, Role
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.queries import Statements
from tests.support.record import rows

FORMULA = "=HYPERLINK(“x”) Smith"


@pytest.fixture
def bricks(tiny: Cast) -> tuple[Visitor, Cohort]:
    """A tutor, and their cohort: one complete, one under way, one late, one like a formula."""
    tutor = tiny.account(Role.TUTOR)
    cohort = tiny.cohort("Bricks", tutor)
    tiny.graduate(tiny.learner("Amina Yusuf", cohort=cohort))
    begun = tiny.learner("Bronwen Price", cohort=cohort)
    tiny.advance(begun, until=tiny.policy.sections[-1].slug)
    tiny.learner("Callum Reid", cohort=cohort, due_on=(utc_now() - timedelta(days=3)).date())
    tiny.learner(FORMULA, cohort=cohort)
    return tiny.signed_in(tutor), cohort


def listed(visitor: Visitor, address: str) -> list[str]:
    """The names in a list, in order."""
    links = visitor.read(address).all("a")
    return [link.text for link in links if link["href"].startswith("/tutor/learners/")]


def test_the_board_has_a_line_for_each_cohort(bricks: tuple[Visitor, Cohort]) -> None:
    tutor, cohort = bricks
    page = tutor.read("/tutor")
    assert page.links["Bricks"] == f"/tutor/cohorts/{cohort.public_id}"
    head = tutor.read(f"/tutor/cohorts/{cohort.public_id}").text
    for said in ("1 done", "1 under way", "2 not started", "1 overdue", "0 stuck"):
        assert said in head


def test_nobody_who_was_reminded_today_is_to_be_reminded_again(
    bricks: tuple[Visitor, Cohort], tiny: Cast
) -> None:
    tutor, _ = bricks
    board = tutor.read("/tutor")
    assert "Overdue, 1: remind" in board.links
    remind = board.links["Remind: Callum Reid"]
    form = tutor.read(remind).form("own_words")
    assert tutor.send(form, {"send": "1"}, at=remind).status_code == 303
    board = tutor.read("/tutor")
    assert "Everybody who is overdue was reminded today." in board.text
    assert "Change the due date: Callum Reid" in board.links
    assert not [words for words in board.links if "emind" in words and "Callum" in words]
    assert "Total of these cohorts" not in board.text, "one cohort is its own total"
    tiny.learner("Dee Fox", cohort=tiny.cohort("Hair"))
    assert "Total of these cohorts; whoever is in two is counted in both 5" in (
        tiny.signed_in(tiny.account(Role.HEAD)).read("/tutor").text
    )


def test_f17_a_cohort_whose_only_tutor_has_gone_is_marked(
    bricks: tuple[Visitor, Cohort], tiny: Cast
) -> None:
    head = tiny.signed_in(tiny.account(Role.HEAD))
    assert "No tutor" not in head.read("/tutor").text
    with tiny.app.app_context(), writing() as session:
        session.execute(
            update(Account)
            .where(Account.id.in_(select(CohortTutor.account_id)))
            .values(deactivated_at=utc_now())
        )
    assert "No tutor" in head.read("/tutor").text


def test_a_list_is_narrowed_searched_and_sorted_by_its_address(
    bricks: tuple[Visitor, Cohort],
) -> None:
    tutor, cohort = bricks
    here = f"/tutor/cohorts/{cohort.public_id}"
    assert len(listed(tutor, here)) == 4
    assert listed(tutor, f"{here}?state=complete") == ["Amina Yusuf"]
    assert listed(tutor, f"{here}?state=in-progress") == ["Bronwen Price"]
    assert listed(tutor, f"{here}?state=overdue") == ["Callum Reid"]
    assert listed(tutor, f"{here}?search=bronw") == ["Bronwen Price"]
    assert listed(tutor, f"{here}?sort=due")[0] == "Callum Reid"
    assert listed(tutor, f"{here}?sort=progress")[-1] == "Amina Yusuf"
    assert len(listed(tutor, f"{here}?sort=nonsense")) == 4


def test_a_state_that_there_is_not_is_never_everyone(
    tiny: Cast, bricks: tuple[Visitor, Cohort]
) -> None:
    tutor, cohort = bricks
    here = f"/tutor/cohorts/{cohort.public_id}"
    for page in (here, f"{here}/remind", f"{here}/learners.csv", "/tutor/learners"):
        assert tutor.get(f"{page}?state=nope").status_code == 404, page
    data = {"csrf_token": tutor.token(), "send": "1"}
    assert tutor.post(f"{here}/remind?state=nope", data=data).status_code == 404
    assert rows(tiny.app, "SELECT count(*) FROM outbox_mail") == [(0,)]


def test_what_is_counted_leads_to_who_is_counted(bricks: tuple[Visitor, Cohort]) -> None:
    tutor, cohort = bricks
    here = f"/tutor/cohorts/{cohort.public_id}"
    for page, words in (("/tutor", "1 overdue in Bricks"), (here, "1 overdue")):
        links = tutor.read(page).links
        assert links[words] == f"{here}?state=overdue"
        assert not [href for href in links.values() if "state=stuck" in href], "nobody is"
    assert listed(tutor, f"{here}?state=overdue") == ["Callum Reid"]


def test_pictures_have_words_and_tables(bricks: tuple[Visitor, Cohort]) -> None:
    tutor, cohort = bricks
    page = tutor.read(f"/tutor/cohorts/{cohort.public_id}")
    [picture] = [svg for svg in page.all("svg") if svg["role"] == "img"]
    assert picture["aria-labelledby"] == "picture-title picture-words"
    assert "1 of 4 had completed by" in page.text
    steps = next(t for t in page.all("table") if "Learners at each step" in t.text)
    bars = [bar["width"] for bar in steps.all("rect")]
    assert (bars[0], bars[-1]) == ("50.0", "25.0"), "two of four, one of four: shares of everyone"
    captions = [caption.text for caption in page.all("caption")]
    assert "Learners at each step" in captions
    assert "Completed by the end of each week" in captions


def test_t15_what_is_on_the_screen_is_taken_away_with_formulas_as_text(
    bricks: tuple[Visitor, Cohort],
) -> None:
    tutor, cohort = bricks
    here = f"/tutor/cohorts/{cohort.public_id}/learners"
    data = tutor.get(f"{here}.csv?state=not-started").get_data().decode("utf-8-sig")
    names = [row["full_name"] for row in csv.DictReader(io.StringIO(data))]
    assert names == ["Callum Reid", f"'{FORMULA}"]
    book = load_workbook(io.BytesIO(tutor.get(f"{here}.xlsx?search=smith").get_data()))
    cell = book.worksheets[0]["B2"]
    assert (cell.value, cell.data_type) == (FORMULA, "s"), "a text, not a formula"


def test_the_pages_of_a_list_hold_everyone_who_is_counted(
    tiny: Cast, bricks: tuple[Visitor, Cohort]
) -> None:
    tutor, cohort = bricks
    here = f"/tutor/cohorts/{cohort.public_id}"
    people = [tiny.learner(f"Pupil {number:02}", cohort=cohort) for number in range(24)]
    left = people[0]
    act = f"/tutor/learners/{left.public_id}/leave"
    tutor.send(tutor.read(act).form("reason"), {"reason": "Another college"}, at=act)
    first, second = tutor.read(here).text, tutor.read(f"{here}?page=2").text
    assert ("1 to 25 of 27 learners" in first, "26 to 27 of 27 learners" in second) == (True, True)
    names = listed(tutor, here) + listed(tutor, f"{here}?page=2")
    assert (len(names), len(set(names)), left.full_name in names) == (27, 27, False)
    assert "1 to 23 of 23 learners" in tutor.read(f"{here}?search=Pupil").text


@pytest.mark.parametrize("what", ["", "?sort=idle", "?state=unfinished&search=a"])
def test_a_longer_list_costs_no_more_queries(
    tiny: Cast,
    bricks: tuple[Visitor, Cohort],
    what: str,
    queries: Callable[..., AbstractContextManager[Statements]],
) -> None:
    tutor, cohort = bricks
    pages = (f"/tutor/cohorts/{cohort.public_id}{what}", "/tutor", "/tutor/learners")
    found = []
    for _ in range(2):
        for page in pages:
            with queries(tiny.app) as sent:
                tutor.get(page)
            found.append(len(sent))
        for number in range(8):
            tiny.learner(f"Learner {'ABCDEFGH'[number]}", cohort=cohort)
    assert all(found)
    assert found[:3] == found[3:]
    assert found[0] <= 8, "a cohort's page"
