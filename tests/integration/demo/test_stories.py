"""The demo institute shows what else sign-ins would not come across."""

import pytest
from flask import Flask

from induction.config import Settings
from tests.conftest import AppMaker
from tests.support.record import rows


@pytest.fixture
def shown(make_app: AppMaker, settings: Settings) -> Flask:
    """An institute of ten learners."""
    app = make_app(settings)
    options = ["--learners", "10", "--completed", "0.3", "--no-pdf", "--json"]
    result = app.test_cli_runner().invoke(args=["demo", "load", *options])
    assert result.exit_code == 0, result.output
    return app


def test_somebody_answers_faster_than_reading_and_holds_a_certificate(shown: Flask) -> None:
    marked = rows(
        shown,
        "SELECT flags, state FROM progress WHERE flags <> ''",
    )
    assert ("hurried", "complete") in marked


def test_somebody_passes_a_part_before_reading_it(shown: Flask) -> None:
    records = rows(shown, "SELECT record FROM certificate_record")
    assert any('"tested_out":true' in record for (record,) in records)
