"""A refused row is corrected where it stands: no new file, and what was sent is on record."""

import json

import pytest

from induction.people.models import Role
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.importing import go_ahead, upload
from tests.support.record import actions, count, rows

BAD = (
    b"learner_ref,full_name,email\nA1,Ann Lee,ann@x.example\nA2,Bo Li,nonsense\nA3,,cy@x.example\n"
)


@pytest.fixture
def admin(tiny: Cast) -> Visitor:
    return tiny.signed_in(tiny.account(Role.ADMIN))


def mend(visitor: Visitor, address: str, **cells: str) -> str:
    """Correct cells, called as ``row_column``; the page that follows."""
    values = {f"cell-{name.replace('_', '-', 1).lstrip('r')}": v for name, v in cells.items()}
    form = visitor.read(f"{address}?show=refused").form(next(iter(values)))
    sent = visitor.send(form, values)
    assert sent.status_code == 303
    return visitor.read(sent.location).text


def test_rows_are_corrected_where_they_stand(tiny: Cast, admin: Visitor) -> None:
    address = upload(admin, BAD)
    assert "2 refused" in admin.read(address).text
    page = mend(admin, address, r3_email="bo@x.example", r3_cohort="Bricks")
    assert "1 row is corrected and looked at again." in page
    assert "1 refused" in page
    assert "These cohorts will be made: Bricks." in page
    page = mend(admin, address, r4_full_name="Cy Fox")
    assert "3 new" in page
    assert actions(tiny.app).count("people:import-looked-at") == 3
    assert count(tiny.app, "enrolment") == 0, "nothing is written by correcting"
    assert go_ahead(admin, address) == 303
    found = (
        "SELECT full_name, email FROM account WHERE learner_ref IS NOT NULL ORDER BY learner_ref"
    )
    assert rows(tiny.app, found) == [
        ("Ann Lee", "ann@x.example"),
        ("Bo Li", "bo@x.example"),
        ("Cy Fox", "cy@x.example"),
    ]
    ((said,),) = rows(tiny.app, "SELECT details FROM audit_entry WHERE action = 'people:imported'")
    assert json.loads(said)["mended"] == 2


def test_a_correction_that_is_wrong_says_so_again_and_changes_no_other_row(
    tiny: Cast, admin: Visitor
) -> None:
    address = upload(admin, BAD)
    page = mend(admin, address, r3_email="ann@x.example")
    assert "The same email stands in row 2." in page
    assert "Nothing was different" in mend(admin, address, r3_email="ann@x.example")
    assert "2 refused" in admin.read(address).text


def test_what_no_cell_can_mend_is_not_offered_and_nobody_corrects_another_s_list(
    tiny: Cast, admin: Visitor
) -> None:
    guest = (
        b"userPrincipalName,displayName,mail,accountEnabled\n"
        b"a1@x.example,Ann Lee,ann@x.example,False\n"
    )
    page = admin.read(upload(admin, guest))
    assert "This account is switched off." in page.text
    assert "Correct row" not in page.text
    address = upload(admin, BAD)
    other = tiny.signed_in(tiny.account(Role.ADMIN))
    given = {"csrf_token": other.token(), "cell-3-email": "bo@x.example"}
    assert other.post(f"{address}/rows", data=given).status_code == 404


NOWHERE = (
    b"learner_ref,full_name,email\nA1,Ann Lee,n/a\nA2,Bo Li,bo@x.example\nA3,Cy Fox,nonsense\n"
)


@pytest.mark.parametrize("role", [Role.TUTOR, Role.ADMIN])
def test_new_people_whom_a_list_puts_nowhere_are_put_into_one_cohort_together(
    tiny: Cast, role: Role
) -> None:
    tutor, other = tiny.account(role), tiny.account(Role.TUTOR)
    bricks, hair = tiny.cohort("Bricks", tutor), tiny.cohort("Hair", other)
    known = tiny.learner("Di Ox", cohort=tiny.cohort("Wood", tutor))
    visitor = tiny.signed_in(tutor)
    address = upload(visitor, NOWHERE + f"{known.learner_ref},Di Ox,\n".encode())
    page = visitor.read(address)
    assert "2 new people are in no cohort. Put all of them into" in page.text
    form = page.form("cohort")
    offered = {option["value"] for option in page.all("option") if option["value"]}
    assert (hair.public_id in offered) == (role is Role.ADMIN)
    sent = visitor.send(form, {"cohort": bricks.public_id})
    page = visitor.read(sent.location)
    assert "2 rows are corrected and looked at again." in page.text
    assert "2 new" in page.text
    assert "1 the same" in page.text, "whoever is here stays where they are"
    assert "is in no cohort" not in page.text, "whose row cannot be taken is not asked about"
    assert go_ahead(visitor, address, skip_bad="y") == 303
    where = """SELECT account.full_name, cohort.name FROM account JOIN membership
        ON membership.account_id = account.id JOIN cohort ON cohort.id = membership.cohort_id
        WHERE learner_ref IS NOT NULL ORDER BY 1"""
    assert rows(tiny.app, where) == [("Ann Lee", "Bricks"), ("Bo Li", "Bricks"), ("Di Ox", "Wood")]
    sql = "SELECT email FROM account WHERE learner_ref = 'A1'"
    assert rows(tiny.app, sql) == [(None,)], "a word for nothing is nothing"


def test_a_tutor_puts_nobody_into_a_cohort_of_somebody_else(tiny: Cast) -> None:
    tutor, other = tiny.account(Role.TUTOR), tiny.account(Role.TUTOR)
    tiny.cohort("Bricks", tutor)
    hair = tiny.cohort("Hair", other)
    visitor = tiny.signed_in(tutor)
    address = upload(visitor, NOWHERE)
    given = {"csrf_token": visitor.token(), "cohort": hair.public_id}
    sent = visitor.post(f"{address}/rows", data=given)
    assert "Nothing was different" in visitor.read(sent.location).text
    assert "3 refused" in visitor.read(address).text


def test_a_total_beneath_the_list_is_nobody(tiny: Cast) -> None:
    admin = tiny.signed_in(tiny.account(Role.ADMIN))
    text = (
        "learner_ref,full_name,email,cohort\n"
        "A1,Ann Lee,ann@x.example,Bricks\n"
        ",,,\n"
        "Total: 1,,,\n"
        "Grand total,1,,\n"
        "End of report,,,\n"
        "1 learner,,,\n"
        "Total,Ann Total,tot@x.example,\n"
        "A2,,,\n"
    )
    address = upload(admin, text.encode())
    page = admin.read(address).text
    assert "such as a total, are passed over: 4, 5, 6, 7." in page
    assert "2 new" in page, "whoever has an address is somebody"
    assert "1 refused" in page, "a reference alone may be somebody"
