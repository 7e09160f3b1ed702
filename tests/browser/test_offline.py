"""The connection drops: whatever is pressed is kept and explained, and an answer is sent once."""

import pytest
from flask import Flask
from playwright.sync_api import expect

from induction.people.models import Role
from tests.browser.conftest import StudyMaker, sign_in
from tests.support.browser import Visits, follow
from tests.support.cast import Cast
from tests.support.record import count
from tests.support.server import Server

pytestmark = pytest.mark.browser

KEPT = "Your answer is kept on this device"


def test_without_a_connection_the_answer_waits_and_is_sent_once(
    app: Flask, study: StudyMaker, visits: Visits
) -> None:
    me = study()
    me.to_a_question()
    [right] = me.choice()
    me.page.check(f"input[name=option][value={right}]")
    me.page.context.set_offline(True)
    me.next.click()
    expect(me.page.get_by_role("status")).to_contain_text(KEPT)
    me.next.click()  # pressing again neither loses it nor sends it twice
    expect(me.page.get_by_role("status")).to_contain_text(KEPT)
    assert count(app, "answer") == 0
    me.page.context.set_offline(False)
    expect(me.page.get_by_role("heading", level=1)).to_have_text("Yes, that’s right")
    assert count(app, "answer") == 1
    assert me.page.evaluate("Object.keys(localStorage)") == [], "what was sent is not kept"
    visits.complaints.clear()


def test_a_server_that_is_away_for_a_while_gets_the_answer_once(
    app: Flask, server: Server, study: StudyMaker, visits: Visits
) -> None:
    me = study()
    me.page.clock.install()
    me.to_a_question()
    [right] = me.choice()
    me.page.check(f"input[name=option][value={right}]")
    me.page.clock.fast_forward("00:20")  # so long after it came, the page asks before it sends
    server.kill()
    me.next.click()
    expect(me.page.get_by_role("status")).to_contain_text(KEPT)
    server.restart()
    me.page.clock.fast_forward("00:11")
    expect(me.page.get_by_role("heading", level=1)).to_have_text("Yes, that’s right")
    assert count(app, "answer") == 1
    visits.complaints.clear()


def test_a_choice_is_still_there_when_the_page_is_opened_again(study: StudyMaker) -> None:
    me = study()
    me.to_a_question()
    me.options.last.check()
    me.page.reload()
    expect(me.options.last).to_be_checked()


@pytest.mark.parametrize("pressed", ["main [data-next]", ".nav a[href='/account']", ".aa"])
def test_whatever_leads_on_waits_for_the_connection(
    study: StudyMaker, visits: Visits, pressed: str
) -> None:
    me = study()
    me.page.goto("/induction")
    me.page.context.set_offline(True)
    me.page.click(pressed)
    expect(me.page.get_by_role("status")).to_contain_text("You are offline just now")
    assert me.page.url.endswith("/induction"), "the page is still there"
    me.page.context.set_offline(False)
    me.page.click(pressed)
    me.page.wait_for_url(lambda url: not url.endswith("/induction"))
    visits.complaints.clear()


def test_a_report_stays_in_its_form_until_it_can_be_sent(
    cast: Cast, server: Server, study: StudyMaker, visits: Visits
) -> None:
    cast.account(Role.SAFEGUARDING)
    me = study()
    me.page.clock.install()
    me.page.goto("/report?about=rule")
    words = me.page.locator("[name=what]")
    words.fill("It was in the class chat at noon.")
    me.page.clock.fast_forward("00:20")
    server.kill()
    send = me.page.get_by_role("button", name="Send the report")
    send.click()
    expect(me.page.get_by_role("status")).to_contain_text("Press again when the connection is back")
    expect(words).to_have_value("It was in the class chat at noon.")
    server.restart()
    send.click()
    me.page.wait_for_url("**/report/sent")
    assert count(cast.app, "breach_report") == 1
    visits.complaints.clear()


def test_a_typed_name_stays_until_it_can_be_signed(cast: Cast, visits: Visits) -> None:
    learner = cast.learner()
    cast.taking(learner).to_declaration()
    page = visits.phone()
    sign_in(page, learner.email)
    page.goto("/induction/declaration")
    page.fill("[name=full_name]", "Amina Yusuf")
    page.check("[name=accept]")
    page.context.set_offline(True)
    page.click("main [data-next]")
    expect(page.get_by_role("status")).to_contain_text("Nothing is lost")
    expect(page.locator("[name=full_name]")).to_have_value("Amina Yusuf")
    assert count(cast.app, "certificate") == 0
    page.context.set_offline(False)
    page.click("main [data-next]")
    page.wait_for_url("**/certificates/**")
    visits.complaints.clear()


def test_while_it_looks_for_the_connection_it_says_so(study: StudyMaker, visits: Visits) -> None:
    me = study()
    me.page.clock.install()
    me.to_a_question()
    me.options.first.check()
    me.page.route("**/healthz", lambda _route: None)  # no answer, and no refusal
    me.page.clock.fast_forward("00:20")
    me.next.click()
    me.page.clock.fast_forward("00:01")
    expect(me.page.get_by_role("status")).to_contain_text("We are looking for the connection")
    visits.complaints.clear()


def test_a_page_that_cannot_be_fetched_is_ours_and_keeps_nothing_of_anybody(
    server: Server, study: StudyMaker, visits: Visits
) -> None:
    me = study(service_workers="allow")
    me.page.goto("/induction")
    me.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    me.page.reload()
    server.kill()
    me.next.click()  # the device believes that it is online
    expect(me.page.get_by_role("heading", level=1)).to_have_text("You are offline just now")
    assert "/induction/" in me.page.url
    assert me.page.locator("body").inner_text().count(me.name) == 0
    kept = me.page.evaluate(
        "caches.keys().then((all) => Promise.all(all.map(async (name) => "
        "(await (await caches.open(name)).keys()).map((one) => new URL(one.url).pathname))))"
    )
    assert [path for paths in kept for path in paths if not path.startswith("/static/")] == [
        "/offline"
    ]
    server.restart()
    follow(me.page.get_by_role("link", name="Try again"))
    expect(me.page.locator("article")).to_be_visible()
    while not me.options.count():
        follow(me.next)
    me.options.first.check()
    server.kill()
    me.next.click()  # so soon after the page came, nothing is asked first
    expect(me.page.get_by_role("heading", level=1)).to_have_text("You are offline just now")
    server.restart()
    me.page.go_back()
    expect(me.options.first).to_be_checked()
    me.page.locator(".sign-out button").click()
    expect(me.page.get_by_role("status")).to_contain_text("You are signed out")
    assert me.page.evaluate("caches.keys()") == [], "nothing stays on a shared computer"
    visits.complaints.clear()
