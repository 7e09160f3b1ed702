"""The inspection of pages finds what it is there to find."""

import pytest

from tests.support.inspection import faults
from tests.support.page import Page

SOUND = """<!doctype html>
<html lang="en-GB"><head><meta charset="utf-8"><title>Before you film</title></head>
<body><main id="main"><h1>Before you film</h1>
<p>Ask first. <img src="a.png" alt=""></p>
<form method="post" action="/quiz"><input type="hidden" name="csrf_token" value="x">
<label for="who">Who</label> <input id="who" name="who"><br>
<label><input type="radio" name="option" value="ask"> Ask</label>
<svg viewBox="0 0 1 1"><title>Tick</title><path d="M0 0"/></svg>
<button type="submit" data-next>Send</button></form>
</main></body></html>"""


def test_a_sound_page_has_no_faults() -> None:
    assert faults(Page(SOUND)) == []


@pytest.mark.parametrize(
    ("change", "to", "fault"),
    [
        ("<!doctype html>", "", "no <!doctype html>"),
        (' lang="en-GB"', "", "names no language"),
        ("<title>Before you film</title>", "", "not exactly one <title>"),
        ("<title>Before you film</title>", "<title> – </title>", "an empty <title>"),
        ("<h1>Before you film</h1>", "<h2>Before you film</h2>", "not exactly one <h1>"),
        ("</h1>", "</h1><h1>Again</h1>", "not exactly one <h1>"),
        ("</h1>", "</h1><h3>Deep</h3>", "a level is left out"),
        ("</h1>", "</h1><h2> </h2>", "empty"),
        ('id="who"', 'id="main"', "the id 'main' stands 2 times"),
        ('for="who"', 'for="whom"', "refers to 'whom', which is not there"),
        ("<p>", '<p id="">', "an empty id"),
        ("<p>", '<p style="color:red">', "the attribute style"),
        ("<p>", '<p onclick="go()">', "the attribute onclick"),
        ("<p>", "<script>go()</script><p>", "inline"),
        (
            '<input id="who" name="who">',
            '<textarea id="who" name="who"></textarea><label>P<input type="password"></label>',
            "beside a password",
        ),
        ("<p>", "<style>p {}</style><p>", "inline"),
        ("<p>", '<a href="javascript:go()">Go</a><p>', "a script as an address"),
        ("<p>", '<a href="#nowhere">Go</a><p>', "leads to #nowhere"),
        ("<p>", '<a href="/go"></a><p>', "no words"),
        ('<label for="who">Who</label>', "", "no label"),
        (' alt=""', "", "no alternative text"),
        ('name="csrf_token"', 'name="other"', "no csrf_token"),
        (' type="submit"', "", "its type is not said"),
        ("</form>", '<a data-next href="/on">On</a></form>', "more than one next step"),
        ("</p>", "", "is open"),
        ("</main>", "", "is open"),
        ("<br>", "<p/>", "only SVG closes like this"),
        ("Ask first.", "Ask < first.", "begins no tag"),
        ("<main ", '<main class="a" class="b" ', "an attribute twice"),
    ],
)
def test_a_fault_is_named(change: str, to: str, fault: str) -> None:
    assert change in SOUND
    assert any(fault in found for found in faults(Page(SOUND.replace(change, to, 1))))


def test_what_stands_in_a_script_or_a_comment_is_no_element() -> None:
    page = Page('<p>a &lt; b<!-- <b> --><script src="a.js">1 < 2 && "<i>"</script></p>')
    assert (page.broken, [element.tag for element in page.elements]) == ([], ["p", "script"])
    assert page.root.text == 'a < b1 < 2 && "<i>"'


def test_a_page_offers_its_links_forms_and_next_step() -> None:
    page = Page(SOUND)
    form = page.form("option")
    assert (form.method, form.action) == ("post", "/quiz")
    assert form.options == {"option": ["ask"]}
    sent = form.filled(option="ask", who="Me")
    assert sent == {"csrf_token": ["x"], "who": ["Me"], "option": ["ask"]}
    assert page.next_step.text == "Send"
    assert page.text == "Before you film Ask first. Who Ask Tick Send"
