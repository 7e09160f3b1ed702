"""t32: one JSON line for each request, with nothing in it that is anybody's business."""

import json
import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from induction.database import utc_now
from induction.journey import pages
from induction.throttles import summary
from tests.support.cast import PASSWORD, Cast
from tests.support.client import Visitor
from tests.support.importing import go_ahead, upload
from tests.support.post import outbox, path_in
from tests.support.record import actions, count, rows


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(r.message) for r in caplog.records if r.name == "induction.requests"]


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What is logged from now on, by anybody."""
    caplog.set_level(logging.DEBUG)
    log = logging.getLogger("induction.requests")
    log.addHandler(caplog.handler)
    yield caplog
    log.removeHandler(caplog.handler)


def test_t32_each_request_leaves_one_line_with_its_number(
    visitor: Visitor, heard: pytest.LogCaptureFixture
) -> None:
    page = visitor.read("/no-such-page", status=404)
    (line,) = lines(heard)[-1:]
    assert line["request"] in page.text, "whoever reports a problem can name it"
    assert re.fullmatch(r"[0-9a-f]{12}", line["request"])
    assert (line["method"], line["page"], line["status"]) == ("GET", "unknown", 404)
    assert line["ms"] >= 0


def test_t32_logs_hold_no_names_passwords_tokens_or_answers(
    tiny: Cast, heard: pytest.LogCaptureFixture
) -> None:
    learner = tiny.taking(tiny.learner("Zofia Wiśniewska", email="zofia@college.example"))
    number = learner.finish()
    learner.visitor.get(f"/certificates/{number}.pdf")
    learner.visitor.get(f"/verify/{number}")
    visitor = tiny.visitor()
    form = visitor.read("/forgotten-password").form("email")
    visitor.send(form, {"email": "zofia@college.example"}, at="/forgotten-password")
    path = path_in(outbox(tiny.app)[-1])
    visitor.read(path)
    form = visitor.read("/sign-in").form("password")
    visitor.send(form, {"email": "zofia@college.example", "password": "wrong one"}, at="/sign-in")
    told = "\n".join(r.getMessage() for r in heard.records)
    cookie = learner.visitor.get_cookie("induction")
    assert cookie is not None
    options = [o.id for s in tiny.policy.sections for q in s.scenarios for o in q.scenes[0].options]
    secrets = [
        "Zofia", "Wiśniewska", "zofia", PASSWORD, "wrong one", path.rsplit("/", 1)[-1], number,
        cookie.value, learner.visitor.token(), *options,
    ]  # fmt: skip
    assert not [secret for secret in secrets if secret in told]
    assert len(lines(heard)) > 30


def test_t32_a_fault_of_ours_is_logged_by_kind_and_place_only(
    tiny: Cast, heard: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner = tiny.taking(tiny.learner("Zofia Wiśniewska"))

    def fail(*_: object) -> None:
        message = "Zofia Wiśniewska chose side-door"
        raise ValueError(message)

    monkeypatch.setattr(pages, "load", fail)
    page = learner.visitor.read("/induction", status=500)
    (fault,) = [line for line in lines(heard) if "failure" in line]
    assert fault["failure"] == "ValueError"
    assert any("journey/pages.py" in place for place in fault["trace"])
    assert fault["request"] in page.text
    told = "\n".join(r.getMessage() for r in heard.records)
    assert "Zofia" not in told + page.text.replace(learner.name, "")
    assert "Traceback" not in page.html + told


def test_t03_who_tries_pages_of_another_role_is_on_record(
    cast: Cast, heard: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner = cast.learner()
    visitor = cast.signed_in(learner)
    for path in ("/admin/people", "/compliance/audit", "/admin/people"):
        assert visitor.get(path).status_code == 403
    assert [(line["page"], line["refused"]) for line in lines(heard)] == [
        ("administration.people", learner.actor),
        ("audit_log.listing", learner.actor),
        ("administration.people", learner.actor),
    ]
    assert "throttles:tries-refused" not in actions(cast.app), "a flood does not lengthen the chain"
    later = utc_now() + timedelta(minutes=15)
    monkeypatch.setattr(summary, "utc_now", lambda: later)
    with cast.app.app_context():
        summary.chore()
    ((details,),) = rows(
        cast.app, "SELECT details FROM audit_entry WHERE action = 'throttles:tries-refused'"
    )
    entry = json.loads(details)
    assert (entry["wrong"], entry["most_tried"]) == ({"other-role": 3}, [learner.actor])


def test_t32_a_line_names_the_entries_that_came_of_its_request_and_no_others(
    cast: Cast, heard: pytest.LogCaptureFixture
) -> None:
    owner, visitor = cast.account(), cast.visitor()
    for email in (owner.email, "nobody@college.example", owner.email):
        form = visitor.read("/forgotten-password").form("email")
        visitor.send(form, {"email": email}, at="/forgotten-password")
    visitor.sign_in(owner.email, PASSWORD)
    told = [line.get("acts") for line in lines(heard) if line["method"] == "POST"]
    query = "SELECT seq FROM audit_entry WHERE action = :action ORDER BY seq"
    first, second = (str(seq) for (seq,) in rows(cast.app, query, action="people:link-sent"))
    ((signed_in,),) = rows(cast.app, query, action="people:signed-in")
    assert told == [[first], None, [second], [str(signed_in)]]


def test_t32_many_entries_of_one_act_are_named_by_the_first_and_the_last(
    cast: Cast, as_compliance: Visitor, heard: pytest.LogCaptureFixture
) -> None:
    people = "".join(f"\nR{n},Ana Ode,ana{n}@college.example,Bricks" for n in range(20))
    address = upload(as_compliance, f"learner_ref,full_name,email,cohort{people}".encode())
    before = count(cast.app, "audit_entry")
    assert go_ahead(as_compliance, address) == 303
    (acts,) = [line["acts"] for line in lines(heard) if line["method"] == "POST"][-1:]
    assert acts == [f"{before + 1}-{count(cast.app, 'audit_entry')}"]
