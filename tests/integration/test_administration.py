"""The administrator's pages: settings that are seen at once, and roles that end sessions."""

import io
import re
from collections import Counter

import pytest
from flask import Flask
from PIL import Image

from induction.people.models import Role
from tests.support.cast import PASSWORD, Cast
from tests.support.client import Visitor
from tests.support.learner import Learner
from tests.support.pdf import elements, read, text_of
from tests.support.post import outbox, path_in
from tests.support.record import actions, rows

SETTINGS = "/admin/settings"


def picture(kind: str = "JPEG", size: tuple[int, int] = (900, 300)) -> io.BytesIO:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    Image.new("RGB", size, "teal").save(out, kind, exif=exif)
    out.seek(0)
    return out


def save(visitor: Visitor, **values: object) -> int:
    token = visitor.token()
    given = {
        "validity_months": "0",
        "renewal_days": "30",
        "review_reminder_days": "30",
        "csrf_token": token,
    }
    data = {k: v for k, v in (given | values).items() if v is not None}
    response = visitor.post(SETTINGS, data=data, content_type="multipart/form-data")
    return response.status_code


def test_the_institutes_name_is_seen_at_once_on_every_page(as_admin: Visitor, cast: Cast) -> None:
    other = cast.taking(cast.learner())
    assert save(as_admin, name="Northbridge College", contact="Ring Sam on 0100") == 303
    assert "Northbridge College" in other.visitor.get("/induction").text
    assert "Ring Sam on 0100" in cast.visitor().get("/").text


def test_the_page_on_privacy_leads_to_the_institutes_own_notice(
    as_admin: Visitor, visitor: Visitor
) -> None:
    assert "The institute’s own privacy notice names" in visitor.read("/privacy").text
    assert "Where you work" in visitor.read("/privacy").text
    for wrong in ("javascript:alert(1)", "www.college.example", "https://a@college.example/"):
        assert save(as_admin, privacy_notice=wrong) == 422, wrong
    assert save(as_admin, privacy_notice="https://www.college.example/privacy") == 303
    page = visitor.read("/privacy")
    assert page.links["The institute’s own privacy notice"] == "https://www.college.example/privacy"


def test_what_is_no_number_and_no_choice_is_refused_in_our_words(as_admin: Visitor) -> None:
    wrong = {"validity_months": "x", "renewal_days": "1.5", "csrf_token": as_admin.token()}
    answer = as_admin.post(SETTINGS, data=wrong)
    assert answer.status_code == 422
    assert answer.text.count("Use a whole number, in digits.") == 4, "above and at the field"
    assert "integer" not in answer.text
    form = as_admin.read("/admin/people").form("full_name")
    told = as_admin.send(form, {"full_name": "Ann Lee", "role": "emperor"}, at="/admin/people")
    assert told.status_code == 422
    assert "Choose from the list." in told.text


def test_a_colour_that_cannot_be_read_is_refused_with_its_contrast(as_admin: Visitor) -> None:
    response = as_admin.post(SETTINGS, data={"accent": "#ffcc00", "csrf_token": as_admin.token()})
    assert response.status_code == 422
    assert "the contrast is 1.2 to 1" in response.text
    assert 'value="#ffcc00"' in response.text, "what was typed is gone"


def test_a_colour_reaches_the_style_sheet_in_every_scheme(as_admin: Visitor) -> None:
    before = re.findall(r"/static/site\.\w+\.css", as_admin.get("/").text)
    assert save(as_admin, accent="#7a1f5c") == 303
    address = re.findall(r"/static/site\.\w+\.css", as_admin.get(SETTINGS).text)[0]
    assert address not in before
    sheet = as_admin.get(address).text
    assert sheet.count("--accent: #7a1f5c") == 2
    assert '[data-scheme="dark"]' in sheet.rsplit("}\n", 4)[-3]


def test_a_logo_is_drawn_anew_and_nothing_else_of_the_file_is_kept(as_admin: Visitor) -> None:
    assert save(as_admin, logo=(picture(), "logo.jpg")) == 303
    address = re.findall(r"/logo/\w+\.png", as_admin.get(SETTINGS).text)[0]
    assert save(as_admin, ukprn="10001234") == 303, "no other was chosen: it stays"
    assert address in as_admin.get(SETTINGS).text
    png = as_admin.get(address).data
    drawn = Image.open(io.BytesIO(png))
    assert drawn.format == "PNG"
    assert drawn.size[0] <= 640
    assert b"taken at home" not in png
    assert not drawn.getexif()


def test_certificates_carry_the_colour_and_the_logo_of_the_day_that_they_are_made(
    as_admin: Visitor, cast: Cast
) -> None:
    assert save(as_admin, accent="#7a1f5c", logo=(picture(), "logo.jpg")) == 303
    holder = cast.learner()
    number = cast.graduate(holder)
    me = cast.signed_in(holder)
    pdf = me.get(f"/certificates/{number}.pdf").data
    pictures = [element["/Alt"] for element in elements(pdf) if element["/S"] == "/Figure"]
    assert pictures[0].startswith("Logo of ")
    assert b"0.4784 0.1216 0.3608 rg" in read(pdf).pages[0].get_contents().get_data()
    assert save(as_admin, accent="#0d5c5a", remove_logo="1") == 303
    assert me.get(f"/certificates/{number}.pdf").data == pdf, "made once, and never again"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"%PDF-1.7 not a picture", "not a PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a PNG"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "not a PNG"),
    ],
)
def test_t18_something_else_by_the_name_of_a_picture_is_refused(
    as_admin: Visitor, data: bytes, why: str
) -> None:
    token = as_admin.token()
    response = as_admin.post(
        SETTINGS,
        data={
            "validity_months": "0",
            "renewal_days": "30",
            "review_reminder_days": "30",
            "csrf_token": token,
            "logo": (io.BytesIO(data), "logo.png"),
        },
        content_type="multipart/form-data",
    )
    assert response.status_code == 422
    assert why in response.text


def test_t18_a_picture_that_would_unpack_to_too_much_is_refused(as_admin: Visitor) -> None:
    huge = io.BytesIO()
    Image.new("1", (9000, 9000)).save(huge, "PNG")
    huge.seek(0)
    assert save(as_admin, logo=(huge, "logo.png")) == 422


def test_changes_are_on_record_and_none_is_none(app: Flask, as_admin: Visitor) -> None:
    save(as_admin, name="Northbridge College")
    assert actions(app)[-1] == "institute:settings-changed"
    length = len(actions(app))
    save(as_admin, name="Northbridge College")
    assert len(actions(app)) == length


def test_who_may_pass_a_part_unread_is_ticked_and_on_record(app: Flask, as_admin: Visitor) -> None:
    assert save(as_admin, test_out=["apprentice", "staff"]) == 303
    assert rows(app, "SELECT test_out FROM institute") == [("apprentice staff",)]
    form = as_admin.read(SETTINGS).form("test_out")
    assert form.options["test_out"] == ["learner", "apprentice", "staff"]
    assert form.fields["test_out"] == ["apprentice", "staff"]
    [(details,)] = rows(
        app, "SELECT details FROM audit_entry WHERE action = 'institute:settings-changed'"
    )
    assert '"test_out":["apprentice","staff"]' in details
    assert save(as_admin, test_out=["everyone"]) == 422
    assert save(as_admin) == 303
    assert rows(app, "SELECT test_out FROM institute") == [("",)]


def test_new_certificates_say_how_much_was_right_at_first_sight(
    as_admin: Visitor, cast: Cast
) -> None:
    assert save(as_admin, first_sight="y") == 303
    taking = ready_to_sign(cast)
    number = taking.finish()
    text = text_of(taking.visitor.get(f"/certificates/{number}.pdf").data)
    assert "Answers right at first sight" in text
    assert "Answers right at first sight" in taking.open(f"/certificates/{number}").text


def ready_to_sign(cast: Cast) -> Learner:
    """Somebody who has only the declaration before them."""
    account = cast.learner()
    cast.advance(account)
    return cast.taking(account)


def test_who_signs_for_the_institute_is_printed_on_new_certificates(
    app: Flask, as_admin: Visitor, cast: Cast
) -> None:
    before = ready_to_sign(cast).finish()
    assert save(as_admin, signatory="🙂 Principal") == 422
    assert save(as_admin, signatory="Dr Ada Okonkwo, Principal") == 303
    taking = ready_to_sign(cast)
    number = taking.finish()
    text = text_of(taking.visitor.get(f"/certificates/{number}.pdf").data)
    assert "for the institute: Dr Ada Okonkwo, Principal" in text
    assert "Dr Ada Okonkwo, Principal" in cast.visitor().read(f"/verify/{number}").text
    assert "Okonkwo" not in cast.visitor().read(f"/verify/{before}").text
    chain = rows(app, "SELECT details FROM audit_entry")
    assert not any("Okonkwo" in details for (details,) in chain), "a name stands in the chain"


def test_certificates_run_out_when_the_institute_says_so(as_admin: Visitor, cast: Cast) -> None:
    save(as_admin, validity_months="24")
    number = ready_to_sign(cast).finish()
    page = cast.visitor().read(f"/verify/{number}")
    assert "Valid until" in page.text


def test_staff_are_not_invited_to_an_induction(app: Flask, as_admin: Visitor) -> None:
    form = as_admin.read("/admin/people").form("full_name")
    given = {"full_name": "Bronwen Price", "email": "bronwen@college.example", "role": "tutor"}
    assert as_admin.send(form, given, at="/admin/people").status_code == 303
    message = outbox(app)[-1]
    assert message["Subject"].startswith("Your account with ")
    assert "Your induction" not in message.get_content()
    assert as_admin.get(path_in(message)).status_code == 200


def test_roles_are_given_and_taken_one_by_one_and_end_the_sessions_before(
    app: Flask, as_admin: Visitor, cast: Cast
) -> None:
    tutor = cast.account(Role.TUTOR)
    theirs = cast.signed_in(tutor)
    page = f"/admin/people/{tutor.public_id}"
    form = as_admin.read(page).form("reason")
    response = as_admin.send(form, {"act": "give-compliance", "reason": "promoted"}, at=page)
    assert response.status_code == 303
    assert theirs.get("/tutor").status_code == 303
    theirs.sign_in(tutor.email, PASSWORD)
    assert theirs.get("/compliance").status_code == theirs.get("/tutor").status_code == 200
    form = as_admin.read(page).form("reason")
    as_admin.send(form, {"act": "take-tutor", "reason": "teaches no more"}, at=page)
    theirs.sign_in(tutor.email, PASSWORD)
    assert theirs.get("/compliance").status_code == 200
    query = (
        "SELECT details, data FROM audit_entry JOIN audit_personal USING (seq) "
        "WHERE action = 'people:role-changed'"
    )
    assert rows(app, query) == [
        ('{"from":"tutor","to":"compliance tutor"}', '{"reason":"promoted"}'),
        ('{"from":"compliance tutor","to":"compliance"}', '{"reason":"teaches no more"}'),
    ]


@pytest.mark.parametrize("way", ["given", "new"])
def test_whoever_could_confirm_is_told_of_one_more_officer(
    app: Flask, as_admin: Visitor, cast: Cast, way: str
) -> None:
    officer, tutor = cast.account(Role.COMPLIANCE), cast.account(Role.TUTOR, "Tina Tutor")
    page = f"/admin/people/{tutor.public_id}" if way == "given" else "/admin/people"
    given = {"act": "give-compliance", "reason": "promoted"}
    new = {"full_name": "Tina Tutor", "email": "tina@college.example", "role": "compliance"}
    form = as_admin.read(page).form("reason" if way == "given" else "full_name")
    assert as_admin.send(form, given if way == "given" else new, at=page).status_code == 303
    told = [str(m["Subject"]) for m in outbox(app) if m["To"] == officer.email]
    assert told.count("Tina Tutor is a compliance officer now") == 1


def test_whoever_has_several_roles_finds_all_of_them_and_their_own_induction(
    as_admin: Visitor, cast: Cast
) -> None:
    taught = cast.learner("Priya Shah")
    for role in ("tutor", "safeguarding"):
        page = f"/admin/people/{taught.public_id}"
        form = as_admin.read(page).form("reason")
        sent = as_admin.send(form, {"act": f"give-{role}", "reason": "also teaches"}, at=page)
        assert sent.status_code == 303
    theirs = cast.signed_in(taught)
    menu = {link["href"] for link in theirs.read("/account").all("a")}
    assert {"/compliance/reports", "/tutor", "/induction", "/account"} <= menu
    assert theirs.get("/induction").status_code == 200
    assert theirs.get("/compliance").status_code == 403
    assert "Tutor, Safeguarding lead" in as_admin.read("/admin/people").text
    found = as_admin.get("/admin/people?search=Priya")
    assert found.location == f"/admin/people/{taught.public_id}", "the one that is found is opened"


def test_people_are_narrowed_to_staff_to_learners_and_to_a_role(
    as_admin: Visitor, cast: Cast
) -> None:
    for who in (Role.TUTOR, Role.COMPLIANCE):
        cast.account(who)
    for name in ("Priya Shah", "Bo Li"):
        cast.learner(name)

    def roles(chosen: str) -> Counter[str]:
        page = as_admin.read(f"/admin/people?role={chosen}&search=")
        found = [cell.text for cell in page.all("td") if cell["data-label"] == "Roles"]
        return Counter(found)

    everyone = roles("")
    assert roles("learners") == Counter({"Learner": everyone["Learner"]})
    assert roles("staff") == everyone - roles("learners")
    assert roles("compliance") == Counter({"Compliance officer": everyone["Compliance officer"]})
    assert roles("nobody") == everyone


def test_a_logo_that_is_no_picture_is_told_beside_other_mistakes(as_admin: Visitor) -> None:
    form = as_admin.read(SETTINGS).form("ukprn")
    data = {**form.filled(ukprn="12"), "logo": (io.BytesIO(b"<svg/>"), "logo.svg")}
    response = as_admin.post(SETTINGS, data=data, content_type="multipart/form-data")
    assert response.status_code == 422
    page = response.get_data(as_text=True)
    assert "A UKPRN has eight digits." in page
    assert "not a PNG" in page


def test_an_ended_account_cannot_sign_in_until_it_is_opened_again(
    as_admin: Visitor, cast: Cast
) -> None:
    learner = cast.learner()
    theirs = cast.signed_in(learner)
    page = f"/admin/people/{learner.public_id}"
    for act, works in (("deactivate", False), ("reactivate", True)):
        form = as_admin.read(page).form("reason")
        as_admin.send(form, {"act": act, "reason": "left"}, at=page)
        assert (theirs.get("/induction").status_code == 200) is False
        form = theirs.read("/sign-in").form("password")
        response = theirs.send(form, {"email": learner.email, "password": PASSWORD}, at="/sign-in")
        assert (response.status_code == 303) is works


def test_t31_why_an_administrator_had_a_link_mailed_is_on_record(
    app: Flask, as_admin: Visitor, cast: Cast
) -> None:
    page = f"/admin/people/{cast.learner().public_id}"
    form = as_admin.read(page).form("reason")
    as_admin.send(form, {"act": "link", "reason": "Rang on Tuesday, phone lost"}, at=page)
    query = (
        "SELECT data FROM audit_personal JOIN audit_entry USING (seq)"
        " WHERE action = 'people:link-sent'"
    )
    assert "Rang on Tuesday, phone lost" in str(rows(app, query))


def test_the_last_administrator_stays(app: Flask, as_admin: Visitor) -> None:
    query = "SELECT public_id FROM account JOIN account_role ON account_id = id"
    [(public_id,)] = rows(app, query)
    page = f"/admin/people/{public_id}"
    for act in ("deactivate", "take-admin"):
        form = as_admin.read(page).form("reason")
        response = as_admin.send(form, {"act": act, "reason": "tired"}, at=page)
        assert response.status_code == 422
        assert "the only administrator" in response.text


def test_an_act_without_a_reason_is_not_done(as_admin: Visitor, cast: Cast) -> None:
    learner = cast.learner()
    page = f"/admin/people/{learner.public_id}"
    form = as_admin.read(page).form("reason")
    assert as_admin.send(form, {"act": "deactivate"}, at=page).status_code == 422
    assert cast.signed_in(learner).get("/induction").status_code == 200


def test_whose_account_ends_as_the_only_tutor_of_learners_is_said_before_and_afterwards(
    app: Flask, cast: Cast, as_admin: Visitor
) -> None:
    one, two = cast.account(Role.TUTOR), cast.account(Role.TUTOR, email="two@college.example")
    cast.learner(cohort=cast.cohort("Bricks", one))
    cast.learner("Other Learner", cohort=cast.cohort("Hair", one, two))
    cast.cohort("Nobody is in it", one)
    page, shared = (f"/admin/people/{tutor.public_id}" for tutor in (one, two))
    assert "the only tutor of 1 cohort with learners: Bricks. If" in as_admin.read(page).text
    assert "the only tutor" not in as_admin.read(shared).text
    health = as_admin.read("/admin/health").text
    assert "Each cohort with learners has a tutor who can sign in" in health
    form = as_admin.read(page).form("reason")
    gone = {"act": "deactivate", "reason": "has left"}
    assert as_admin.send(form, gone, at=page).status_code == 303
    assert "No other tutor looks after Bricks." in as_admin.read(page).text
    health = as_admin.read("/admin/health").text
    assert "Learners have no tutor who can sign in, in cohorts: Bricks" in health
    assert "the only tutor of 1 cohort with learners: Hair." in as_admin.read(shared).text
