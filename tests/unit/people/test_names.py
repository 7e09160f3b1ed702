import unicodedata
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from induction.names import NotAName, clean_name, likeness, mixed, plainly_another, readable

WHO = "Samantha Jane O’Neill"


@pytest.mark.parametrize(
    "typed",
    [WHO, "samantha oneill", "O'Neill, Samantha", "Sam O’Neill", "S. J. O’Neill", "Samantha-Jane",
     "SÁMANTHA  JANE  ONEILL"],
)  # fmt: skip
def test_the_same_name_in_another_form_is_not_asked_about(typed: str) -> None:
    assert not plainly_another(typed, WHO)


@pytest.mark.parametrize("typed", ["Robin Hood", "Samantha Brown", "সামান্থা", "Jane Hood O’Neill"])
def test_another_name_is_asked_about(typed: str) -> None:
    assert plainly_another(typed, WHO)


@pytest.mark.parametrize(
    ("typed", "recorded"),
    [
        ("Eve A. E. Neverlearned", "Emeka Asante"),
        ("Em As Neverlearned", "Emeka Asante"),
        ("S. Neverlearned", "Sam Smith"),
    ],
)
def test_initials_do_not_carry_another_name(typed: str, recorded: str) -> None:
    assert plainly_another(typed, recorded)


def test_words_beside_a_name_are_counted_where_it_matters() -> None:
    assert not plainly_another("Emeka Kofi Asante", "Emeka Asante", added=1)
    assert plainly_another("Eve Neverlearned Emeka Asante", "Emeka Asante", added=1)
    assert not plainly_another("Emeka Kofi Obi Asante", "Emeka Asante"), "a signature in full"


def test_letters_that_have_no_accent_to_take_off_are_folded_too() -> None:
    assert likeness("Łukasz Żak") == likeness("zak LUKASZ") != likeness("Lukas Zak")


@given(st.lists(st.sampled_from(["Ana", "Maria", "Żak", "de", "Ó", "Briain"]), min_size=1))
def test_a_name_is_never_another_than_itself_whatever_its_order(parts: list[str]) -> None:
    assert not plainly_another(" ".join(parts), " ".join(reversed(parts)))


@pytest.mark.parametrize(
    "blank", ["\u3164", "\u115f", "\uffa0", "\u2800", "\u17b4", "\u3164 \u3164", "\u0301"]
)
def test_a_name_that_nobody_sees_is_none(blank: str) -> None:
    with pytest.raises(NotAName):
        clean_name(blank)
    assert not readable(blank), "nor is it something that was said"
    assert clean_name(f"A{blank[0]}") if blank != "\u2800" else True


@pytest.mark.parametrize("signs", ["ʼ ʼ", "ʻ", "ʹ", "ˈʼ"])
def test_apostrophes_alone_are_no_name_and_no_form_of_one(signs: str) -> None:
    # Unicode has them as letters, so that Hawaiian and Ukrainian names are words.
    with pytest.raises(NotAName):
        clean_name(signs)
    assert plainly_another(signs, WHO), "nothing is left of them to compare"
    assert clean_name(f"{signs[0]}Okina") == f"{unicodedata.normalize('NFC', signs[0])}Okina"


def test_a_letter_that_got_lost_is_no_picture() -> None:
    with pytest.raises(NotAName, match="where a letter got lost"):
        clean_name("Zo\N{REPLACEMENT CHARACTER} Lee")
    with pytest.raises(NotAName, match="pictures or emoji"):
        clean_name("Zo \N{GRINNING FACE} Lee")


def test_marks_are_counted_before_they_are_put_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    refusing = SimpleNamespace(**vars(unicodedata))
    refusing.normalize = lambda *_: pytest.fail("put in order")
    monkeypatch.setattr("induction.names.unicodedata", refusing)
    for marks in (7, 50_000):
        with pytest.raises(NotAName, match="too many marks"):
            clean_name("Zoe" + "\u0301\u0316" * marks)


@pytest.mark.parametrize(
    "name", ["שָׁלוֹם כֹּהֵן", "Nguye\u0302\u0303n Thi\u0323 A\u0301nh", "หญิงใหญ่ ปู่ย่า"]
)
def test_names_that_are_written_with_marks_are_names(name: str) -> None:
    assert clean_name(name)


@pytest.mark.parametrize(
    "text",
    ["<b>Ana</b>", "Visit http://evil.example now", "Ana; =1+1", "=HYPERLINK(A1)", "ana@x.example",
     "Ana // evil", "Ａｎａ＜ｂ＞", "Ana {{ name }}", "Ana | Bo", "C:\\Ana",
     "#Ana", "Ana & Bo", "Ana ≤ Bo"],
)  # fmt: skip
def test_t17_markup_addresses_and_formulas_are_no_names(text: str) -> None:
    with pytest.raises(NotAName, match="cannot have"):
        clean_name(text)


@pytest.mark.parametrize(
    "name",
    ["J.R.R. Tolkien", "Lee, Jr., Ana-Maria (Mia)", "D’Arcy O'Neill", "Anand A/L Kumar",
     "Núria Coll·lació", "Ana 2", "ジョン・スミス", "མི་ལ་རས་པ", "צ׳רלי", "William “Bill” Ode",
     "Ode` Kalolo", "Fatima (فاطمة السيد)"],
)  # fmt: skip
def test_signs_that_stand_in_names_stay(name: str) -> None:
    assert clean_name(name) == name


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("Win at evil.example", "Win at evil. example"), ("Md.Rahman", "Md. Rahman"),
     ("www.evil.co.uk", "www. evil. co. uk"), ("J.R.Ode", "J.R.Ode")],
)  # fmt: skip
def test_t17_no_name_in_a_letter_is_a_link(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept == clean_name(kept)


@pytest.mark.parametrize(
    "name", ["Ann Lee", "Łukasz Żak", "Анна Ковальова", "Νίκος Σ", "山田 Taro"]
)
def test_a_name_in_one_script_or_in_two_that_nobody_mistakes_is_not_pointed_out(name: str) -> None:
    assert mixed(name) == ""


def test_a_name_with_letters_that_look_like_others_is_pointed_out() -> None:
    told = mixed("Аnn Lee")  # the first letter is Cyrillic
    assert "Cyrillic (“А”) and Latin (“n”)" in told
    assert mixed("Ann Λee")
