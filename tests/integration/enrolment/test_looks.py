"""A long list is looked at once; its pages cost the same for any length, and say what changed."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from sqlalchemy import delete, text, update

from induction.audit.act import SYSTEM, acting
from induction.database import utc_now, writing
from induction.enrolment import carrying_on, looks, under_way
from induction.enrolment.models import ListLook
from induction.people.models import Account, AccountRole, Role
from induction.personal_data import erasure
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.importing import go_ahead, upload
from tests.support.page import Page
from tests.support.post import work
from tests.support.queries import Statements
from tests.support.record import count, rows

HEAD = "learner_ref,full_name,email,cohort\n"
PEOPLE = under_way.LONG + 1
BEING = "A long list is looked at"
SINCE = "Something has changed since the list was looked at"


def a_list(number: int = PEOPLE, more: str = "") -> bytes:
    lines = (f"Q{n:05},Ann Lee {n},q{n}@x.example,Bricks\n" for n in range(number))
    return (HEAD + "".join(lines) + more).encode()


@pytest.fixture
def admin(tiny: Cast) -> Visitor:
    return tiny.signed_in(tiny.account(Role.ADMIN))


@pytest.fixture
def by_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each long list takes the worker."""
    monkeypatch.setattr(looks, "AT_ONCE", 200)


def change(tiny: Cast, statement: object) -> None:
    with tiny.app.app_context(), writing() as session:
        session.execute(statement)  # type: ignore[call-overload]


def look_again(visitor: Visitor, address: str) -> None:
    page = visitor.read(address)
    (form,) = (one for one in page.forms if one.action.endswith("/again"))
    assert visitor.send(form, at=address).status_code == 303


def numbers(page: Page) -> tuple[int, ...]:
    """New, changed, the same, refused: as the page says on top."""
    said = re.search(r"(\d+) new\W*(\d+) changed\W*(\d+) the same\W*(\d+) refused", page.text)
    assert said, page.text
    return tuple(map(int, said.groups()))


def test_a_page_costs_the_same_for_any_length_and_reads_no_list(
    tiny: Cast, admin: Visitor, queries: Callable[..., AbstractContextManager[Statements]]
) -> None:
    sent: list[list[str]] = []
    for several in (1, 4):
        address = upload(admin, a_list(several * PEOPLE))
        for page in (address, address + "?show=new&page=9"):
            admin.read(page)
            with queries(tiny.app) as statements:
                assert f"Import {several * PEOPLE} people" in admin.read(page).text
            sent.append([str(one) for one in statements])
    assert len({len(statements) for statements in sent}) == 1, [len(one) for one in sent]
    assert not [one for one in sent[-1] if "import_draft.rows" in one]


@pytest.mark.usefixtures("by_the_worker")
def test_a_list_that_takes_long_is_looked_at_by_the_worker(tiny: Cast, admin: Visitor) -> None:
    here = tiny.learner("Zoe Last", newcomer=True)
    more = f"{here.learner_ref},Zoe Least,,\nQ00001,Bo Li,bo@x.example,\n"
    address = upload(admin, a_list(more=more))
    page = admin.read(address)
    assert BEING in page.text
    assert f"0 of {PEOPLE + 2}" in page.text
    work(tiny.app)
    page = admin.read(address)
    assert numbers(page) == (PEOPLE, 1, 0, 1)
    assert "Looked at on" in page.text
    assert SINCE not in page.text
    assert "The same learner_ref stands in row 3" in page.text
    assert "Zoe Last → Zoe Least" in admin.read(address + "?show=changed").text
    assert "Ann Lee 500" in admin.read(f"{address}?show=new&page={-(-PEOPLE // 25)}").text
    missing = admin.read(address + "?whole=1")
    assert "Everybody who is here is in the list" in missing.text
    assert go_ahead(admin, address, skip_bad="y") == 303
    work(tiny.app)
    assert "1 row was refused" in admin.read(address).text
    assert "The dry run" not in admin.read(address).text


@pytest.mark.usefixtures("by_the_worker")
def test_whatever_changes_after_the_look_is_told_and_not_taken_for_what_it_was(
    tiny: Cast, admin: Visitor
) -> None:
    address = upload(admin, a_list())
    work(tiny.app)
    form = admin.read("/tutor/enrol").form("learner_ref")
    typed = {"learner_ref": "Q00003", "full_name": "Bo Li", "email": "bo@x.example"}
    assert admin.send(form, typed, at="/tutor/enrol").status_code == 303
    page = admin.read(address)
    assert SINCE in page.text
    assert f"{PEOPLE} new" in page.text, "the numbers are those of then"
    (row,) = (one for one in page.all("tr") if "Row 5" in one.text)
    assert "By now" in row.text
    assert "Bo Li → Ann Lee 3" in row.text
    go_ahead(admin, address)
    work(tiny.app)
    told = admin.read(address).text
    assert f"{PEOPLE - 1} people are new, 1 changed, 0 the same." in told
    assert f"said {PEOPLE} new, 0 changed, 0 same, 0 refused." in told


@pytest.mark.usefixtures("by_the_worker")
def test_looking_again_counts_as_it_is_now(tiny: Cast, admin: Visitor) -> None:
    address = upload(admin, a_list())
    work(tiny.app)
    person = tiny.learner("Ann Lee 3", email="q3@x.example", newcomer=True)
    change(tiny, update(Account).where(Account.id == person.id).values(learner_ref="Q00003"))
    look_again(admin, address)
    assert BEING in admin.read(address).text
    work(tiny.app)
    page = admin.read(address)
    assert numbers(page) == (PEOPLE - 1, 1, 0, 0)
    assert SINCE not in page.text


def test_a_list_that_is_quick_is_looked_at_anew_where_anything_changed(
    tiny: Cast, admin: Visitor
) -> None:
    address = upload(admin, a_list())
    assert "Looked at on" in admin.read(address).text
    tiny.cohort("Hair")
    form = admin.read("/tutor/enrol").form("learner_ref")
    typed = {"learner_ref": "Q00003", "full_name": "Bo Li", "email": "bo@x.example"}
    admin.send(form, typed, at="/tutor/enrol")
    page = admin.read(address)
    assert numbers(page) == (PEOPLE - 1, 1, 0, 0)
    assert "Looked at on" not in page.text


@pytest.mark.usefixtures("by_the_worker")
def test_who_is_missing_stands_beside_a_list_that_the_worker_looked_at(
    tiny: Cast, admin: Visitor
) -> None:
    gone = [tiny.learner(f"Zoe Last {n}", newcomer=True) for n in range(27)]
    address = upload(admin, a_list())
    work(tiny.app)
    assert "Not in the list" not in admin.read(address).text
    page = admin.read(address + "?whole=1")
    assert "Not in the list (27)" in page.text
    assert "Zoe Last 9" in admin.read(address + "?whole=1&show=missing&page=2").text
    change(tiny, update(Account).where(Account.id == gone[0].id).values(full_name="Yan Wu"))
    assert "Yan Wu" in admin.read(address + "?whole=1&show=missing").text
    assert go_ahead(admin, address + "?whole=1", leavers="all", all_gone="y") == 303
    for _ in range(2):
        work(tiny.app)
    assert "27 people are marked as left" in admin.read(address).text


@pytest.mark.usefixtures("by_the_worker")
def test_mending_a_row_has_the_list_looked_at_again(tiny: Cast, admin: Visitor) -> None:
    address = upload(admin, a_list(more="Z1,Zoe Last,nonsense,Bricks\n"))
    work(tiny.app)
    page = admin.read(address)
    form = page.form(f"cell-{PEOPLE + 2}-email")
    typed = {f"cell-{PEOPLE + 2}-email": "zoe@x.example"}
    assert admin.send(form, typed, at=address).status_code == 303
    assert BEING in admin.read(address).text
    work(tiny.app)
    assert f"{PEOPLE + 1} new" in admin.read(address).text


@pytest.mark.usefixtures("by_the_worker")
def test_nothing_is_kept_of_whoever_is_erased(tiny: Cast, admin: Visitor) -> None:
    last = tiny.learner("Zoe Unlikely", email="q5@x.example", newcomer=True)
    address = upload(admin, a_list(more="Q77777,Zoe Unlikely,other@x.example,Bricks\n"))
    work(tiny.app)
    kept = "SELECT CAST(rows AS TEXT) FROM list_page"
    assert any("Zoe Unlikely" in one for (one,) in rows(tiny.app, kept))
    with tiny.app.app_context(), acting(SYSTEM, utc_now()) as act:
        account = act.session.get_one(Account, last.id)
        erasure.erase_all(act, [account], tiny.app.extensions["settings"].instance)
    assert rows(tiny.app, kept) == []
    assert BEING in admin.read(address).text
    work(tiny.app)
    assert rows(tiny.app, kept)
    assert not any("Zoe Unlikely" in one for (one,) in rows(tiny.app, kept))
    assert f"{PEOPLE - 1} new" in admin.read(address).text


@pytest.mark.usefixtures("by_the_worker")
def test_a_look_of_other_roles_is_not_shown(tiny: Cast) -> None:
    both = tiny.account(Role.ADMIN)
    tiny.cohort("Hair", both)
    change(tiny, text(f"INSERT INTO account_role VALUES ({both.id}, 'tutor')"))
    visitor = tiny.signed_in(both)
    address = upload(visitor, a_list())
    work(tiny.app)
    assert f"{PEOPLE} new" in visitor.read(address).text
    change(tiny, delete(AccountRole).where(AccountRole.role == "admin"))
    page = visitor.read(address)
    assert "Looked at on" not in page.text
    look_again(visitor, address)
    work(tiny.app)
    assert f"{PEOPLE} refused" in visitor.read(address).text


@pytest.mark.usefixtures("by_the_worker")
def test_a_worker_that_was_cut_off_while_looking_is_followed_by_another(
    tiny: Cast, admin: Visitor
) -> None:
    address = upload(admin, a_list())
    change(tiny, update(ListLook).values(heard_at=utc_now(), done=200))
    work(tiny.app)
    assert f"200 of {PEOPLE}" in admin.read(address).text, "another worker is at it"
    long_ago = utc_now() - looks.SILENT - timedelta(seconds=1)
    change(tiny, update(ListLook).values(heard_at=long_ago))
    work(tiny.app)
    assert f"Import {PEOPLE} people" in admin.read(address).text
    assert count(tiny.app, "list_page") == -(-PEOPLE // 25)


@pytest.mark.usefixtures("by_the_worker")
def test_a_fault_of_ours_is_told_and_it_can_be_looked_at_again(tiny: Cast, admin: Visitor) -> None:
    address = upload(admin, a_list())
    faulty = (
        "CREATE TRIGGER faulty BEFORE INSERT ON list_page BEGIN SELECT RAISE(ABORT, 'a fault'); END"
    )
    change(tiny, text(faulty))
    work(tiny.app)
    assert "Something went wrong on our side" in admin.read(address).text
    change(tiny, text("DROP TRIGGER faulty"))
    look_again(admin, address)
    with tiny.app.app_context():  # the worker waits a while with a chore that has failed
        carrying_on.chore()
    assert f"Import {PEOPLE} people" in admin.read(address).text


@pytest.mark.usefixtures("by_the_worker")
def test_what_undoing_would_do_is_looked_at_by_the_worker_as_well(
    tiny: Cast, admin: Visitor
) -> None:
    address = upload(admin, a_list())
    go_ahead(admin, address)
    work(tiny.app)
    undo = next(a["href"] for a in admin.read(address).all("a") if "/imports/" in a["href"])
    assert f"It concerns {PEOPLE} people" in admin.read(undo).text
    look_again(admin, undo)
    assert f"0 of {PEOPLE}" in admin.read(undo).text
    work(tiny.app)
    page = admin.read(undo)
    assert f"Removed, {PEOPLE}: Ann Lee" in page.text
    assert f"and {PEOPLE - 12} more" in page.text
    assert "The cohort Bricks goes" in page.text
    assert SINCE not in page.text
    go_ahead(admin, upload(admin, (HEAD + "Q00003,Bo Li,q3@x.example,Bricks\n").encode()))
    assert SINCE in admin.read(undo).text
    why = {"reason": "The wrong list."}
    assert admin.send(admin.read(undo).form("reason"), why, at=undo).status_code == 303
    for _ in range(2):
        work(tiny.app)
    assert f"{PEOPLE - 1} people removed" in admin.read(undo).text
