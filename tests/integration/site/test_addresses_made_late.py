"""What rules of addresses rely on inside Werkzeug (``site/addresses.py``); what would be lost."""

import pytest
from flask import url_for
from werkzeug.routing import Rule

from induction.config import Settings
from tests.conftest import AppMaker

FLASKS_OWN = "/static/<path:filename>"


def test_werkzeug_still_asks_a_rule_how_its_address_is_made_where_we_answer_later(
    make_app: AppMaker, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked_out: list[str] = []
    work_out = Rule._compile_builder

    def watched(rule: Rule, append_unknown: bool = True) -> object:
        worked_out.append(rule.rule)
        return work_out(rule, append_unknown)

    monkeypatch.setattr(Rule, "_compile_builder", watched)
    app = make_app(settings)
    assert set(worked_out) <= {FLASKS_OWN}, (
        "No longer so: a rule works out its builder by `_compile_builder`; else all of them are "
        "worked out at each start, and servers and commands begin 75 ms later"
    )
    with app.test_request_context():
        assert url_for("tutoring.cohort", public_id="abc") == "/tutor/cohorts/abc"
        assert url_for("tutoring.cohort", public_id="abc", page=2) == "/tutor/cohorts/abc?page=2"
    assert set(worked_out) - {FLASKS_OWN} == {"/tutor/cohorts/<public_id>"}
