"""Names in braces: what they stand for, and each slip of an author in them."""

import pytest

from induction.curriculum.loader import digest_of, load_texts
from induction.curriculum.own_words import in_own_words
from tests.unit.curriculum.tiny import ARRIVING, FILES, POLICY, SLUG, load, told

CALLED = """called:
  organisation: "Rose & Sons: Training"
  desk: front desk
  leaders: Senior Team
"""
NAMED = {
    **FILES,
    POLICY: CALLED + FILES[POLICY].replace("Site Team", "{leaders}"),
    ARRIVING: FILES[ARRIVING] + "\n{Leaders}, ask at the {desk} of {organisation}.\n",
}


def last_words(files: dict[str, str]) -> str:
    section = load(files).section("arriving")
    assert section is not None
    return section.body_html.rpartition("<p>")[2].removesuffix("</p>")


def test_what_the_file_says_stands_where_the_name_stood() -> None:
    assert last_words(NAMED) == "Senior Team, ask at the front desk of Rose &amp; Sons: Training."
    assert load(NAMED).owner == "Senior Team"


def test_the_institutes_own_words_count_first_and_a_capital_stays() -> None:
    own = {"leaders": "principalship", "organisation": 'The "New" College'}
    files = in_own_words(NAMED, SLUG, own)

    assert last_words(files) == "Principalship, ask at the front desk of The ”New” College."
    assert load(files).called == {
        "organisation": "The ”New” College", "desk": "front desk", "leaders": "principalship",
    }  # fmt: skip


def test_what_is_archived_needs_no_settings_to_be_read_again() -> None:
    files = in_own_words(NAMED, SLUG, {"desk": "reception"})

    assert in_own_words(files, SLUG, {}) == files
    assert load_texts(SLUG, files).digest == digest_of(files)
    assert not any("{" in text for name, text in files.items() if name == ARRIVING)


def test_a_policy_that_explains_no_name_keeps_its_braces() -> None:
    assert last_words({**FILES, ARRIVING: FILES[ARRIVING] + "\nPress {x} to go on.\n"}) == (
        "Press {x} to go on."
    )


@pytest.mark.parametrize(
    ("old", "new", "path", "words"),
    [
        ("ask at the {desk}", "ask at the {dask}", ARRIVING, "did you mean `desk`?"),
        ("ask at the {desk}", "ask at the {sky}", ARRIVING, "`{sky}` is not explained"),
        ("desk: front desk", "desk: *front* desk", POLICY, ""),
        ("desk: front desk", 'desk: "front: desk"', POLICY, "and not for `front: desk`"),
        ("desk: front desk", "desk: 7", POLICY, "must be text, not the number 7"),
        ("desk: front desk", "desk:\n    front desk", POLICY, "on one line"),
        ("desk: front desk", "desk: front desk\n  Desk Two: two", POLICY, "`Desk Two` cannot be"),
        ("desk: front desk", f"desk: {'a' * 101}", POLICY, "100 at most"),
    ],
)
def test_each_slip_is_told_with_its_line(old: str, new: str, path: str, words: str) -> None:
    files = {**NAMED, path: NAMED[path].replace(old, new)}
    lines = told(files)
    row = next(n for n, line in enumerate(files[path].split("\n"), 1) if new[-4:] in line)

    assert any(words in line for line in lines), lines
    near = {f"{path}:{n}:" for n in (row - 1, row)}
    assert any(line.startswith(tuple(near)) and words in line for line in lines), lines
