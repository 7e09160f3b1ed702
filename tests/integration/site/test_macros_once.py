"""What the macros of pages rely on inside Jinja (``site/layout.py``), and what would be lost."""

import pytest
from flask import Flask

from tests.support.client import Visitor


def test_jinja_still_asks_a_template_for_its_macros_where_we_answer(
    app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, ours = [], app.jinja_env.template_class
    answer = ours._get_default_module

    def watched(*given: object) -> object:
        asked.append(given)
        return answer(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(ours, "_get_default_module", watched)
    visitor.read("/report")
    assert len(asked) > 1, (
        "No longer so: an import asks `_get_default_module` of its template; else Jinja compares "
        "all globals at each, and every page is slower by a twentieth"
    )
