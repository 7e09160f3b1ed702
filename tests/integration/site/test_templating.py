"""What pages rely on inside Jinja and MarkupSafe (``site/templating.py``), and what it is for."""

from enum import StrEnum

import pytest
from flask import Flask
from markupsafe import Markup, escape

from induction.site.templating import printed
from tests.support.client import Visitor


class Colour(StrEnum):
    RED = "<red>"


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


def test_a_template_still_prints_by_the_name_that_we_give_it(app: Flask) -> None:
    printing = app.jinja_env.from_string("{{ word }}")
    known = printing.root_render_func.__globals__
    assert known["escape"] is printed
    known["escape"] = lambda value: f"[{value}]"
    assert printing.render(word="<b>") == "[<b>]", (
        "No longer so: a template calls `escape`, a name of its module, for what it prints; else "
        "each value is made safe markup first, and a long list is slower by a twentieth"
    )


@pytest.mark.parametrize(
    "value",
    ["plain", "<a href='x'>\"&\"</a>", Markup("<b>bold</b>"), 3, None, 2.5, Colour.RED, ["<"]],
)
def test_what_is_printed_is_what_markupsafe_makes_of_it(value: object) -> None:
    assert printed(value) == str(escape(value))
    assert type(printed("<")) is str
