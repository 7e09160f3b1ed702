"""What the worker carries out for somebody, it does with the roles of then and of now alone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select, text, update

from induction.audit.act import SYSTEM, acting
from induction.database import utc_now, writing
from induction.enrolment import carrying_on, parts, staged_lists, under_way
from induction.enrolment.long_lists import LongImport
from induction.enrolment.models import StagedList
from induction.people import cohorts
from induction.people.models import Account, AccountRole, Cohort, CohortTutor, Role, SignIn
from induction.personal_data import erasure
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.importing import go_ahead, upload
from tests.support.post import work
from tests.support.record import actions, count, rows

HEAD = "learner_ref,full_name,email,cohort\n"
PEOPLE = 2 * parts.AT_ONCE + 1


def a_list(cohort: str = "Bricks", number: int = PEOPLE) -> bytes:
    lines = (f"Q{n:05},Ann Lee {n},q{n}@x.example,{cohort}\n" for n in range(number))
    return (HEAD + "".join(lines)).encode()


@pytest.fixture(autouse=True)
def one_part_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying_on, "TURN", 0.0)


@pytest.fixture
def tutor(tiny: Cast) -> Account:
    account = tiny.account(Role.TUTOR)
    tiny.cohort("Bricks", account)
    return account


def learners(tiny: Cast) -> int:
    return count(tiny.app, "enrolment")


def to_its_end(app: Flask) -> None:
    for _ in range(5):  # three parts of rows, one of leavers, and the end
        work(app)


def change(tiny: Cast, statement: object) -> None:
    with tiny.app.app_context(), writing() as session:
        session.execute(statement)  # type: ignore[call-overload]


def ended(tiny: Cast, who: Account) -> None:
    tiny.deactivate(who)


def without_role(tiny: Cast, who: Account) -> None:
    change(tiny, delete(AccountRole).where(AccountRole.account_id == who.id))


def without_cohorts(tiny: Cast, who: Account) -> None:
    change(tiny, delete(CohortTutor).where(CohortTutor.account_id == who.id))


@pytest.mark.parametrize(
    ("lose", "why"),
    [(ended, "account-ended"), (without_role, "role-lost"), (without_cohorts, "no-cohorts")],
)
@pytest.mark.parametrize("so_many", [0, 1])
def test_it_stops_where_whoever_asked_may_no_longer_and_a_colleague_undoes_it(
    tiny: Cast, tutor: Account, lose: Callable[[Cast, Account], None], why: str, so_many: int
) -> None:
    visitor = tiny.signed_in(tutor)
    address = upload(visitor, a_list())
    assert go_ahead(visitor, address) == 303
    for _ in range(so_many):
        work(tiny.app)
    lose(tiny, tutor)
    to_its_end(tiny.app)
    assert learners(tiny) == so_many * parts.AT_ONCE
    stopped = "SELECT actor, details FROM audit_entry WHERE action = 'people:import-stopped'"
    ((actor, details),) = rows(tiny.app, stopped)
    assert actor == SYSTEM
    assert f'"why":"{why}"' in details
    assert f'"done":{learners(tiny)},"of":{PEOPLE}' in details
    colleague = tiny.signed_in(tiny.account(Role.ADMIN))
    page = colleague.read("/tutor/import")
    if not so_many:
        assert "Imported lately" not in page.text
        ((told,),) = rows(tiny.app, "SELECT told FROM import_draft")
        assert told.endswith("Nothing was done.")
        return
    assert "250 new, 0 changed · stopped before its end" in page.text
    undo = next(a["href"] for a in page.all("a") if a["href"].startswith("/tutor/imports/"))
    form = colleague.read(undo).form("reason")
    assert colleague.send(form, {"reason": "It stopped."}, at=undo).status_code == 303
    assert learners(tiny) == 0
    assert tiny.app.test_cli_runner().invoke(args=["audit", "verify"]).exit_code == 0


def test_of_a_session_that_was_narrowed_no_other_role_counts(tiny: Cast) -> None:
    both = tiny.account(Role.TUTOR)
    mine, other = tiny.cohort("Bricks", both), tiny.cohort("Hair")
    change(tiny, text(f"INSERT INTO account_role VALUES ({both.id}, 'admin')"))
    visitor = tiny.signed_in(both)
    change(tiny, update(SignIn).where(SignIn.account_id == both.id).values(only_roles="tutor"))
    address = upload(visitor, a_list(other.name))
    assert f"{PEOPLE} refused" in visitor.read(address).text
    go_ahead(visitor, address, skip_bad="y")
    to_its_end(tiny.app)
    assert learners(tiny) == 0
    told = visitor.read(address)
    assert f"{PEOPLE} rows were refused" in told.text
    assert mine.name != other.name


def test_who_has_one_of_two_roles_left_goes_on_with_that_one(tiny: Cast, tutor: Account) -> None:
    change(tiny, text(f"INSERT INTO account_role VALUES ({tutor.id}, 'head')"))
    visitor = tiny.signed_in(tutor)
    address = upload(visitor, a_list("Hair"))
    go_ahead(visitor, address)
    work(tiny.app)
    change(tiny, delete(AccountRole).where(AccountRole.role == "head"))
    to_its_end(tiny.app)
    assert learners(tiny) == parts.AT_ONCE, "Hair is no cohort of the tutor’s"
    page = visitor.read(address)
    assert "It stopped at rows that are refused by now" in page.text
    assert "Undo what was imported of it" in page.text


def test_each_part_stands_in_the_record_at_its_own_time(tiny: Cast, tutor: Account) -> None:
    visitor = tiny.signed_in(tutor)
    address = upload(visitor, a_list())
    go_ahead(visitor, address)
    to_its_end(tiny.app)
    made = (
        "SELECT DISTINCT at FROM audit_entry WHERE action = 'people:account-created' AND actor = :a"
    )
    times = rows(tiny.app, made, a=tutor.actor)
    assert len(times) == 3
    parts = "SELECT at FROM audit_entry WHERE action = 'people:import-part' ORDER BY seq"
    assert rows(tiny.app, parts) == sorted(times)
    assert actions(tiny.app)[-1] == "people:imported"
    undo = next(a["href"] for a in visitor.read(address).all("a") if "/imports/" in a["href"])
    assert f"Removed, {PEOPLE}" in visitor.read(undo).text


def test_an_older_release_asked_for_it_and_its_roles_are_not_known(
    tiny: Cast, tutor: Account
) -> None:
    visitor = tiny.signed_in(tutor)
    address = upload(visitor, a_list())
    go_ahead(visitor, address)
    asked = {"skip_bad": False, "invite": False, "when": None, "leavers": "", "all_gone": False}
    change(tiny, update(StagedList).values(asked={**asked, "counts": {}}))
    to_its_end(tiny.app)
    assert learners(tiny) == 0
    assert "Go ahead again" in visitor.read(address).text
    go_ahead(visitor, address)
    to_its_end(tiny.app)
    assert learners(tiny) == PEOPLE


def test_whoever_asked_can_stop_it_and_go_ahead_again(tiny: Cast, tutor: Account) -> None:
    visitor = tiny.signed_in(tutor)
    address = upload(visitor, a_list())
    go_ahead(visitor, address)
    assert "On their way" in visitor.read("/tutor/import").text
    work(tiny.app)
    assert visitor.post(address + "/stop").status_code == 400, "no token"
    (form,) = (one for one in visitor.read(address).forms if one.action == address + "/stop")
    assert visitor.send(form, at=address).status_code == 303
    to_its_end(tiny.app)
    assert learners(tiny) == parts.AT_ONCE
    page = visitor.read(address)
    assert f"It was stopped before its end. Done until then: 250 of {PEOPLE} rows." in page.text
    assert f"Import {PEOPLE - 250} people" in page.text
    go_ahead(visitor, address)
    to_its_end(tiny.app)
    assert learners(tiny) == PEOPLE
    assert "251 people are new, 0 changed, 250 the same" in visitor.read(address).text


def test_nobody_else_looks_at_it_or_stops_it(tiny: Cast, tutor: Account) -> None:
    address = upload(tiny.signed_in(tutor), a_list())
    go_ahead(tiny.signed_in(tutor), address)
    for role, status in ((Role.TUTOR, 404), (Role.ADMIN, 404), (Role.AUDITOR, 403)):
        other = tiny.signed_in(tiny.account(role))
        assert other.get(address).status_code == status
        data = {"csrf_token": other.token()}
        assert other.post(address + "/stop", data=data).status_code == status
        assert other.post(address, data=data).status_code == status
    learner = tiny.signed_in(tiny.learner())
    assert learner.get(address).status_code == 403
    to_its_end(tiny.app)
    assert learners(tiny) == PEOPLE + 1


def test_a_cohort_that_is_archived_meanwhile_stops_it_before_anybody_is_left_out(
    tiny: Cast, tutor: Account
) -> None:
    visitor = tiny.signed_in(tutor)
    hair = tiny.cohort("Hair", tutor)
    address = upload(visitor, a_list() + b"Z1,Zoe Last,zoe@x.example,Hair\n")
    go_ahead(visitor, address)
    work(tiny.app)
    with tiny.app.app_context(), acting(SYSTEM, utc_now()) as act:
        bricks = act.session.scalars(select(Cohort).where(Cohort.id != hair.id)).one()
        cohorts.archive(act, bricks, back=False)
    to_its_end(tiny.app)
    assert learners(tiny) == parts.AT_ONCE
    page = visitor.read(address)
    (beside,) = (one for one in page.all("p") if one["id"] == "skip_bad-error")
    assert "It stopped at rows that are refused by now" in beside.text
    assert "is archived" in page.text
    go_ahead(visitor, address, skip_bad="y")
    to_its_end(tiny.app)
    assert "501 rows were refused and left out" in visitor.read(address).text
    assert "is archived" in visitor.read(address + "?again=1&show=refused").text


@pytest.mark.parametrize("there", [True, False])
def test_a_cohort_that_is_renamed_meanwhile_is_not_made_anew(tiny: Cast, there: bool) -> None:
    admin = tiny.signed_in(tiny.account(Role.ADMIN))
    if there:
        tiny.cohort("Bricks")
    address = upload(admin, a_list())
    go_ahead(admin, address)
    work(tiny.app)
    change(tiny, update(Cohort).values(name="Masonry"))
    to_its_end(tiny.app)
    assert learners(tiny) == parts.AT_ONCE
    assert rows(tiny.app, "SELECT name FROM cohort") == [("Masonry",)]
    page = admin.read(address).text
    assert "a cohort of the list has another name now" in page
    assert "These cohorts will be made: Bricks" in page
    go_ahead(admin, address)
    to_its_end(tiny.app)
    assert learners(tiny) == PEOPLE, "somebody has looked at it"


def test_many_leavers_are_asked_about_beside_their_box(tiny: Cast) -> None:
    admin = tiny.signed_in(tiny.account(Role.ADMIN))
    for number in range(7):
        tiny.learner(f"Zoe Last {number}")
    address = upload(admin, a_list())
    go_ahead(admin, address + "?whole=1", leavers="all", invite="y")
    work(tiny.app)
    assert learners(tiny) == 7
    page = admin.read(admin.get(address).location)
    (beside,) = (one for one in page.all("p") if one["id"] == "all_gone-error")
    assert "7 of 7 people would be marked as left" in beside.text
    ticked = {one["id"] for one in page.all("input") if "checked" in one}
    assert "invite" in ticked, "what was ticked is ticked"
    go_ahead(admin, address + "?whole=1", leavers="all", all_gone="y")
    to_its_end(tiny.app)
    assert "7 people are marked as left." in admin.read(address).text


def test_whoever_is_erased_while_a_list_is_under_way_is_not_made_again(
    tiny: Cast, tutor: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the worker has read the list already, and in the same turn."""
    last = tiny.learner("Zoe Last", email=f"q{PEOPLE - 1}@x.example", newcomer=True)
    change(tiny, update(Account).where(Account.id == last.id).values(learner_ref="Q00500"))
    admin = tiny.signed_in(tiny.account(Role.ADMIN))
    address = upload(admin, a_list())
    go_ahead(admin, address)
    monkeypatch.setattr(carrying_on, "TURN", 60.0)
    clock = utc_now
    asked = []

    def between_two_parts() -> object:
        """Somebody erases them while the worker is at it: as it looks at the clock."""
        asked.append(1)
        if len(asked) == 2:
            with tiny.app.app_context(), acting(SYSTEM, clock()) as act:
                account = act.session.get_one(Account, last.id)
                erasure.erase_all(act, [account], tiny.app.extensions["settings"].instance)
        return clock()

    monkeypatch.setattr(parts, "utc_now", between_two_parts)
    work(tiny.app)
    assert len(asked) > 2
    monkeypatch.setattr(parts, "utc_now", clock)
    to_its_end(tiny.app)
    assert rows(tiny.app, "SELECT id FROM account WHERE email = 'q500@x.example'") == []
    assert rows(tiny.app, "SELECT id FROM account WHERE learner_ref = 'Q00500'") == []
    assert learners(tiny) >= PEOPLE - 1


def test_a_list_that_is_short_by_now_is_still_the_workers(tiny: Cast, tutor: Account) -> None:
    """Somebody in it was erased while it waited."""
    visitor = tiny.signed_in(tutor)
    address = upload(visitor, a_list(number=under_way.LONG + 1))
    go_ahead(visitor, address)
    with tiny.app.app_context(), writing() as session:
        staged_lists.leave_out(session, lambda text: text == "q7@x.example")
    assert go_ahead(visitor, address) == 303
    assert learners(tiny) == 0
    to_its_end(tiny.app)
    assert learners(tiny) == under_way.LONG


def test_a_list_under_way_is_not_forgotten_half_done(tiny: Cast, tutor: Account) -> None:
    visitor = tiny.signed_in(tutor)
    address = upload(visitor, a_list())
    go_ahead(visitor, address)
    work(tiny.app)
    long_ago = utc_now() - timedelta(days=2)
    change(tiny, update(StagedList).values(at=long_ago))
    to_its_end(tiny.app)
    assert learners(tiny) == PEOPLE
    assert f"{PEOPLE} people are new" in visitor.read(address).text
    change(tiny, update(StagedList).values(asked_at=long_ago))
    work(tiny.app)
    assert visitor.get(address).status_code == 404, "its day is over"


def test_two_lists_and_the_same_file_twice(tiny: Cast, tutor: Account) -> None:
    visitor, admin = tiny.signed_in(tutor), tiny.signed_in(tiny.account(Role.ADMIN))
    first, second = upload(visitor, a_list()), upload(admin, a_list())
    go_ahead(visitor, first)
    go_ahead(visitor, first)
    go_ahead(admin, second)
    assert "1 other is carried out before it" in admin.read(second).text
    for _ in range(8):
        work(tiny.app)
    assert learners(tiny) == PEOPLE
    assert f"{PEOPLE} people are new" in visitor.read(first).text
    assert f"0 people are new, 0 changed, {PEOPLE} the same" in admin.read(second).text


def test_another_worker_that_has_taken_over_is_not_disturbed(tiny: Cast, tutor: Account) -> None:
    """A worker that stood still for long finds that it has the list no more."""
    visitor: Visitor = tiny.signed_in(tutor)
    address = upload(visitor, a_list())
    go_ahead(visitor, address)
    with tiny.app.app_context():
        heard = utc_now()
        found = parts.take(heard)
        assert found is not None
        slow = LongImport(found.public_id, heard)
        change(tiny, update(StagedList).values(heard_at=utc_now()))
        slow.go_on(0.0)
    assert learners(tiny) == 0
