import shutil
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from induction.curriculum.faults import CurriculumError
from induction.curriculum.kinds.branching import Branching
from induction.curriculum.kinds.multiple import Multiple
from induction.curriculum.kinds.single import Single
from induction.curriculum.loader import (
    digest_of,
    load_folder,
    load_texts,
    policy_slugs,
    read_texts,
)
from induction.curriculum.model import FinalCheck, Outcome, Use
from tests.unit.curriculum.tiny import (
    ARRIVING,
    ARRIVING_QUIZ,
    BADGES,
    BADGES_QUIZ,
    FILES,
    POLICY,
    ROOT,
    SLUG,
    faults_of,
    load,
    told,
    with_text,
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT, tmp_path / "copy"))


def test_a_policy_is_a_pair_of_folders_and_no_python() -> None:
    policy = load_folder(ROOT, SLUG)

    assert (policy.title, policy.reference) == ("Visitor Safety Policy", "VS-1")
    assert policy.version_date == date(2026, 2, 14)
    assert policy.review_due == date(2096, 2, 29), "a month means its last day, in leap years too"
    assert policy.final_check == FinalCheck(draw=3, pass_mark=50)
    assert [(s.number, s.slug, s.pass_mark) for s in policy.sections] == [
        (1, "arriving", 50),
        (2, "badges", 100),
    ]
    assert policy.sections[1].audiences == ("learner",)
    assert policy.sections[0].takeaway == ("Sign in first.", "Sign out last.")
    assert [c.assess for c in policy.clauses] == [True, True, True, False]


def test_the_three_kinds_of_scenario_are_read() -> None:
    policy = load()
    single, branching, multiple = (q for s in policy.sections for q in s.scenarios)

    assert isinstance(single, Single)
    assert isinstance(branching, Branching)
    assert isinstance(multiple, Multiple)
    assert [o.correct for o in single.scenes[0].options] == [False, True]
    assert single.scenes[0].id == ""
    assert "<strong>late</strong>" in single.scenes[0].situation_html
    assert [s.id for s in branching.scenes] == ["at-the-desk", "on-the-way-back"]
    assert branching.scenes[0].options[0].next == "on-the-way-back"
    assert branching.scenes[1].options[0].outcome is Outcome.GOOD
    assert multiple.consequence_right_html == "<p>You have a day badge in a minute.</p>"


def test_what_the_bank_says_of_a_scenario() -> None:
    plain = load().sections[1].bank[0]
    assert (plain.use, plain.must, plain.plain_html, plain.audiences) == (Use.LEARN, False, "", ())

    added = """    use: check
    must: true
    plain: Ask at the **desk**. A badge is yours alone.
    audiences: [staff]
"""
    files = with_text(ARRIVING_QUIZ, "    kind: single\n", "    kind: single\n" + added)
    files[BADGES_QUIZ] = (
        FILES[BADGES_QUIZ]
        .replace(
            "feedback: The desk can give you one.",
            "missing: The desk gives you one.\n        cautious: true\n        decent: true",
        )
        .replace(
            "        correct: true\n        missing",
            "        feedback: Yes.\n        correct: true\n        missing",
        )
    )
    files[POLICY] = FILES[POLICY].replace("draw: 3", "draw: 2")
    policy = load(files)

    section = policy.sections[0]
    assert [q.id for q in section.scenarios] == ["lunch-run"], "only those to learn with"
    assert [q.id for q in section.bank] == ["late-for-class", "lunch-run"]
    asked = policy.scenario("late-for-class")
    assert asked is not None
    assert (asked.use, asked.must, asked.audiences) == (Use.CHECK, True, ("staff",))
    assert asked.plain_html == "<p>Ask at the <strong>desk</strong>. A badge is yours alone.</p>"
    told_desk = policy.sections[1].bank[0].scenes[0].options[0]
    assert (told_desk.cautious, told_desk.decent) == (True, True)
    assert told_desk.missing_html == "<p>The desk gives you one.</p>"


def test_what_an_author_may_leave_out() -> None:
    text = FILES[POLICY]
    for line in (
        "organisation: Example Training Centre\n",
        "final_check: {draw: 3, pass_mark: 50}\n",
    ):
        text = text.replace(line, "")
    text = text.replace("declaration:\n  - I will sign in and out every time.\n", "")
    files = {
        **FILES,
        POLICY: text,
        BADGES_QUIZ: FILES[BADGES_QUIZ]
        .replace("pass_mark: 100\n", "")
        .replace("    title: Forgotten badge\n", "")
        .replace("        correct: false\n", ""),
    }
    policy = load(files)

    assert policy.organisation == "Site Team"
    assert policy.final_check == FinalCheck(draw=3, pass_mark=80), "as many as there are, up to ten"
    assert policy.declaration == (
        "I have read and understood the Visitor Safety Policy, and I will follow it.",
    )
    assert policy.sections[1].pass_mark == 80
    assert policy.sections[1].scenarios[0].title == "Forgotten badge"
    assert not policy.sections[1].scenarios[0].scenes[0].options[2].correct


def test_a_new_section_is_one_markdown_file_and_one_quiz_file() -> None:
    page = FILES[BADGES].replace("title: Your badge", "title: Visitors of yours")
    quiz = FILES[BADGES_QUIZ].replace("id: forgotten-badge", "id: surprise-visitor")
    policy = load(
        {
            **FILES,
            f"content/{SLUG}/07-your-visitors.md": page,
            f"quizzes/{SLUG}/07-your-visitors.yaml": quiz,
        }
    )

    assert [(s.number, s.slug) for s in policy.sections][-1] == (3, "your-visitors")
    assert policy.scenario("surprise-visitor") is not None


def test_texts_from_an_archive_give_the_same_policy_as_the_folder() -> None:
    texts = read_texts(ROOT, SLUG)

    assert load_texts(SLUG, texts) == load_folder(ROOT, SLUG)
    assert load_folder(ROOT, SLUG).digest == digest_of(texts)


def test_a_copy_saved_on_another_system_has_the_same_digest(copy: Path) -> None:
    for file in copy.rglob("*.*"):
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))

    assert load_folder(copy, SLUG) == load_folder(ROOT, SLUG)


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=5), st.randoms())
def test_a_digest_hangs_on_every_name_and_text_and_on_nothing_else(
    files: dict[str, str], random: object
) -> None:
    shuffled = sorted(files.items(), key=lambda _: random.random())  # type: ignore[attr-defined]

    assert digest_of(dict(shuffled)) == digest_of(files)
    for path, text in files.items():
        assert digest_of({**files, path: text + "."}) != digest_of(files)
        assert digest_of({k: v for k, v in files.items() if k != path}) != digest_of(files)


def test_the_digest_is_what_anyone_can_compute() -> None:
    # printf '{"a":"é"}' | sha256sum
    assert (
        digest_of({"a": "é"}) == "b3a092a6af48807fa9482b2ee140105575daa26d5b24b3c0e60a7e2dee6683b1"
    )


def test_policies_are_the_folders(copy: Path) -> None:
    (copy / "quizzes" / "left-behind").mkdir()
    (copy / "content" / ".hidden").mkdir()

    assert policy_slugs(copy) == ("left-behind", SLUG)
    assert policy_slugs(copy / "nowhere") == ()


def test_a_file_that_is_not_utf_8_is_named_with_its_line_beside_every_other_fault(
    copy: Path,
) -> None:
    file = copy / BADGES
    file.write_bytes(
        file.read_bytes().replace(b"title: Your badge", "title: Café".encode("cp1252"))
    )
    (copy / BADGES_QUIZ).write_text("scenarios: nothing\n")

    with pytest.raises(CurriculumError) as caught:
        load_folder(copy, SLUG)
    assert [(f.path, f.line) for f in caught.value.faults] == [(BADGES, 2), (BADGES_QUIZ, 1)]
    assert "UTF-8" in caught.value.faults[0].message
    with pytest.raises(CurriculumError):
        read_texts(copy, SLUG)


def test_faults_of_several_files_are_told_together_in_order() -> None:
    files = with_text(ARRIVING, "minutes: 2", "minutes: soon")
    files[POLICY] = files[POLICY].replace("owner: Site Team\n", "owner: [Site Team]\n")
    files[BADGES] = files[BADGES].replace("badge, desk", "badge, dessk")

    assert told(files) == [
        f"{ARRIVING}:4: error: `minutes` must be a whole number from 1 to 60, not the text `soon`",
        f"{BADGES}:5: error: `dessk-hours` in `clauses` is not known; did you mean `desk-hours`?",
        f"{POLICY}:4: error: `owner` must be text, not a list",
    ]


@pytest.mark.parametrize(
    ("add", "remove", "path", "message"),
    [
        ({}, POLICY, POLICY, "this file is missing"),
        ({}, BADGES, BADGES_QUIZ, "this quiz has no section 02-badges.md"),
        ({}, BADGES_QUIZ, BADGES, f"this section has no quiz; write {BADGES_QUIZ}"),
        ({f"content/{SLUG}/notes.rtf": "x"}, "", f"content/{SLUG}/notes.rtf", "is not read"),
        ({f"content/{SLUG}/3-short.md": "x"}, "", f"content/{SLUG}/3-short.md", "is not read"),
        ({f"quizzes/{SLUG}/01-b.yml": "x"}, "", f"quizzes/{SLUG}/01-b.yml", "is not read"),
    ],
)
def test_files_that_are_missing_or_stray(
    add: dict[str, str], remove: str, path: str, message: str
) -> None:
    files = {k: v for k, v in {**FILES, **add}.items() if k != remove}

    assert [(f.path, f.line) for f in faults_of(files) if message in f.message] == [(path, 1)]


def test_a_mistyped_quiz_name_gets_a_suggestion() -> None:
    files = dict(FILES)
    files[f"quizzes/{SLUG}/02-badge.yaml"] = files.pop(BADGES_QUIZ)

    assert any("did you mean `02-badges`?" in line for line in told(files))


@pytest.mark.parametrize(
    ("stem", "message"),
    [
        ("02-lockers", "02-badges.md has the number 02 as well"),
        ("03-badges", "another section is called `badges`"),
        ("03-final-check", "another page has that address"),
        ("03-declaration", "another page has that address"),
    ],
)
def test_a_section_needs_a_number_and_an_address_of_its_own(stem: str, message: str) -> None:
    path = f"content/{SLUG}/{stem}.md"
    quiz = FILES[BADGES_QUIZ].replace("id: forgotten-badge", "id: another-badge")
    files = {**FILES, path: FILES[BADGES], f"quizzes/{SLUG}/{stem}.yaml": quiz}

    assert [(f.path, f.line) for f in faults_of(files) if message in f.message] == [(path, 1)]


@pytest.mark.parametrize("slug", ["..", "../etc", "Social Media", ""])
def test_a_folder_with_a_name_that_is_no_slug_is_refused_unread(slug: str) -> None:
    with pytest.raises(CurriculumError, match="small letters"):
        load_folder(ROOT, slug)


def test_a_final_check_must_be_possible() -> None:
    for draw in (1, 4):
        (fault,) = faults_of(with_text(POLICY, "draw: 3", f"draw: {draw}"))
        assert (fault.path, fault.line) == (POLICY, 18)
        assert f"cannot draw {draw}" in fault.message


@pytest.mark.parametrize("path", sorted(FILES))
def test_losing_any_one_line_gives_a_policy_or_faults_of_real_lines(path: str) -> None:
    rows = FILES[path].split("\n")
    refused = 0
    for gone in range(len(rows)):
        files = {**FILES, path: "\n".join(rows[:gone] + rows[gone + 1 :])}
        try:
            load(files)
        except CurriculumError as error:
            refused += 1
            for fault in error.faults:
                assert 1 <= fault.line <= files[fault.path].count("\n") + 1, str(fault)
    assert refused > 3


@given(st.sampled_from(sorted(FILES)), st.data())
def test_arbitrary_damage_gives_a_policy_or_a_curriculum_error(
    path: str, data: st.DataObject
) -> None:
    text = FILES[path]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 30)))
    junk = data.draw(
        st.text(max_size=12) | st.sampled_from([": ", "- ", "---\n", "[", "\t", "&a ", '"'])
    )
    with suppress(CurriculumError):
        load({**FILES, path: text[:start] + junk + text[end:]})
