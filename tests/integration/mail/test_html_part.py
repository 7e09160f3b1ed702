"""Each mail has its words twice, as text and as HTML, and fetches nothing when it is opened."""

import io
import re

from PIL import Image

from induction.mail.html_part import LOGO
from induction.people.models import Role
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.mail import Received, shown, words
from tests.support.post import outbox
from tests.support.record import rows

AT = "/admin/mail/texts/reminder-stuck"
MARKUP = "<b>Ann</b> & <img src=https://evil.example/x.png>"


def settings(admin: Visitor, **values: object) -> None:
    form = admin.read("/admin/settings").form("name").filled()
    answer = admin.post(
        "/admin/settings", data={**form, **values}, content_type="multipart/form-data"
    )
    assert answer.status_code == 303, answer.text


def asked(cast: Cast, question: str) -> Received:
    """What a tutor gets whose learner asks this."""
    tutor = cast.account(Role.TUTOR)
    learner = cast.signed_in(cast.learner(cohort=cast.cohort("Bricks", tutor)))
    form = learner.read("/induction/ask").form("question")
    assert learner.send(form, {"question": question}, at="/induction/ask").status_code == 303
    (mail,) = [mail for mail in outbox(cast.app) if mail["To"] == tutor.email]
    return mail


def html_of(mail: Received) -> str:
    body = mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def test_both_parts_say_the_same_and_what_was_typed_stays_text(tiny: Cast) -> None:
    mail = asked(tiny, f"May I write {MARKUP}?\n\nhttps://evil.example/x")
    html = html_of(mail)
    assert mail.get_content_type() == "multipart/alternative"
    assert shown(html) == words(mail.get_content())
    assert "&lt;b&gt;Ann&lt;/b&gt; &amp; &lt;img" in html
    base = tiny.app.extensions["settings"].base_url
    assert re.findall(r"href=\"([^\"]+)", html)
    assert all(href.startswith(base) for href in re.findall(r"href=\"([^\"]+)", html))
    assert not re.search(r"<(?:img|link|script|form|iframe)|url\(|@import", html)


def test_an_address_of_ours_that_somebody_typed_is_no_button(tiny: Cast) -> None:
    base = tiny.app.extensions["settings"].base_url
    mail = asked(tiny, f"May I?\n\n{base}/link/mine\n\nSee {base}/link/mine")
    html = html_of(mail)
    assert f"> {base}/link/mine" in mail.get_content()
    assert shown(html) == words(mail.get_content())
    links = re.findall(r"href=\"([^\"]+)", html)
    assert links
    assert all("/tutor/learners/" in href for href in links)


def test_a_logo_comes_with_the_mail_and_the_colour_is_the_institutes(tiny: Cast) -> None:
    logo = io.BytesIO()
    Image.new("RGB", (200, 80), "teal").save(logo, "PNG")
    logo.seek(0)
    admin = tiny.signed_in(tiny.account(Role.ADMIN))
    settings(admin, accent="#7a1f5c", logo=(logo, "logo.png"))
    mail = asked(tiny, "Where is room 4?")
    html = html_of(mail)
    assert re.findall(r"src=\"([^\"]+)", html) == [f"cid:{LOGO}"]
    (picture,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert picture["Content-ID"] == f"<{LOGO}>"
    assert picture.get_content_disposition() == "inline"
    assert "#7a1f5c" in html


def test_the_mail_can_be_seen_before_it_is_kept(tiny: Cast) -> None:
    admin = tiny.signed_in(tiny.account(Role.ADMIN))
    admin.inspecting = False  # a mail has its styles with it, which no page of ours has
    sent = {"subject": "A hard part", "body": f"Hello {{name}},\n\n{MARKUP}\n\n{{page}}"}
    answer = admin.post(AT, data={**sent, "mail": "1", "csrf_token": admin.token()})
    assert answer.status_code == 200
    assert "Hello Amina Yusuf," in answer.text
    assert "&lt;b&gt;Ann&lt;/b&gt;" in answer.text
    (policy,) = answer.headers.getlist("Content-Security-Policy")
    assert "default-src 'none'; style-src 'sha256-" in policy
    assert "unsafe" not in policy


def test_what_somebody_typed_after_the_greeting_begins_with_a_capital(tiny: Cast) -> None:
    tutor = tiny.account(Role.TUTOR)
    cohort = tiny.cohort("Bricks", tutor)
    learner = tiny.learner(cohort=cohort)
    at = f"/tutor/cohorts/{cohort.public_id}/remind"
    visitor = tiny.signed_in(tutor)
    form = visitor.read(at).form("own_words")
    sent = visitor.send(form, {"own_words": "please do it by Friday.", "send": "1"}, at=at)
    assert sent.status_code == 303
    ((body,),) = rows(
        tiny.app, "SELECT body FROM outbox_mail WHERE recipient = :to", to=learner.email
    )
    assert body.startswith("Hello Amina Yusuf,\n\nPlease do it by Friday.")
