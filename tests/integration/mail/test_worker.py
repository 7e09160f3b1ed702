"""The worker, which runs for weeks, knows what has been changed meanwhile."""

import pytest
from flask import Flask

from induction.administration import settings_changes
from induction.audit.act import SYSTEM, acting
from induction.database import utc_now
from induction.institute import institute
from induction.mail.commands import one_round


def test_letters_of_the_worker_name_the_institute_as_it_is_called_now(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []
    monkeypatch.setitem(app.extensions, "chores", [lambda: names.append(institute().name)])
    with app.app_context():
        one_round(app.extensions["settings"])
        with app.app_context(), acting(SYSTEM, utc_now()) as act:
            settings_changes.change(act, {"name": "Northfield College"})
        one_round(app.extensions["settings"])
    assert names[0] != names[1] == "Northfield College"
