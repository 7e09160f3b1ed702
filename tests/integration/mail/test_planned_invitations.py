"""Invitations at a time to come: seen as waiting, called back, and their links live from then."""

from datetime import datetime, time, timedelta
from pathlib import Path

import pytest

from induction.config import Settings
from induction.database import utc_now
from induction.mail import outbox
from induction.people.models import Account, Cohort, Role
from induction.reminders.second_looks import LOOKS
from induction.uk_time import uk_day, uk_moment
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.importing import go_ahead, upload
from tests.support.page import Page
from tests.support.record import actions, count, rows

WAITING = "SELECT recipient FROM outbox_mail WHERE sent_at IS NULL ORDER BY recipient"


@pytest.fixture
def hair(tiny: Cast) -> Cohort:
    return tiny.cohort("Hair")


@pytest.fixture
def ann(tiny: Cast, hair: Cohort) -> Account:
    return tiny.learner("Ann Lee", cohort=hair, newcomer=True)


@pytest.fixture
def admin(tiny: Cast) -> Visitor:
    return tiny.signed_in(tiny.account(Role.ADMIN))


def in_days(number: int, clock: str = "08:00") -> tuple[dict[str, str], datetime]:
    """What is typed for a time to come, and which moment that is."""
    day = uk_day(utc_now()) + timedelta(days=number)
    return {"on": day.isoformat(), "at": clock}, uk_moment(day, time.fromisoformat(clock))


def sent(tiny: Cast, at: datetime) -> tuple[int, int]:
    """What the worker does at that moment."""
    with tiny.app.app_context():
        settings: Settings = tiny.app.extensions["settings"]
        return outbox.send_due(settings, now=at, looks=LOOKS)


def for_many(visitor: Visitor, state: str, **values: str) -> Page:
    address = f"/tutor/selection/invite?state={state}"
    response = visitor.send(visitor.read(address).form("on"), values, at=address)
    assert response.status_code == 303, response.get_data(as_text=True)
    return visitor.read(response.location)


def test_everybody_who_was_never_invited_is_invited_on_monday(
    tiny: Cast, admin: Visitor, ann: Account
) -> None:
    came = tiny.learner("Came Already")
    without = tiny.learner("Without Address", address=False, newcomer=True)
    assert "Ann Lee" in admin.read("/tutor/learners?state=uninvited").text
    assert "Nobody fits" in admin.read("/tutor/learners?state=never-came").text
    typed, at = in_days(5)
    for_many(admin, "uninvited", **typed)
    assert "Nobody fits" in admin.read("/tutor/learners?state=uninvited").text
    page = admin.read("/tutor/learners?state=planned").text
    assert "Ann Lee" in page
    assert came.full_name not in page
    assert without.full_name not in page
    assert "1 person" in admin.read("/tutor/invitations").text
    assert "Invitation planned" in admin.read(f"/tutor/learners/{ann.public_id}").text
    assert count(tiny.app, "one_time_link") == 0
    assert sent(tiny, at - timedelta(minutes=1)) == (0, 0)
    assert sent(tiny, at + timedelta(minutes=1)) == (1, 0)
    ((ends,),) = rows(tiny.app, "SELECT expires_at FROM one_time_link")
    lasts = datetime.fromisoformat(f"{ends}+00:00") - at
    assert lasts == timedelta(days=4, minutes=1), "it counts from when it was sent"
    assert actions(tiny.app)[-1] == "people:link-sent"
    folder: Path = tiny.app.extensions["settings"].instance / "outbox"
    assert "/link/" in next(folder.glob("*.eml")).read_text()
    assert "Ann Lee" in admin.read("/tutor/learners?state=never-came").text
    assert "Nothing waits" in admin.read("/tutor/invitations").text


def test_what_waits_is_called_back_and_can_be_planned_anew(
    tiny: Cast, admin: Visitor, ann: Account
) -> None:
    first, _ = in_days(2)
    for_many(admin, "uninvited", **first)
    later, at = in_days(3, "09:30")
    for_many(admin, "planned", **later)
    assert rows(tiny.app, WAITING) == [(ann.email,)], "one gives way to the other"
    form = next(f for f in admin.read("/tutor/invitations").forms if "call-back" in f.action)
    tutor = tiny.signed_in(tiny.account(Role.TUTOR))
    given = {"csrf_token": tutor.token()}
    tutor.post(form.action, data=given)
    assert rows(tiny.app, WAITING) == [(ann.email,)], "they see nobody there"
    page = admin.read(admin.send(form).location).text
    assert "1 invitation called back" in page
    assert rows(tiny.app, WAITING) == []
    assert actions(tiny.app)[-1] == "people:invitation-called-back"
    assert sent(tiny, at + timedelta(days=1)) == (0, 0)
    assert "Ann Lee" in admin.read("/tutor/learners?state=uninvited").text


def test_a_quiet_hour_is_waited_for_and_nobody_gets_one_who_came_meanwhile(
    tiny: Cast, admin: Visitor, ann: Account, hair: Cohort
) -> None:
    bo = tiny.learner("Bo Li", cohort=hair, newcomer=True)
    typed, at = in_days(1, "07:00")
    for_many(admin, "uninvited", **typed)
    assert "when the quiet hours end" in admin.read("/tutor/invitations").text
    leave = f"/tutor/learners/{bo.public_id}/leave"
    form = admin.read(leave).form("reason")
    assert admin.send(form, {"reason": "Moved away."}, at=leave).status_code == 303
    assert sent(tiny, at) == (0, 0)
    assert rows(tiny.app, WAITING) == [(ann.email,)]
    assert sent(tiny, at + timedelta(minutes=59)) == (0, 0)
    assert sent(tiny, at + timedelta(hours=1)) == (1, 0)


def test_an_import_s_invitations_wait_and_the_list_again_invites_nobody_twice(
    tiny: Cast, admin: Visitor, tmp_path: Path
) -> None:
    data = b"learner_ref,full_name,email\nA1,Ann Lee,ann@x.example\n"
    typed, _ = in_days(4)
    past = {"on": "2020-01-06", "at": "08:00"}
    address = upload(admin, data)
    assert go_ahead(admin, address, invite="y", **past) == 422
    assert count(tiny.app, "enrolment") == 0
    assert go_ahead(admin, address, invite="y", **typed) == 303
    assert rows(tiny.app, WAITING) == [("ann@x.example",)]
    again = admin.read(upload(admin, data)).text
    assert "There is nothing to import." in again
    assert "no invitation yet" not in again
    file = tmp_path / "list.csv"
    file.write_bytes(b"learner_ref,full_name,email\nA2,Bo Li,bo@x.example\n")
    when = f"{typed['on']} 09:00"
    run = tiny.app.test_cli_runner().invoke
    said = run(args=["people", "import", str(file), "--invite-at", when])
    assert "1 invited" in said.output, said.output
    assert rows(tiny.app, WAITING) == [("ann@x.example",), ("bo@x.example",)]
    assert count(tiny.app, "one_time_link") == 0
