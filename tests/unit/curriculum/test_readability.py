import pytest

from induction.curriculum.readability import grade, syllables_of, word_count


@pytest.mark.parametrize(
    ("word", "syllables"),
    [
        *[("cat", 1), ("the", 1), ("phone", 1), ("shared", 1), ("files", 1), ("NHS", 1)],
        *[("any", 2), ("people", 2), ("wanted", 2), ("pages", 2), ("little", 2), ("agreed", 2)],
        *[("create", 2), ("company", 3), ("permission", 3), ("institute", 3), ("organisation", 5)],
    ],
)
def test_syllables(word: str, syllables: int) -> None:
    assert syllables_of(word) == syllables


def test_the_grade_is_flesch_and_kincaids() -> None:
    # 2 sentences, 6 words, 7 syllables
    assert grade("<p>The cat sat. People go home.</p>") == pytest.approx(
        0.39 * 6 / 2 + 11.8 * 7 / 6 - 15.59
    )


def test_a_list_entry_ends_a_sentence_and_a_heading_is_left_out() -> None:
    heading = "<h2>Considerations of organisation</h2>"
    entries = grade(f"{heading}<ul><li>the cat sat</li><li>people go home</li></ul>")

    assert entries == pytest.approx(grade("<p>The cat sat. People go home.</p>"))


def test_long_words_and_sentences_are_harder() -> None:
    easy = grade("<p>Ask first. Then film.</p>")
    hard = grade("<p>Organisational considerations necessitate preliminary authorisation.</p>")

    assert easy < 3
    assert hard > 12
    assert grade("") == 0.0


def test_words_are_counted_in_headings_lists_and_paragraphs() -> None:
    assert (
        word_count("<h2>What to do</h2><p>Don’t film.</p><ul><li>e-mail – 2 people</li></ul>") == 8
    )
