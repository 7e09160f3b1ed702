import pytest
from hypothesis import given
from hypothesis import strategies as st

from induction.curriculum.faults import Ledger, Source
from induction.curriculum.markdown import plain_blocks, render, render_page
from induction.curriculum.passages import as_read_by


def rendered(text: str, *, headings: bool = True) -> tuple[str, list[tuple[int, str]]]:
    ledger, audiences = Ledger(), ("learner", "staff")
    source = Source("file.md", ledger)
    html = render_page(text, source, 1, audiences) if headings else render(text, source, 1)
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


PASSAGE = "## What to do\n\n- all\n\n~~~ staff\n- **some** of us\n~~~\n\nso"


def test_a_passage_is_read_by_those_it_is_for_and_by_nobody_else() -> None:
    html, faults = rendered(PASSAGE)

    assert not faults
    for who in ("learner", ""):
        assert as_read_by(who, html) == as_read_by("learner", html)
        assert "some" not in as_read_by(who, html)
    read = as_read_by("staff", html)
    assert read.count('<ul class="do">') == 2, "drawn like the list above it"
    assert "<strong>some</strong> of us" in read
    assert "<div" not in read
    assert read.index("<p>so</p>") > read.index("some")


def test_a_passage_can_be_for_two_and_code_is_code() -> None:
    html, faults = rendered("~~~ staff, learner\nboth\n~~~\n\n```text\n<code>\n```")

    assert not faults
    assert as_read_by("staff", html) == as_read_by("learner", html)
    assert "both" not in as_read_by("apprentice", html)
    assert "&lt;code&gt;" in as_read_by("apprentice", html)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("so\n\n~~~ stuff\nso\n~~~", 3, "`stuff` is no audience of the policy; did you"),
        ("~~~ staff\nso\n\nand so on", 1, "the line `~~~` that ends"),
        ("~~~ staff\n\n## Head\n~~~", 3, "a heading cannot stand here"),
        ("~~~ staff\nsee <b>\n~~~", 2, "HTML such as `<b>`"),
        ("~~~ staff\n![A desk](desk.png)\n~~~", 2, "stands on a line of its own on a page"),
    ],
)  # fmt: skip
def test_each_slip_in_a_passage_is_told_with_its_line(text: str, line: int, words: str) -> None:
    _, faults = rendered(text)

    [(at, message)] = faults
    assert at == line
    assert words in message


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


CHAT = (
    "Oksana writes:\n\n```chat\nOksana: One <b> & two\nYou, at noon: Yes:\n  of course\n```\n\nNow."
)


def test_a_chat_is_a_list_of_who_said_what_also_in_a_scenario() -> None:
    html, faults = rendered(CHAT, headings=False)

    assert not faults
    assert plain_blocks(html, headings=True) == (
        "Oksana writes:", "Oksana: One <b> & two", "You, at noon: Yes: of course", "Now.",
    )  # fmt: skip
    assert html.count("<ol") == 1
    assert '<li class="is-you"><b>You, at noon' in html
    assert html.count("is-you") == 1, "the reader’s own words alone"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("See\n\n```chat\nMia: One\ntwo\n```", 5, "who writes and what"),
        ("See\n\n```chat\n  Mia: One\n  and two\n```", 4, ""),
        ("```chat\n```", 2, "this chat has no lines"),
        ("See ```chat Mia: One``` here", 1, "a chat needs its own lines"),
    ],
)
def test_a_chat_that_would_not_be_one_is_refused(text: str, line: int, message: str) -> None:
    _, faults = rendered(text, headings=False)

    assert [(at, message in words) for at, words in faults] == [(line, True)] * bool(message)


@given(st.text())
def test_nothing_dangerous_comes_out_of_any_chat(text: str) -> None:
    html, _ = rendered(f"```chat\nMia: {text}\n```")

    for tag in ("<script", "<img", "<iframe", "<style", "<svg"):
        assert tag not in html.lower()


@pytest.mark.parametrize("mark", ["[", "![", "*a _b "])
def test_a_paragraph_that_would_take_minutes_is_not_read_and_is_named(mark: str) -> None:
    html, faults = rendered(f"## Do\n\nbefore\n\n{mark * 33_000}\n\nafter")
    assert [line for line, _ in faults] == [5]
    assert "characters; 5,000 at most" in faults[0][1]
    assert "<p>after</p>" in html
    assert mark * 2 not in html
