"""Views of lists: kept under a name by one person, opened by one press, deleted."""

import csv
from urllib.parse import urlencode

from sqlalchemy import update

from induction.database import writing
from induction.people.models import Account, Role
from tests.support.cast import Cast
from tests.support.page import Page
from tests.support.record import count, rows


def test_a_list_as_it_is_narrowed_is_kept_opened_and_deleted(tiny: Cast) -> None:
    tutor = tiny.account(Role.TUTOR)
    hair = tiny.cohort("Hair", tutor)
    tiny.learner("Ann Lee", cohort=hair)
    mine, other = tiny.signed_in(tutor), tiny.signed_in(tiny.account(Role.HEAD))
    here = f"/tutor/cohorts/{hair.public_id}"
    assert "Keep this view" not in mine.read(here).text, "the whole list is a press away already"
    narrowed = f"{here}?state=not-started&search=lee&sort=due"
    keep = mine.read(narrowed).links["Keep this view"]
    form = mine.read(keep).form("name")
    assert mine.send(form, {"name": "  "}, at=keep).status_code == 422
    sent = mine.send(form, {"name": "Monday’s calls"}, at=keep)
    assert sent.status_code == 303
    for page in ("/tutor", "/tutor/learners", here):
        opened = mine.read(page).links["Monday’s calls"]
        assert "Ann Lee" in mine.read(opened).text
        assert {"state=not-started", "search=lee", "sort=due"} <= {*opened.split("?")[1].split("&")}
    assert "Monday’s calls" not in other.read("/tutor/learners").text
    assert mine.send(form, {"name": "Monday’s calls"}, at=keep).status_code == 303
    assert count(tiny.app, "saved_view") == 1, "one of the same name gives way"
    delete = next(f for f in mine.read("/tutor/views").forms if f.action.endswith("/delete"))
    assert (
        "not there"
        in other.read(other.post(delete.action, data={"csrf_token": other.token()}).location).text
    )
    assert count(tiny.app, "saved_view") == 1
    assert "The view is deleted." in mine.read(mine.send(delete).location).text
    assert rows(tiny.app, "SELECT id FROM saved_view") == []
    assert "No views yet" in mine.read("/tutor/views").text


def test_one_person_keeps_thirty_views_and_none_of_a_cohort_that_is_theirs_no_more(
    tiny: Cast,
) -> None:
    tutor = tiny.account(Role.TUTOR)
    hair = tiny.cohort("Hair", tutor)
    mine = tiny.signed_in(tutor)
    token = mine.token()
    answers = [
        mine.post(
            f"/tutor/views?state=stuck&cohort={hair.public_id}",
            data={"name": f"View {number}", "csrf_token": token},
        )
        for number in range(31)
    ]
    assert [answer.status_code for answer in answers] == [303] * 30 + [422]
    assert "Delete one first." in answers[-1].get_data(as_text=True)
    admin = tiny.signed_in(tiny.account(Role.ADMIN))
    edit = f"/tutor/cohorts/{hair.public_id}/edit"
    form = admin.read(edit).form("tutors")
    assert admin.send(form, {"tutors": []}, at=edit).status_code == 303
    assert "View 3" not in mine.read("/tutor/views").text


def test_a_list_is_narrowed_to_an_employer_on_the_screen_in_files_and_in_views(tiny: Cast) -> None:
    tutor = tiny.account(Role.TUTOR)
    hair = tiny.cohort("Hair", tutor)
    names = {"Ann Lee": "Bright & Sons Ltd", "Bo Bright": "Oak Ltd", "Cy Fox": "Sons of Bright"}
    for name, employer in names.items():
        one = tiny.learner(name, cohort=hair)
        with tiny.app.app_context(), writing() as session:
            session.execute(update(Account).where(Account.id == one.id).values(employer=employer))
    mine, here = tiny.signed_in(tutor), f"/tutor/cohorts/{hair.public_id}"
    narrowed = mine.read(here)
    for page in ("/tutor/learners", here):
        whole = mine.read(page)
        narrowed = mine.read(f"{page}?{urlencode({**gone_by(whole), 'employer': 'bright'})}")
        assert "Ann Lee" in narrowed.text
        assert "Cy Fox" in narrowed.text
        assert "Bo Bright" not in narrowed.text, "that is a name"
        assert narrowed.form("employer").fields["employer"] == ["bright"]
    files = [a["href"] for a in narrowed.all("a") if "learners.csv" in a["href"]]
    assert [href.rpartition("?")[2] for href in files] == ["employer=bright"]
    taken = mine.get(f"{here}/learners.csv?employer=oak").get_data(as_text=True)
    assert "Bo Bright" in taken
    assert "Ann Lee" not in taken
    file = mine.read("/tutor/learners?employer=bright").links["This list as CSV"]
    of_all = [line["full_name"] for line in csv.DictReader(mine.get(file).text.splitlines())]
    assert of_all == ["Cy Fox", "Ann Lee"], "by family name, of every cohort"
    keep = mine.read(f"{here}?employer=oak").links["Keep this view"]
    assert "employer “oak”" in mine.read(keep).text
    mine.send(mine.read(keep).form("name"), {"name": "Oak"}, at=keep)
    opened = mine.read(mine.read("/tutor").links["Oak"])
    assert "Bo Bright" in opened.text
    assert "Ann Lee" not in opened.text


def gone_by(page: Page) -> dict[str, str]:
    """What the form above a list sends where nothing was changed in it."""
    return {name: values[0] for name, values in page.form("search").fields.items() if values}
