"""Every slip that an author can make → its line and plain words."""

import re

import pytest

from tests.unit.curriculum.tiny import (
    ARRIVING,
    ARRIVING_QUIZ,
    BADGES,
    BADGES_QUIZ,
    FILES,
    POLICY,
    faults_of,
    load,
    told,
    with_text,
)

BODY = "A badge shows that the desk knows you. Wear it where people can see it.\n"
SINGLE = "    kind: single\n"
BELIEF = "        misconception: Signing in can wait when you are in a hurry.\n"

# path, passage, what it becomes, the line of the fault, words of its message
SLIPS = [
    # who is asked
    (
        BADGES_QUIZ,
        "    kind: multiple\n",
        "    kind: multiple\n    audiences: [staff]\n",
        1,
        "no scenario here is asked of the audience `learner`",
    ),
    (
        POLICY,
        "final_check:",
        "declaration_for: {stuff: [I close the door.]}\nfinal_check:",
        18,
        "`stuff` is not a key of `declaration_for`; did you mean `staff`?",
    ),
    # policy.yaml
    (POLICY, "owner:", "onwer:", 4, "`onwer` is not a key of a policy; did you mean `owner`?"),
    (POLICY, "owner: Site Team\n", "", 1, "a policy needs `owner`, which is missing"),
    (POLICY, "reference: VS-1", "reference: 145", 1, "not the number 145; put it in quotes"),
    (POLICY, "owner: Site Team", "owner: true", 4, "not the value true; put it in quotes"),
    (POLICY, "owner: Site Team", "owner:", 4, "`owner` must be text, not nothing"),
    (POLICY, "owner: Site Team", "owner: {a: b}", 4, "`owner` must be text, not a group of keys"),
    (
        POLICY,
        "[learner, staff]",
        "learner",
        5,
        "`audiences` must be a list, not the text `learner`",
    ),
    (POLICY, "[learner, staff]", "[]", 5, "`audiences` is an empty list"),
    (POLICY, "[learner, staff]", "[learner, learner]", 5, "`learner` is in `audiences` twice"),
    (POLICY, "[learner, staff]", "[learner, Our Staff]", 5, "`Our Staff` must be in small letters"),
    (
        POLICY,
        "owner: Site Team",
        "owner: Site Team\nowner: Me",
        5,
        "given twice here; the first is on line 4",
    ),
    (POLICY, "date: 2024-02-12", "date: 12/02/2024", 13, "must be a date such as 2025-03-13"),
    (POLICY, "date: 2024-02-12", "date: 2024-02-30", 13, "must be a date such as 2025-03-13"),
    (POLICY, "date: 2024-02-12", "date: 2027-02-12", 14, "this one is older"),
    (POLICY, "review_due: 2096-02", "review_due: 2028-13", 15, "must be a date"),
    (POLICY, "draw: 3", "draw: many", 18, "`draw` must be a whole number"),
    (POLICY, "pass_mark: 50", "pass_mark: 101", 18, "from 1 to 100, not the number 101"),
    (POLICY, "pass_mark: 50", "pass_mark: 0", 18, "from 1 to 100, not the number 0"),
    (POLICY, "[sign-*]", "[singing-*]", 20, "no clause is called `singing-*`"),
    (
        POLICY,
        "id: sign-out",
        "id: sign-in",
        23,
        f"another clause is called `sign-in`, at {POLICY}:22",
    ),
    (POLICY, "id: sign-out", "id: Sign_Out", 23, "`Sign_Out` cannot be an id"),
    (
        POLICY,
        "assess: false",
        "assess: no",
        25,
        "`assess` must be true or false, not the text `no`",
    ),
    (POLICY, "assess: false", "assess: True", 25, "must be true or false, not the text `True`"),
    (POLICY, "  - {id: badge, ", "  - badge\n  - {id: badge, ", 24, "must be `key: value` lines"),
    # a section
    (ARRIVING, "---\ntitle", "title", 1, "a section begins with a line `---`"),
    (ARRIVING, "last.\n---\n", "last.\n", 1, "the `---` that ends"),
    (ARRIVING, "summary:", "sumary:", 3, "did you mean `summary`?"),
    (ARRIVING, "minutes: 2", "minutes: 2.5", 4, "not the text `2.5`"),
    (ARRIVING, "minutes: 2", "minutes: 12:30", 4, "not the text `12:30`"),
    (ARRIVING, "sign-in, sign-out", "sign-in, signout", 5, "did you mean `sign-out`?"),
    (BADGES, "[learner]", "[lerner]", 6, "did you mean `learner`?"),
    (ARRIVING, "## What", "# What", 12, "start headings with `##`"),
    (ARRIVING, "## What to do", "What to do\n====", 12, "start headings with `##`"),
    (ARRIVING, "## What", "### What", 12, "this heading skips a level; use `##`"),
    (ARRIVING, "## What", "![plan](plan.png)", 12, "a picture stands on a line of its own"),
    (ARRIVING, "before** you", "before**\n  <br> you", 15, "HTML such as `<br>` is not used here"),
    (ARRIVING, "even for lunch", "<!-- check -->", 15, "HTML such as `<!--`"),
    (ARRIVING, "even for lunch", "[so](ftp://example.org)", 15, "this link leads nowhere"),
    (BADGES, BODY, "", 7, "nothing to read"),
    (
        ARRIVING,
        "takeaway:",
        "explained:\n  - {rule: sign-in, at: Sign in at the back}\ntakeaway:",
        7,
        "no paragraph and no entry of a list on this page begins with `Sign in at the back`",
    ),
    (
        ARRIVING,
        "takeaway:",
        "explained:\n  - {rule: sign-on, at: Sign in}\ntakeaway:",
        7,
        "not among the `clauses` of this section; did you mean `sign-in`?",
    ),
    (
        ARRIVING,
        "takeaway:",
        "explained:\n- {rule: sign-in, at: Sign in}\n- {rule: sign-in, at: Sign out}\ntakeaway:",
        8,
        "`sign-in` is in `explained` twice",
    ),
    # a quiz
    (
        BADGES_QUIZ,
        "situation: Your badge is at home.\n",
        "situation: |\n      You read:\n\n      ```chat\n      Badge at home\n      ```\n",
        11,
        "a line of a chat is who writes and what",
    ),
    (ARRIVING_QUIZ, "pass_mark: 50", "pass_mark: half", 1, "not the text `half`"),
    (ARRIVING_QUIZ, "kind: single", "kind: singel", 4, "not `singel`; did you mean `single`?"),
    (ARRIVING_QUIZ, "    kind: single\n", "", 3, "a scenario needs `kind`, which is missing"),
    (ARRIVING_QUIZ, "clauses: [sign-in]", "clauses: [sign-inn]", 6, "did you mean `sign-in`?"),
    (
        ARRIVING_QUIZ,
        "id: lunch-run",
        "id: late-for-class",
        22,
        "another scenario is called `late-for-class`",
    ),
    (ARRIVING_QUIZ, "id: lunch-run", "id: lunch-done-right", 22, "gives the answer away (`right`)"),
    (ARRIVING_QUIZ, "id: join-queue", "id: best-queue", 17, "gives the answer away (`best`)"),
    (ARRIVING_QUIZ, "id: join-queue", "id: side-door", 17, "another option is called `side-door`"),
    (ARRIVING_QUIZ, "id: wave", "id: walk-past", 50, "another option is called `walk-past`"),
    (ARRIVING_QUIZ, "correct: true", "correct: yes", 19, "`correct` must be true or false"),
    (
        ARRIVING_QUIZ,
        "correct: true",
        "correct: false",
        10,
        "exactly one option must be `correct: true`; here 0 are",
    ),
    (
        ARRIVING_QUIZ,
        "correct: false",
        "correct: true",
        10,
        "exactly one option must be `correct: true`; here 2 are",
    ),
    (ARRIVING_QUIZ, BELIEF, "", 11, "the wrong option `side-door` needs `misconception`"),
    (
        ARRIVING_QUIZ,
        "Missing from the list is not.",
        "No.\n        misconception: None",
        22,
        "is not a wrong option",
    ),
    (
        ARRIVING_QUIZ,
        "You are **late**.",
        "You are **late**.\n      ## Now",
        9,
        "a heading cannot stand here",
    ),
    (ARRIVING_QUIZ, "are **late**", "are\n      <b>late</b>", 9, "HTML such as `<b>`"),
    (
        BADGES_QUIZ,
        "correct: false",
        "correct: true",
        11,
        "some options must be correct and some not; here 3 of 3 are",
    ),
    (
        BADGES_QUIZ,
        "    consequence_wrong: Someone stops you in the corridor.\n",
        "",
        3,
        "say what happens next",
    ),
    # the bank
    (ARRIVING_QUIZ, SINGLE, SINGLE + "    use: chek\n", 5, "not `chek`; did you mean `check`?"),
    (ARRIVING_QUIZ, SINGLE, SINGLE + "    use: [check]\n", 5, "`use` must be text, not a list"),
    (ARRIVING_QUIZ, SINGLE, SINGLE + "    must: always\n", 5, "`must` must be true or false"),
    (ARRIVING_QUIZ, SINGLE, SINGLE + "    plain: 7\n", 5, "`plain` must be text"),
    (
        ARRIVING_QUIZ,
        SINGLE,
        SINGLE + "    plain: Sign in. Sign out. Always.\n",
        5,
        "`plain` has 3 sentences; say the rule in 2 at most",
    ),
    (ARRIVING_QUIZ, SINGLE, SINGLE + "    audiences: staff\n", 5, "`audiences` must be a list"),
    (
        ARRIVING_QUIZ,
        SINGLE,
        SINGLE + "    audiences: [staf]\n",
        5,
        "`staf` in `audiences` is not known; did you mean `staff`?",
    ),
    (ARRIVING_QUIZ, "correct: true", "cautious: sure", 19, "`cautious` must be true or false"),
    (ARRIVING_QUIZ, "correct: true", "decent: 1", 19, "`decent` must be true or false"),
    (ARRIVING_QUIZ, "correct: true", "cautios: true", 19, "did you mean `cautious`?"),
    (
        ARRIVING_QUIZ,
        "outcome: good",
        "outcome: good\n            missing: And so on.",
        48,
        "`missing` is not a key of an option of a branching scenario",
    ),
    (
        BADGES_QUIZ,
        "correct: false",
        "missing: Look again.",
        22,
        "`borrow-badge` is a wrong option, so it has no `missing`",
    ),
    (
        BADGES_QUIZ,
        "    clauses: [badge]\n",
        "    clauses: [badge]\n    use: later\n",
        2,
        "asked in the section",
    ),
    # a story
    (
        ARRIVING_QUIZ,
        "next: on-the-way-back",
        "next: on-the-way-bak",
        31,
        "which is not here; did you mean `on-the-way-back`?",
    ),
    (
        ARRIVING_QUIZ,
        "            outcome: good",
        "            next: at-the-desk",
        45,
        "`sign-again` leads back to `at-the-desk`",
    ),
    (
        ARRIVING_QUIZ,
        "next: on-the-way-back",
        "next: at-the-desk",
        31,
        "`wait-to-sign` leads back to `at-the-desk`",
    ),
    (
        ARRIVING_QUIZ,
        "            next: on-the-way-back",
        "            outcome: good\n            feedback: Yes.",
        42,
        "nothing leads to the scene `on-the-way-back`",
    ),
    (
        ARRIVING_QUIZ,
        "outcome: good",
        "outcome: poor\n            misconception: It helps.",
        27,
        "no choice can lead to `outcome: good`",
    ),
    (
        ARRIVING_QUIZ,
        "outcome: good",
        "outcome: great",
        47,
        "`outcome` must be good or poor, not `great`",
    ),
    (
        ARRIVING_QUIZ,
        "            outcome: good\n",
        "",
        45,
        "needs either `next` or `outcome`, and not both",
    ),
    (
        ARRIVING_QUIZ,
        "            next: on-the-way-back\n",
        "            next: on-the-way-back\n            outcome: good\n",
        31,
        "and not both",
    ),
    (
        ARRIVING_QUIZ,
        "            feedback: Each time you come in, sign in.\n",
        "",
        45,
        "ends the story, so it needs `feedback`",
    ),
    (
        ARRIVING_QUIZ,
        "id: on-the-way-back",
        "id: at-the-desk",
        41,
        "another scene is called `at-the-desk`",
    ),
]


@pytest.mark.parametrize(("path", "old", "new", "line", "message"), SLIPS)
def test_a_slip_is_told_with_its_line_in_plain_words(
    path: str, old: str, new: str, line: int, message: str
) -> None:
    found = faults_of(with_text(path, old, new))

    assert (path, line) in [(f.path, f.line) for f in found if message in f.message], told(
        with_text(path, old, new)
    )


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (POLICY, "owner:", "onwer:"),
        (POLICY, "[learner, staff]", "[]"),
        (ARRIVING, "summary:", "sumary:"),
        (ARRIVING_QUIZ, "correct: true", "corect: true"),
        (ARRIVING_QUIZ, "correct: true", "correct: yes"),
        (ARRIVING_QUIZ, "outcome: good", "outcome: great"),
        (ARRIVING_QUIZ, "            outcome: good\n", ""),
        (ARRIVING_QUIZ, "next: on-the-way-back", "nxt: on-the-way-back"),
        (ARRIVING_QUIZ, "next: on-the-way-back", "next: on-the-way-bak"),
        (ARRIVING_QUIZ, "id: on-the-way-back", "id: at-the-desk"),
        (ARRIVING_QUIZ, "id: lunch-run", "id: late-for-class"),
        (BADGES_QUIZ, "scenarios:", "scenarioes:"),
    ],
)
def test_one_slip_is_told_once(path: str, old: str, new: str) -> None:
    assert len(told(with_text(path, old, new))) == 1


@pytest.mark.parametrize(
    "word", ["right", "wrong", "correct", "incorrect", "good", "bad", "best", "true", "false"]
)
def test_no_id_may_tell_the_worth_of_an_act(word: str) -> None:
    for old in ("id: late-for-class", "id: join-queue", "id: on-the-way-back"):
        files = with_text(ARRIVING_QUIZ, old, f"id: the-{word}-one")
        assert any(f"(`{word}`)" in line for line in told(files))


@pytest.mark.parametrize("mark", ["cautious", "decent"])
def test_where_one_option_is_chosen_one_person_takes_one(mark: str) -> None:
    spoilt = re.sub(r"( +)text:", rf"\1{mark}: true\n\1text:", FILES[ARRIVING_QUIZ])
    faults = told({**FILES, ARRIVING_QUIZ: spoilt})
    message = f"error: only one option of a scene can be `{mark}: true`; here 2 are"
    assert [fault.split(" ", 1)[1] for fault in faults] == [message] * 3
    several = FILES[BADGES_QUIZ].replace("correct: true", f"correct: true\n        {mark}: true")
    asked = load({**FILES, BADGES_QUIZ: several}).sections[1].bank[0].scenes[0]
    assert [getattr(option, mark) for option in asked.options] == [True, True, False]


def test_a_telling_word_inside_another_word_is_fine() -> None:
    policy = load(with_text(ARRIVING_QUIZ, "id: join-queue", "id: copyright-goodbye"))

    assert policy.sections[0].scenarios[0].scenes[0].option("copyright-goodbye") is not None


def test_a_quiz_needs_scenarios_and_a_scenario_choices() -> None:
    files = {**FILES, BADGES_QUIZ: "pass_mark: 80\nscenarios: []\n"}
    assert (BADGES_QUIZ, 2) in [(f.path, f.line) for f in faults_of(files)]

    one = FILES[BADGES_QUIZ].split("      - id: tell-tutor")[0]
    assert any("give 2 to 8 options, not 1" in line for line in told({**FILES, BADGES_QUIZ: one}))


def test_an_invisible_character_is_named_with_its_line() -> None:
    for odd in ("\x07", "\x85", "\u2028", "\ufeff", "\x00"):
        found = faults_of(with_text(BADGES, "A badge", f"A{odd} badge"))
        assert [(f.path, f.line) for f in found] == [(BADGES, 8)]
        assert f"U+{ord(odd):04X}" in found[0].message


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("No title here.\n", 1, "a help page begins with a line `---`"),
        ("---\ntitle: Locked out\n---\n\nRing us.\n", 2, "a help page needs `summary`"),
        (
            "---\ntitle: Locked out\nsummary: At the gate.\nlaw_checked: soon\n---\n\nRing us.\n",
            4,
            "`law_checked` must be a date such as 2025-03-13, not `soon`",
        ),
        (
            "---\ntitle: Locked out\nsummary: At the gate.\n---\n\n# Ring us\n",
            6,
            "start headings with `##`",
        ),
    ],
)
def test_each_slip_in_a_help_page(text: str, line: int, words: str) -> None:
    path = "content/visitor-safety/help-locked-out.md"
    [fault] = faults_of({**FILES, path: text})

    assert (fault.path, fault.line) == (path, line)
    assert words in fault.message
