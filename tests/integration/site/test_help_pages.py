"""Help for afterwards: open to anybody, and linked from where somebody needs it."""

import pytest
from flask import Flask

from induction.people.models import Role
from tests.integration.test_administration import save
from tests.integration.test_reports import number_of, send
from tests.integration.test_whom_to_tell import LEAD
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.post import outbox

PAGES = {
    "/help/somebody-posted-me": "Somebody posted me",
    "/help/i-made-a-mistake": "I made a mistake",
    "/help/settings-app-by-app": "Settings, app by app",
}


def links(visitor: Visitor, path: str) -> set[str]:
    return {link["href"] for link in visitor.read(path).all("a")}


@pytest.mark.parametrize("path", PAGES)
def test_anyone_can_open_it_and_reads_whom_to_tell(
    path: str, as_admin: Visitor, cast: Cast
) -> None:
    assert save(as_admin, **LEAD) == 303
    stranger = cast.visitor()
    assert path in links(stranger, "/help")
    page = stranger.read(path)
    assert PAGES[path] in page.text
    for words in ("Dilys Akhtar", "Duty manager", "Report Remove", "were checked on"):
        assert words in page.text
    numbers = {link["href"] for link in page.all("a")}
    assert {"tel:999", "tel:116123", "tel:08001111", "tel:03456000459"} <= numbers
    assert any("data-print" in button for button in page.all("button"))


def test_every_page_of_the_site_leads_there(cast: Cast) -> None:
    assert "/help" in links(cast.visitor(), "/sign-in")


def test_a_name_that_no_page_has_is_not_found(cast: Cast) -> None:
    assert cast.visitor().get("/help/no-such-page").status_code == 404


def test_a_certificate_and_a_report_lead_there(app: Flask, cast: Cast) -> None:
    learner = cast.taking(cast.learner())
    number = learner.finish()
    cast.account(Role.SAFEGUARDING)
    assert PAGES.keys() <= links(learner.visitor, f"/certificates/{number}")
    assert PAGES.keys() <= links(cast.visitor(), "/report")
    assert send(learner.visitor, about="harm", may_contact="y") == 303
    assert PAGES.keys() <= links(learner.visitor, "/report/sent")
    assert number_of(learner.visitor)
    letters = [t for t in (m.get_content() for m in outbox(app)) if "Your report has" in t]
    assert len(letters) == 1
    assert all(path in letters[0] for path in PAGES)


def test_the_sections_lead_to_the_help_that_goes_on_from_them(app: Flask) -> None:
    with app.app_context():
        policy = app.extensions["content"].policy
    bodies = "".join(section.body_html for section in policy.sections)
    assert all(f'href="{path}"' in bodies for path in PAGES)
