"""An import is taken back as far as nobody has acted on it since; what stays is told, with why."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from induction.database import utc_now, writing
from induction.people.models import Account, Cohort, Role
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.importing import go_ahead, upload
from tests.support.page import Page
from tests.support.record import actions, count, rows

HEAD = "learner_ref,full_name,email,cohort,due_date,uln\n"
WHY = {"reason": "It was last year’s list."}


def take_in(visitor: Visitor, text: str, **values: str) -> str:
    """Import a list; the address of its undoing."""
    address = upload(visitor, (HEAD + text).encode())
    assert go_ahead(visitor, address, **values) == 303
    return undoing(visitor)


def undoing(visitor: Visitor) -> str:
    """Where the newest import is undone."""
    links = [a["href"] for a in visitor.read("/tutor/import").all("a")]
    return next(href for href in links if href.startswith("/tutor/imports/"))


def press(visitor: Visitor, address: str) -> Page:
    response = visitor.send(visitor.read(address).form("reason"), WHY, at=address)
    assert response.status_code == 303
    return visitor.read(response.location)


@pytest.fixture
def admin(tiny: Cast) -> Visitor:
    return tiny.signed_in(tiny.account(Role.ADMIN))


def test_people_who_never_came_go_with_all_that_was_made_of_them(
    tiny: Cast, admin: Visitor
) -> None:
    tables = ("account", "enrolment", "progress", "membership", "cohort", "one_time_link")
    before = [count(tiny.app, name) for name in tables]
    address = take_in(
        admin,
        "A1,Ann Lee,ann@x.example,Bricks,,\nA2,Bo Li,bo@x.example,Bricks,,\nA3,Cy Fox,,,,\n",
        invite="y",
    )
    page = admin.read(address).text
    assert "Removed, 3" in page
    assert "The cohort Bricks goes." in page
    assert admin.post(address, data={"csrf_token": admin.token()}).status_code == 422, "why?"
    assert "3 people removed, 0 put back, 0 left as they are" in press(admin, address).text
    assert [count(tiny.app, name) for name in tables] == before
    assert rows(tiny.app, "SELECT recipient FROM outbox_mail") == []
    assert rows(tiny.app, "SELECT seq FROM audit_personal WHERE data LIKE '%ann@x.example%'") == []
    assert actions(tiny.app)[-1] == "people:import-undone"
    checked = tiny.app.test_cli_runner().invoke(args=["audit", "verify"])
    assert checked.exit_code == 0, checked.output
    assert "Nothing to undo" in admin.read(address).text
    assert "undone" in admin.read("/tutor/import").text
    again = upload(admin, (HEAD + "A1,Ann Lee,ann@x.example,,,\n").encode())
    assert "1 new" in admin.read(again).text, "their reference and address are free"


def test_an_invitation_that_waits_for_its_time_goes_with_them(tiny: Cast, admin: Visitor) -> None:
    day = (utc_now() + timedelta(days=3)).date().isoformat()
    lines = "A1,Ann Lee,ann@x.example,,,\nA2,Bo Li,bo@x.example,,,\n"
    address = take_in(admin, lines, invite="y", on=day, at="08:00")
    waiting = admin.read("/tutor/invitations")
    assert "2 people" in waiting.text
    (back,) = (form for form in waiting.forms if form.action.endswith("/call-back"))
    assert "Removed, 2" in admin.read(address).text
    assert admin.send(back).status_code == 303
    assert "2 people removed" in press(admin, address).text
    assert rows(tiny.app, "SELECT recipient FROM outbox_mail") == []


def test_whoever_came_or_has_something_kept_about_them_stays(tiny: Cast, admin: Visitor) -> None:
    address = take_in(
        admin,
        "A1,Ann Lee,ann@x.example,Bricks,,\nA2,Bo Li,bo@x.example,Bricks,,\n"
        "A3,Cy Fox,cy@x.example,Bricks,,\n",
    )
    who = dict(rows(tiny.app, "SELECT learner_ref, public_id FROM account"))
    with tiny.app.app_context(), writing() as session:
        came = update(Account).where(Account.public_id == who["A1"])
        session.execute(came.values(first_signed_in_at=utc_now()))
    note = f"/tutor/learners/{who['A2']}/note"
    assert (
        admin.send(admin.read(note).form("reason"), {"reason": "Rang."}, at=note).status_code == 303
    )
    page = admin.read(address).text
    assert "Removed, 1: Cy Fox." in page
    assert "They have been here since." in page
    assert "a note" in page
    assert "the cohort Bricks" in page
    press(admin, address)
    assert sorted(dict(rows(tiny.app, "SELECT learner_ref, id FROM account")).keys() - {None}) == [
        "A1",
        "A2",
    ]


def test_what_was_changed_goes_back_unless_it_was_changed_again(tiny: Cast, admin: Visitor) -> None:
    hair, nails = tiny.cohort("Hair"), tiny.cohort("Nails")
    ann, bo = tiny.learner("Ann Lee", cohort=hair), tiny.learner("Bo Li", cohort=hair)
    day = (utc_now() + timedelta(days=20)).date().isoformat()
    address = take_in(
        admin,
        f"{ann.learner_ref},Ann Leigh,ann2@x.example,Nails,{day},\n"
        f"{bo.learner_ref},Bo Liu,,Bricks,,1000000019\n",
    )
    where = f"/tutor/people/{bo.public_id}/details"
    form = admin.read(where).form("full_name")
    sent = admin.send(form, {"full_name": "Bo Lin", "reason": "Married."}, at=where)
    assert sent.status_code == 303
    page = admin.read(address).text
    assert "name: Ann Leigh → Ann Lee" in page
    assert f"email address: ann2@x.example → {ann.email}" in page
    assert "cohort: Nails → Hair" in page
    assert "ULN: 1000000019 → nothing" in page
    assert "Bo Lin (name)" in page
    assert "It has been changed again since." in page
    assert "2 put back, 1 left" in press(admin, address).text
    found = (
        "SELECT a.full_name, a.email, a.uln, c.name, e.due_on FROM account a"
        " JOIN enrolment e ON e.account_id = a.id JOIN membership m ON m.account_id = a.id"
        " JOIN cohort c ON c.id = m.cohort_id WHERE m.left_at IS NULL AND a.id IN (:one, :two)"
        " ORDER BY a.id"
    )
    assert rows(tiny.app, found, one=ann.id, two=bo.id) == [
        ("Ann Lee", ann.email, None, "Hair", None),
        ("Bo Lin", bo.email, None, "Hair", None),
    ]
    archived = rows(tiny.app, "SELECT name FROM cohort WHERE archived_at IS NOT NULL")
    assert archived == [("Bricks",)], "Bo’s history names it"
    assert nails.name == "Nails"


def test_a_date_that_came_after_a_cohort_goes_back_to_the_one_from_before(
    tiny: Cast, admin: Visitor
) -> None:
    first, second = (utc_now() + timedelta(days=n) for n in (20, 30))
    hair = tiny.cohort("Hair")
    nails = tiny.cohort("Nails")
    with tiny.app.app_context(), writing() as session:
        session.execute(update(Cohort).where(Cohort.id == nails.id).values(due_on=second.date()))
    ann = tiny.learner("Ann Lee", cohort=hair)
    address = take_in(admin, f"{ann.learner_ref},Ann Lee,,Nails,{first.date()},\n")
    page = admin.read(address).text
    assert f"due date: {first.date()} → none" in page
    assert "It has been changed again since" not in page
    press(admin, address)
    assert rows(tiny.app, "SELECT due_on FROM enrolment") == [(None,)]


def test_an_import_and_its_undoing_cost_as_many_queries_for_many_as_for_few(
    tiny: Cast, admin: Visitor, queries: Any
) -> None:
    hair, day = tiny.cohort("Hair"), (utc_now() + timedelta(days=20)).date().isoformat()
    known = [tiny.learner(f"Known {n:02}", cohort=hair) for n in range(14)]
    counted = []
    for one, some in (("A", known[:2]), ("B", known[2:])):
        changed = [
            f"{who.learner_ref},Other {one}{n},new-{one}{n}@x.example,Nails {one},{day},,staff\n"
            for n, who in enumerate(some)
        ]
        new = [f"{one}{n}" for n in range(len(some))]
        made = [f"{ref},Ann {ref},{ref}@x.example,Nails {one},{day},,\n" for ref in new]
        head = HEAD.replace("uln", "uln,audience")
        list_of_people = upload(admin, (head + "".join(changed + made)).encode())
        with queries(tiny.app) as taking:
            assert go_ahead(admin, list_of_people, invite="y") == 303
        address = undoing(admin)
        with queries(tiny.app) as looking:
            page = admin.read(address)
        with queries(tiny.app) as doing:
            assert admin.send(page.form("reason"), WHY, at=address).status_code == 303
        told = f"{len(some)} people removed, {len(some)} put back, 0 left"
        assert told in admin.read("/tutor/import").text
        counted.append((len(taking), len(looking), len(doing)))
    assert counted[0] == counted[1]


def test_those_marked_as_left_return(tiny: Cast, admin: Visitor) -> None:
    hair = tiny.cohort("Hair")
    ann, bo = tiny.learner("Ann Lee", cohort=hair), tiny.learner("Bo Li", cohort=hair)
    address = upload(admin, (HEAD + f"{ann.learner_ref},Ann Lee,,Hair,,\n").encode())
    form = admin.read(f"{address}?whole=1").form("leavers")
    assert admin.send(form, {"leavers": "cohorts"}).status_code == 303
    undo = undoing(admin)
    assert "marked as returned" in admin.read(undo).text
    press(admin, undo)
    left = "SELECT account_id FROM enrolment WHERE left_at IS NOT NULL"
    assert rows(tiny.app, left) == []
    assert bo.id


def test_a_tutor_undoes_their_own_and_no_way_into_an_account_in_use(tiny: Cast) -> None:
    tutor, other = tiny.account(Role.TUTOR), tiny.account(Role.TUTOR)
    hair = tiny.cohort("Hair", tutor, other)
    ann = tiny.learner("Ann Lee", cohort=hair, newcomer=True)
    mine, theirs = tiny.signed_in(tutor), tiny.signed_in(other)
    address = take_in(mine, f"{ann.learner_ref},Ann Lee,new@x.example,Hair,,\n")
    assert theirs.get(address).status_code == 404
    assert "Imported lately" not in theirs.read("/tutor/import").text
    assert f"new@x.example → {ann.email}" in mine.read(address).text
    with tiny.app.app_context(), writing() as session:
        came = update(Account).where(Account.id == ann.id)
        session.execute(came.values(first_signed_in_at=utc_now()))
    page = mine.read(address).text
    assert "Compliance or an administrator changes the address" in page
    assert "Nothing to undo" in page
    assert mine.get("/tutor/imports/yesterday").status_code == 404


def test_the_command_names_its_imports_and_takes_one_back(tiny: Cast, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(HEAD + "A1,Ann Lee,ann@x.example,Bricks,,\n")
    run = tiny.app.test_cli_runner().invoke
    said = run(args=["people", "import", str(file)])
    assert said.exit_code == 0, said.output
    name = said.output.split("undo-import ")[1].strip()
    assert f"{name}: 0 changed, 1 new" in run(args=["people", "undo-import"]).output
    dry = run(args=["people", "undo-import", name, "--dry-run"]).output
    assert "removed: A1" in dry
    assert "nothing was changed" in dry
    assert count(tiny.app, "enrolment") == 1
    assert "Undone." in run(args=["people", "undo-import", name]).output
    assert count(tiny.app, "enrolment") == 0
    assert run(args=["people", "undo-import", "19990101T000000000000"]).exit_code == 1
