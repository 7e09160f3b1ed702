"""t32: one JSON line for each request, with nothing in it that is anybody's business."""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest

from induction.journey import pages
from tests.support.cast import PASSWORD, Cast
from tests.support.client import Visitor
from tests.support.post import outbox, path_in


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
