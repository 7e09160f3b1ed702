"""Where an apprentice works: from a list, found, corrected and taken away."""

from datetime import timedelta

from sqlalchemy import update

from induction.database import utc_now, writing
from induction.people.models import Cohort, Role
from tests.support.cast import Cast
from tests.support.importing import go_ahead, upload
from tests.support.record import count, rows

EMPLOYERS = (
    "SELECT learner_ref, full_name, family_name, employer FROM account"
    " WHERE learner_ref IS NOT NULL ORDER BY learner_ref"
)


def test_the_employer_comes_in_is_found_and_taken_away_and_a_name_is_turned_round(
    tiny: Cast,
) -> None:
    admin = tiny.signed_in(tiny.account(Role.ADMIN))
    text = (
        'Learner ref,"Surname, Forename",Email,Employer Name,EmpId,Group\n'
        'A1,"Okafor, Ada",ada@x.example,Bright & Sons Ltd,900001,Bricks\n'
        'A2,"Kaur Gill, Simran",zoe@x.example,N/A,,Bricks\n'
        "A3,Bo Li,bo@x.example,,,Bricks\n"
    )
    address = upload(admin, text.encode())
    page = admin.read(f"{address}?show=new").text
    assert "Employer Bright & Sons Ltd" in page
    assert "“Okafor, Ada” is taken as Ada Okafor." in page
    assert "EmpId" in page, "left aside, and said so"
    assert go_ahead(admin, address) == 303
    assert rows(tiny.app, EMPLOYERS) == [
        ("A1", "Ada Okafor", None, "Bright & Sons Ltd"),
        ("A2", "Simran Kaur Gill", "Kaur Gill", None),
        ("A3", "Bo Li", None, None),
    ]
    found = admin.get("/tutor/learners?search=bright+sons")
    assert found.status_code == 303, "the only one who works there"
    where = found.location.replace("/tutor/learners/", "/tutor/people/") + "/details"
    form = admin.read(where).form("employer")
    sent = admin.send(form, {"employer": "Oak Ltd", "reason": "Changed jobs."}, at=where)
    assert sent.status_code == 303
    assert "Oak Ltd" in admin.read(found.location).text
    again = admin.read(upload(admin, text.encode())).text
    assert "3 the same" in again, "what staff corrected is not undone by a list"
    ((cohort,),) = rows(tiny.app, "SELECT public_id FROM cohort")
    taken = admin.get(f"/tutor/cohorts/{cohort}/learners.csv").get_data(as_text=True)
    assert "Oak Ltd" in taken
    assert "employer" in taken.splitlines()[0]


def test_a_due_date_that_has_passed_is_asked_about_before_somebody_is_enrolled(
    tiny: Cast,
) -> None:
    admin, hair = tiny.signed_in(tiny.account(Role.ADMIN)), tiny.cohort("Hair")
    past = (utc_now() - timedelta(days=3)).date()
    with tiny.app.app_context(), writing() as session:
        session.execute(update(Cohort).where(Cohort.id == hair.id).values(due_on=past))
    form = admin.read("/tutor/enrol").form("full_name")
    values = {"full_name": "Ann Lee", "learner_ref": "A1", "cohort": hair.public_id}
    asked = admin.send(form, values, at="/tutor/enrol")
    assert asked.status_code == 422
    assert "has passed, so they would be overdue at once" in asked.get_data(as_text=True)
    assert count(tiny.app, "enrolment") == 0
    assert admin.send(form, {**values, "late": "y"}, at="/tutor/enrol").status_code == 303
    assert count(tiny.app, "enrolment") == 1
