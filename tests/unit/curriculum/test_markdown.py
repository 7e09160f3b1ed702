import pytest
from hypothesis import given
from hypothesis import strategies as st

from induction.curriculum.faults import Ledger, Source
from induction.curriculum.markdown import plain_blocks, render


def rendered(text: str, *, headings: bool = True) -> tuple[str, list[tuple[int, str]]]:
    ledger = Ledger()
    html = render(text, Source("file.md", ledger), 1, headings=headings)
    return html, [(fault.line, fault.message) for fault in ledger.faults]


def test_what_authors_use() -> None:
    html, faults = rendered("## Do\n\n1. **One**\n2. *two*\n\n> so\n\n[rules](https://example.org)")

    assert not faults
    for part in ("<h2>Do</h2>", "<strong>One</strong>", "<em>two</em>", "<blockquote>"):
        assert part in html
    assert '<a href="https://example.org" rel="noopener noreferrer">rules</a>' in html


@pytest.mark.parametrize(
    ("heading", "kind"),
    [("What to do", "do"), ("What to AVOID", "avoid"), ("Check yourself", "check")],
)
def test_a_list_is_known_by_its_heading(heading: str, kind: str) -> None:
    html, faults = rendered(f"- a\n\n## {heading}\n\nso\n\n- b\n  - c\n\n## Other\n\n- d")

    assert not faults
    assert html.count("<ul>") == 3, "before it, inside it and after it, lists are plain"
    assert f'<ul class="{kind}">\n<li>b' in html


def test_a_table_carries_no_inline_style() -> None:
    html, faults = rendered("| a | b |\n|:--|--:|\n| 1 | 2 |")

    assert not faults
    assert "<td>1</td>" in html
    assert "style" not in html


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("fine\n\n<script>alert(1)</script>", 3),
        ("fine\nand <img src=x onerror=alert(1)>", 2),
        ("![x](x.png)", 1),
        ("one\n\n- two\n- ![x][y]\n\n[y]: https://example.org/x.png", 4),
        ("one\ntwo\nthree [x](ssh://example.org)", 3),
        ("# top", 1),
        ("## a\n\n#### b", 3),
        ("## a\n\n### b\n\n#### c\n\n##### d", 7),
    ],
)
def test_what_is_refused_with_its_line(text: str, line: int) -> None:
    _, faults = rendered(text)

    assert [at for at, _ in faults] == [line]


def test_signs_that_only_look_like_html_are_fine() -> None:
    html, faults = rendered("5 < 6 and I <3 this, `<b>` is code, a <- b")

    assert not faults
    assert "<code>&lt;b&gt;</code>" in html


@given(st.text())
def test_nothing_dangerous_comes_out_of_any_text(text: str) -> None:
    html, _ = rendered(text)

    for tag in ("<script", "<img", "<iframe", "<style", "<svg"):
        assert tag not in html.lower()


@pytest.mark.parametrize(
    "text",
    [
        "[x](javascript:alert(1))",
        "<javascript:alert(1)>",
        "[x](data:text/html,hi)",
        "[x](JaVaScRiPt:1)",
    ],
)
def test_a_link_never_runs_a_script(text: str) -> None:
    assert "href" not in rendered(text)[0]


def test_plain_text_of_each_block() -> None:
    html, _ = rendered("## Head\n\nOne *two*\nthree.\n\n- four\n- five & six")

    assert plain_blocks(html, headings=True) == ("Head", "One two three.", "four", "five & six")
    assert plain_blocks(html, headings=False) == ("One two three.", "four", "five & six")
