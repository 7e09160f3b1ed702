"""A quiet mark for the tutor, who has a word; the certificate may wait; nobody is accused."""

import re

from induction.administration import settings_changes
from induction.audit.act import SYSTEM, acting
from induction.database import utc_now
from induction.people.models import Role
from tests.support.cast import Cast
from tests.support.learner import Learner
from tests.support.record import count, rows

FINDS = ("fast", "chance", "read it", "seconds", "mark", "cheat")


def wait_for_a_word(tiny: Cast) -> None:
    with tiny.app.app_context(), acting(SYSTEM, utc_now()) as act:
        settings_changes.change(act, {"word_first": True})


def test_without_the_setting_the_mark_blocks_nothing(newcomer: Learner, tiny: Cast) -> None:
    assert newcomer.finish()
    assert rows(tiny.app, "SELECT flags FROM progress WHERE flags <> ''") == [("hurried",)]


def test_a_certificate_waits_until_a_tutor_has_had_a_word(newcomer: Learner, tiny: Cast) -> None:
    wait_for_a_word(tiny)
    newcomer.walk(lambda me: "A short talk first" in me.page.text)
    told = newcomer.page.text
    assert not any(word in told.lower() for word in FINDS)
    newcomer.open()  # and the overview does not offer to sign what cannot be signed yet
    assert "A short talk with your tutor first" in newcomer.page.next_step.text
    form = {"accept": "y", "full_name": newcomer.name, "csrf_token": newcomer.visitor.token()}
    newcomer.visitor.post("/induction/declaration", data=form)
    assert count(tiny.app, "certificate") == 0

    officer = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    listed = officer.read("/tutor/learners?state=word")
    assert newcomer.name in listed.text
    [here] = {a["href"] for a in listed.all("a") if a["href"].startswith("/tutor/learners/")}
    assert re.search(r": \d+ s; a quick reader takes about \d+ s", officer.read(here).text)
    act = f"{here.partition('?')[0]}/word"
    asked = officer.read(act).form("reason")
    officer.send(asked, {"reason": "Has read it at home, and knew it"}, at=act)
    assert "Worth a word" not in officer.read(here).text
    assert newcomer.name not in officer.read("/tutor/learners?state=word").text
    [(details,)] = rows(
        tiny.app, "SELECT details FROM audit_entry WHERE action = 'tutoring:word-had'"
    )
    assert details == '{"flags":["hurried"]}'
    assert newcomer.finish()
    assert count(tiny.app, "certificate") == 1
