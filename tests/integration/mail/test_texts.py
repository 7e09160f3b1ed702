"""Letters in the institute's own words: looked at, tried on oneself, kept, and taken back."""

import pytest

from induction.people.models import Account, Role
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.post import outbox
from tests.support.record import actions, rows

AT = "/admin/mail/texts/invitation"
OWN = "Hi {name}, welcome to {institute}. Begin here:\n\n{link}\n\nThe induction team"


@pytest.fixture
def admin(tiny: Cast) -> Visitor:
    return tiny.signed_in(tiny.account(Role.ADMIN, email="admin@x.example"))


def write(admin: Visitor, button: str, at: str = AT, status: int = 303, **values: str) -> str:
    data = {"csrf_token": admin.token(), button: "1", "subject": "Welcome, {name}", "body": OWN}
    answer = admin.post(at, data=data | values)
    assert answer.status_code == status, answer.text
    return answer.text


def invited(tiny: Cast, admin: Visitor, name: str) -> tuple[Account, str, str]:
    one = tiny.learner(name, newcomer=True)
    here = f"/tutor/learners/{one.public_id}/invite"
    assert admin.post(here, data={"csrf_token": admin.token()}).status_code == 303
    (mail,) = [m for m in outbox(tiny.app) if m["To"] == one.email]
    return one, str(mail["Subject"]), mail.get_content()


def test_an_invitation_in_own_words_says_them_and_its_link_works(
    tiny: Cast, admin: Visitor
) -> None:
    write(admin, "save")
    _, subject, body = invited(tiny, admin, "Ann Lee")
    assert subject == "Welcome, Ann Lee"
    assert body.startswith("Hi Ann Lee, welcome to ")
    (link,) = [line for line in body.splitlines() if line.startswith("http")]
    assert tiny.visitor().get("/" + link.split("/", 3)[3]).status_code == 200
    assert "In your words since" in admin.read(AT).text
    write(admin, "reset")
    assert invited(tiny, admin, "Bo Li")[1].startswith("Your induction with")
    assert actions(tiny.app).count("mail:letter-text-changed") == 2


def test_a_look_and_a_test_keep_nothing(tiny: Cast, admin: Visitor) -> None:
    assert "Hi Amina Yusuf, welcome to" in write(admin, "look", status=200)
    write(admin, "test", status=200)
    folder = tiny.app.extensions["settings"].instance / "outbox"
    (mail,) = [file.read_text() for file in folder.glob("*.eml")]
    assert "To: admin@x.example" in mail
    assert "Hi Amina Yusuf" in mail
    assert rows(tiny.app, "SELECT count(*) FROM letter_text") == [(0,)]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("Hi {name}", "{link} has to stand in the text"),
        ("{link} {nmae}", "Nothing is known as {nmae}"),
        ("{link} {due}", "Nothing is known as {due}"),
        ("  ", "A letter has a subject and a text"),
        ("Go to https://evil.example/?{link} now", "stands in the text alone"),
        ("{link} or https://evil.example/({link}", "stands in the text alone"),
        ("{link}" + "x" * 5000, "At most 150 characters"),
    ],
)
def test_a_text_that_cannot_be_sent_is_refused_and_kept_on_the_page(
    tiny: Cast, admin: Visitor, body: str, why: str
) -> None:
    assert why in write(admin, "save", status=422, body=body)
    assert rows(tiny.app, "SELECT count(*) FROM letter_text") == [(0,)]


def test_a_link_that_signs_somebody_in_is_in_no_list_of_letters(tiny: Cast, admin: Visitor) -> None:
    said = write(admin, "save", status=422, subject="Your link: {link}")
    assert "stands in the text alone" in said
    assert rows(tiny.app, "SELECT count(*) FROM letter_text") == [(0,)]


def test_what_letters_said_is_on_record(tiny: Cast, admin: Visitor) -> None:
    write(admin, "save", body="Call Ann. {link}")
    write(admin, "reset")
    ((said,),) = rows(tiny.app, "SELECT data FROM audit_personal WHERE data LIKE '%Call Ann%'")
    assert "Welcome, {name}" in said


def test_ours_stand_there_to_be_changed_with_braces_in_them(admin: Visitor) -> None:
    fields = admin.read("/admin/mail/texts/reminder-due").form("body").fields
    assert fields["subject"] == ["Your induction is due on {due}"]
    assert all(word in fields["body"][0] for word in ("{name}", "{policy}", "{page}", "{where}"))
    assert "Amina" not in fields["body"][0]


def test_a_reminder_in_own_words_still_says_how_to_turn_them_off(
    tiny: Cast, admin: Visitor
) -> None:
    at = "/admin/mail/texts/reminder-stuck"
    text = write(admin, "look", at, 200, body="{name}, you are at {where}: {page}")
    assert "Amina Yusuf, you are at Section 3: " in text
    assert "You can turn these messages off at" in text


def test_staff_are_invited_in_our_words(tiny: Cast, admin: Visitor) -> None:
    write(admin, "save")
    token = admin.token()
    data = {"full_name": "Tim", "email": "tim@x.example", "role": "tutor", "csrf_token": token}
    assert admin.post("/admin/people", data=data).status_code == 303
    (mail,) = [m for m in outbox(tiny.app) if m["To"] == "tim@x.example"]
    assert str(mail["Subject"]).startswith("Your account with")
