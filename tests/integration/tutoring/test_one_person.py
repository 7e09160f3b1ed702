"""One person: their details corrected by hand, several cohorts, and two accounts made one."""

import re
from datetime import date

import pytest

from induction.audit.act import SYSTEM, acting
from induction.database import utc_now
from induction.people.models import Account, AccountRole, Role
from tests.support.approvals import carried_out, confirmed, decide
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.importing import go_ahead, upload
from tests.support.post import outbox
from tests.support.record import actions, rows

HEAD = "learner_ref,full_name,email,cohort,due_date\n"
WHY = "Her passport says so"


@pytest.fixture
def admin(tiny: Cast) -> Visitor:
    return tiny.signed_in(tiny.account(Role.ADMIN, "Ada Admin"))


@pytest.fixture
def tutor(tiny: Cast) -> Account:
    return tiny.account(Role.TUTOR, "Tina Tutor")


def correct(visitor: Visitor, one: Account, status: int = 303, **values: str) -> str:
    """Fill in the page of somebody’s details; the text of the page that comes of it."""
    at = f"/tutor/people/{one.public_id}/details"
    answer = visitor.send(visitor.read(at).form("reason"), {"reason": WHY, **values}, at=at)
    assert answer.status_code == status, answer.text
    return visitor.read(answer.location).text if status == 303 else answer.text


MIXED = "Аnn Lee"  # its first letter is Cyrillic


def test_a_name_that_looks_like_another_is_pointed_out_and_taken(
    tiny: Cast, tutor: Account
) -> None:
    bricks, visitor = tiny.cohort("Bricks", tutor), tiny.signed_in(tutor)
    one = tiny.learner("Ann Lee", cohort=bricks)
    assert "letters of Cyrillic" in correct(visitor, one, full_name=MIXED)
    assert of(tiny, one, "full_name") == (MIXED,)
    dry_run = upload(
        visitor, f"{HEAD}B1,{MIXED},b1@x.example,Bricks,\nB2,Bo Li,,Bricks,\n".encode()
    )
    assert visitor.read(dry_run).text.count("letters of Cyrillic") == 1
    go_ahead(visitor, dry_run)
    assert rows(tiny.app, "SELECT full_name FROM account WHERE learner_ref = 'B1'") == [(MIXED,)]
    form = visitor.read("/tutor/enrol").form("learner_ref")
    who = {
        "learner_ref": "B3",
        "full_name": "Сy Lo",
        "email": "b3@x.example",
        "cohort": bricks.public_id,
    }
    answer = visitor.send(form, who, at="/tutor/enrol")
    assert "letters of Cyrillic" in visitor.read(answer.location).text


def of(tiny: Cast, one: Account, *columns: str) -> tuple[object, ...]:
    (found,) = rows(
        tiny.app, f"SELECT {', '.join(columns)} FROM account WHERE id = :id", id=one.id
    )  # fmt: skip
    return found


# ---- corrected -----------------------------------------------------------------------------------


def test_a_tutor_corrects_a_name_and_lists_are_sorted_by_the_family_name(
    tiny: Cast, tutor: Account
) -> None:
    bricks = tiny.cohort("Bricks", tutor)
    one = tiny.learner("Aaron Zebra", cohort=bricks)
    tiny.learner("Zoë de la Mare", cohort=bricks)
    tiny.learner("Minh Adeyemi", cohort=bricks)
    visitor = tiny.signed_in(tutor)

    def listed() -> list[str]:
        page = visitor.read(f"/tutor/cohorts/{bricks.public_id}")
        return [link.text for link in page.all("a") if link.text in names]

    names = ["Minh Adeyemi", "Zoë de la Mare", "Aaron Zebra", "Aaron Abbott Zebra"]
    assert listed() == names[:3]
    text = correct(visitor, one, full_name="Aaron Abbott Zebra", family_name="Abbott Zebra")
    assert "name (before: Aaron Zebra)" in text
    assert f"“{WHY}”, by Tina Tutor" in text
    assert listed() == ["Aaron Abbott Zebra", "Minh Adeyemi", "Zoë de la Mare"]
    correct(visitor, one, full_name="Aaron Zebra")
    assert of(tiny, one, "family_name", "sort_name") == (None, "zebra aaron")


def test_a_tutor_changes_the_way_in_of_nobody_who_signs_in_and_of_no_colleague(
    tiny: Cast, tutor: Account, admin: Visitor
) -> None:
    bricks = tiny.cohort("Bricks", tutor)
    used, unused = (
        tiny.learner("Ann Lee", cohort=bricks, newcomer=new) for new in (False, True)
    )  # fmt: skip
    visitor = tiny.signed_in(tutor)
    at = f"/tutor/people/{used.public_id}/details"
    form = visitor.read(at).form("reason")
    assert not {"email", "learner_ref"} & {*form.fields}
    sent = visitor.send(form, {"reason": WHY}, at=at)
    token = {"csrf_token": visitor.token(), "reason": WHY, "email": "mine@x.example"}
    visitor.post(at, data=token)
    assert sent.status_code == 303
    assert of(tiny, used, "email") == (used.email,)
    correct(visitor, unused, email="ann.lee@x.example", learner_ref="V03")
    assert of(tiny, unused, "email", "learner_ref") == ("ann.lee@x.example", "V03")
    colleague = tiny.account(Role.TUTOR)
    for stranger in (colleague, tiny.learner("Bo Li")):
        assert visitor.get(f"/tutor/people/{stranger.public_id}/details").status_code == 404
    officer = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    assert officer.get(f"/tutor/people/{colleague.public_id}/details").status_code == 404
    correct(admin, used, email="ann@x.example")
    assert of(tiny, used, "email") == ("ann@x.example",)


def test_an_administrator_corrects_a_tutor_who_married(
    tiny: Cast, tutor: Account, admin: Visitor
) -> None:
    bricks = tiny.cohort("Bricks", tutor)
    visitor = tiny.signed_in(tutor)
    correct(admin, tutor, full_name="Tina Married", email="tina.married@x.example")
    assert visitor.get("/tutor").status_code == 303, "the old session goes on"
    told = {str(mail["To"]) for mail in outbox(tiny.app)}
    assert {tutor.email, "tina.married@x.example"} <= told
    again = tiny.signed_in(tutor)
    assert "Bricks" in again.read("/tutor").text
    assert "Tina Married" in admin.read(f"/tutor/cohorts/{bricks.public_id}/edit").text


def test_what_somebody_else_has_is_refused_and_what_changed_meanwhile_is_told(
    tiny: Cast, admin: Visitor
) -> None:
    one, other = tiny.learner("Ann Lee"), tiny.learner("Bo Li")
    assert "Another learner has this reference" in correct(
        admin, one, 422, learner_ref=(other.learner_ref or "").lower()
    )
    assert "Another account has this email" in correct(admin, one, 422, email=other.email)
    assert "is not an email address" in correct(admin, one, 422, email="nonsense")
    at = f"/tutor/people/{one.public_id}/details"
    form = admin.read(at).form("reason")
    correct(admin, one, full_name="Anna Lee")
    answer = admin.send(form, {"full_name": "Annie Lee", "reason": WHY}, at=at)
    assert answer.status_code == 422
    assert "“Anna Lee” now" in answer.text
    answer = admin.send(form, {"uln": "1000000019", "reason": WHY}, at=at)
    assert answer.status_code == 303
    assert of(tiny, one, "full_name", "uln") == ("Anna Lee", "1000000019")


def test_nobody_corrects_their_own_record(tiny: Cast, admin: Visitor) -> None:
    me = tiny.learner("Own Self")
    visitor = tiny.signed_in(me)
    correct(admin, me, full_name="Own Selfe")
    admin.send(
        admin.read(f"/admin/people/{me.public_id}").form("act"),
        {"act": "give-admin", "reason": WHY},
        at=f"/admin/people/{me.public_id}",
    )
    visitor = tiny.signed_in(me)
    assert visitor.get(f"/tutor/people/{me.public_id}/details").status_code == 404


def test_a_corrected_address_gets_the_invitation_that_the_wrong_one_had(
    tiny: Cast, admin: Visitor
) -> None:
    one = tiny.learner("Kay Oh", email="k@gmial.example", newcomer=True)
    here = f"/tutor/learners/{one.public_id}/invite"
    admin.post(here, data={"csrf_token": admin.token()})
    text = correct(admin, one, email="k@gmail.example")
    assert "A new invitation is on its way" in text
    mails = outbox(tiny.app)
    invited = [str(mail["To"]) for mail in mails if "/link/" in mail.get_content()]
    assert invited[-1] == "k@gmail.example"


# ---- what a person decided is not undone by a list -----------------------------------------------


def line(one: Account, **other: str) -> str:
    said = {"learner_ref": one.learner_ref, "full_name": one.full_name, "email": one.email}
    return ",".join(str({**said, **other}.get(name, "")) for name in HEAD.strip().split(",")) + "\n"


def test_m18_a_list_that_repeats_what_staff_changed_by_hand_changes_nothing(
    tiny: Cast, admin: Visitor
) -> None:
    office = HEAD + "V0X3,JACK O'NEILL,jack@x.example,Bricks,18/12/2026\n"
    assert go_ahead(admin, upload(admin, office.encode())) == 303
    ((public_id,),) = rows(tiny.app, "SELECT public_id FROM account WHERE learner_ref = 'V0X3'")
    one = Account(public_id=public_id)
    tiles = tiny.cohort("Tiles")
    correct(admin, one, full_name="Jack O’Neill", learner_ref="V03")
    for act, values in (
        ("move", {"cohort": tiles.public_id}),
        ("due-date", {"due_on": "2027-01-15"}),
    ):
        at = f"/tutor/learners/{public_id}/{act}"
        form = admin.read(at).form("reason")
        assert admin.send(form, {"reason": WHY, **values}, at=at).status_code == 303
    address = upload(admin, office.encode())
    page = admin.read(address).text
    assert "There is nothing to import" in page
    assert "the list says JACK O'NEILL. Staff changed that by hand" in page
    assert "due date: the list says 2026-12-18".casefold() in page.casefold()
    newer = office.replace("18/12/2026", "01/02/2027").replace("Bricks", "Bricks 2")
    address = upload(admin, newer.encode())
    page = admin.read(address).text
    assert "due date: 2027-01-15 → 2027-02-01" in page
    assert "cohort: Tiles → Bricks 2" in page


# ---- several cohorts -----------------------------------------------------------------------------


@pytest.fixture
def resit(tiny: Cast, tutor: Account, admin: Visitor) -> tuple[Account, Account]:
    """An apprentice who resits maths too, and the tutor of maths."""
    maths_tutor = tiny.account(Role.TUTOR, "Max Maths")
    bricks, maths = tiny.cohort("Bricks", tutor), tiny.cohort("Maths resit", maths_tutor)
    one = tiny.learner("Ann Lee", cohort=bricks, due_on=date(2027, 1, 31))
    at = f"/tutor/learners/{one.public_id}/also-in"
    values = {"cohort": maths.public_id, "reason": "Resits on Tuesdays"}
    assert admin.send(admin.read(at).form("reason"), values, at=at).status_code == 303
    return one, maths_tutor


def test_somebody_in_two_cohorts_is_counted_in_both_and_once_among_all(
    tiny: Cast, tutor: Account, admin: Visitor, resit: tuple[Account, Account]
) -> None:
    one, maths_tutor = resit
    for who, name in ((tutor, "Bricks"), (maths_tutor, "Maths resit")):
        visitor = tiny.signed_in(who)
        assert f"{name} 1 0 0 0 1" in visitor.read("/tutor").text
        assert visitor.read("/tutor/learners").text.count("Ann Lee") >= 1
    page = admin.read("/tutor/learners")
    assert [link.text for link in page.all("a")].count("Ann Lee") == 1
    assert re.search(r"\b1 learner\b", page.text)
    record = admin.read(f"/tutor/learners/{one.public_id}").text
    assert "CohortBricks" in record
    assert "Also inMaths resit" in record
    assert "31 January 2027" in record
    at = f"/tutor/learners/{one.public_id}/take-out"
    form = admin.read(at).form("reason")
    (maths,) = [value for value in form.options["cohort"] if value]
    assert admin.send(form, {"cohort": maths, "reason": WHY}, at=at).status_code == 303
    assert tiny.signed_in(maths_tutor).get(
        f"/tutor/learners/{one.public_id}"
    ).status_code == 404  # fmt: skip
    assert actions(tiny.app).count("people:cohort-left") == 1
    assert admin.get(at).status_code == 404


def test_m19_a_row_for_each_course_is_one_person_in_several_cohorts(
    tiny: Cast, admin: Visitor
) -> None:
    tiny.cohort("Bricks")
    office = (
        HEAD
        + "A1,Ann Lee,ann@x.example,Bricks,\n"
        + "A1,Ann Lee,ann@x.example,Maths resit,\n"
        + "A2,Bo Li,bo@x.example,Bricks,\n"
        + "A2,Bo Other,bo@x.example,Maths resit,\n"
    )
    address = upload(admin, office.encode())
    text = admin.read(f"{address}?show=new").text
    assert "Bricks; Maths resit" in text
    assert "The same learner_ref stands in row 4" in admin.read(f"{address}?show=refused").text
    assert go_ahead(admin, address, skip_bad="y") == 303
    found = rows(
        tiny.app,
        "SELECT c.name, m.is_main FROM membership m JOIN cohort c ON c.id = m.cohort_id"
        " JOIN account a ON a.id = m.account_id WHERE a.learner_ref = 'A1' ORDER BY c.name",
    )
    assert [(name, bool(main)) for name, main in found] == [
        ("Bricks", True),
        ("Maths resit", False),
    ]
    turned = HEAD + "A1,Ann Lee,ann@x.example,Maths resit,\nA1,Ann Lee,ann@x.example,Bricks,\n"
    assert "There is nothing to import" in admin.read(upload(admin, turned.encode())).text


# ---- two accounts of one person ------------------------------------------------------------------


def ask(visitor: Visitor, kept: Account, other: str, details: str = "kept") -> tuple[int, str, str]:
    at = f"/tutor/people/{kept.public_id}/same-person"
    form = visitor.read(at).form("other")
    answer = visitor.send(form, {"other": other, "details": details, "reason": WHY}, at=at)
    return answer.status_code, answer.location or "", answer.text


def test_two_accounts_are_made_one_by_two_people_and_both_records_stay(
    tiny: Cast, admin: Visitor
) -> None:
    old = tiny.learner("Ann Lee", email="ann@old.example")
    number = tiny.graduate(old)
    new = tiny.learner("Ann Lee", email="ann@new.example")
    old_ref, new_ref = old.learner_ref or "", new.learner_ref or ""
    tiny.taking(new).to_question()
    status, _, text = ask(admin, new, old_ref)
    assert status == 422
    assert "holds a certificate that counts" in text
    status, request, _ = ask(admin, old, new_ref, "other")
    assert status == 303
    assert decide(admin, request) == 422, "one person alone"
    assert of(tiny, new, "deactivated_at") == (None,)
    confirmed(tiny, request)
    assert of(tiny, old, "learner_ref", "email") == (new_ref, "ann@new.example")
    assert of(tiny, new, "learner_ref", "email") == (old_ref, "ann@old.example")
    here = admin.read(f"/tutor/learners/{old.public_id}")
    assert f"/tutor/learners/{new.public_id}" in here.links.values()
    assert number in here.text
    there = admin.read(f"/tutor/learners/{new.public_id}")
    assert "This account has been merged into another" in there.text
    assert len(re.findall(r"\b1 learner\b", admin.read("/tutor/learners").text)) == 1
    assert "Genuine" in tiny.visitor().read(f"/verify/{number}").text
    told = {str(m["To"]) for m in outbox(tiny.app) if "are one now" in str(m["Subject"])}
    assert told == {"ann@old.example", "ann@new.example"}
    for ref, email in ((old_ref, "ann@old.example"), (new_ref, "ann@new.example")):
        listed = HEAD + f"{ref},Ann Lee,{email},,\n"
        assert "There is nothing to import" in admin.read(upload(admin, listed.encode())).text
    officer = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    token = officer.token()
    values = {"kind": "erasure", "who": "ann@new.example", "reason": WHY, "csrf_token": token}
    carried_out(tiny, officer.post("/compliance/personal-data", data=values).location)
    left = "SELECT count(*) FROM account WHERE full_name LIKE '%Ann%' OR email LIKE 'ann@%'"
    assert rows(tiny.app, left) == [(0,)], "the earlier account names them still"
    result = tiny.app.test_cli_runner().invoke(args=["audit", "verify"])
    assert result.exit_code == 0, result.output


def test_a_merge_is_no_way_to_end_a_colleague_or_to_take_what_is_not_there(
    tiny: Cast, admin: Visitor, tutor: Account
) -> None:
    one, other = tiny.learner("Ann Lee"), tiny.learner("Bo Li")
    assert "There is no account" in ask(admin, one, "nobody@x.example")[2]
    assert "is not enrolled" in ask(admin, one, tutor.email)[2]
    assert "this account itself" in ask(admin, one, one.email)[2]
    tiny.deactivate(other)
    assert "has been ended or erased" in ask(admin, one, other.email)[2]
    visitor = tiny.signed_in(tutor)
    assert visitor.get(f"/tutor/people/{one.public_id}/same-person").status_code == 403


def test_a_merge_gives_no_staff_another_address_to_sign_in_with(tiny: Cast, admin: Visitor) -> None:
    boss = tiny.learner("Bo Boss")
    tiny.learner("Eve Other", email="eve@x.example")
    with tiny.app.app_context(), acting(SYSTEM, utc_now()) as act:
        act.session.add(AccountRole(account_id=boss.id, role=Role.ADMIN.value))
    assert "Keep this account’s" in ask(admin, boss, "eve@x.example", "other")[2]
    status, request, _ = ask(admin, boss, "eve@x.example")
    assert status == 303
    confirmed(tiny, request)
    assert of(tiny, boss, "email") == (boss.email,)
