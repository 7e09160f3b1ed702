from induction.curriculum.changes import Changes, Difference, compare, scenarios_testing
from induction.curriculum.model import Policy
from tests.unit.curriculum.tiny import (
    ARRIVING,
    ARRIVING_QUIZ,
    BADGES,
    BADGES_QUIZ,
    FILES,
    POLICY,
    SLUG,
    load,
    with_text,
)

NONE = Difference()


def changes(files: dict[str, str]) -> Changes:
    return compare(load(), load(files))


def test_nothing_changes_in_a_policy_compared_with_itself() -> None:
    assert compare(load(), load()) == Changes(NONE, NONE, NONE)
    assert not compare(load(), load())


def test_words_of_a_clause() -> None:
    found = changes(with_text(POLICY, "Sign out when you leave.", "Sign out each time you leave."))

    assert found == Changes(Difference(changed=("sign-out",)), NONE, NONE)
    assert found


def test_a_clause_comes_and_another_goes() -> None:
    files = with_text(POLICY, "id: desk-hours", "id: desk-times")
    files[BADGES] = files[BADGES].replace("desk-hours", "desk-times")

    assert changes(files) == Changes(
        Difference(added=("desk-times",), removed=("desk-hours",)),
        Difference(changed=("badges",)),
        NONE,
    )


def test_a_page() -> None:
    found = changes(with_text(ARRIVING, "On a wet Monday", "On a dry Monday"))

    assert found == Changes(NONE, Difference(changed=("arriving",)), NONE)


def test_one_word_of_one_option() -> None:
    found = changes(with_text(ARRIVING_QUIZ, "text: Join the queue", "text: Stand in the queue"))

    assert found == Changes(NONE, NONE, Difference(changed=("late-for-class",)))


def test_what_only_counts_a_rule_of_thumb_is_no_change() -> None:
    files = with_text(ARRIVING_QUIZ, "correct: true", "correct: true\n        cautious: true")

    assert not changes(files)
    must = with_text(ARRIVING_QUIZ, "    kind: single\n", "    kind: single\n    must: true\n")
    assert changes(must).scenarios == Difference(changed=("late-for-class",))


def test_a_section_and_its_scenarios_come_and_go() -> None:
    less = {k: v for k, v in FILES.items() if k not in {BADGES, BADGES_QUIZ}}
    less[POLICY] = less[POLICY].replace("draw: 3", "draw: 2")
    before, after = load(), load(less)

    gone = Changes(NONE, Difference(removed=("badges",)), Difference(removed=("forgotten-badge",)))
    come = Changes(NONE, Difference(added=("badges",)), Difference(added=("forgotten-badge",)))
    assert (compare(before, after), compare(after, before)) == (gone, come)


def test_order_is_no_content() -> None:
    quiz = FILES[ARRIVING_QUIZ]
    first, second = (quiz.index(f"      - id: {name}") for name in ("side-door", "join-queue"))
    end = quiz.index("  - id: lunch-run")
    options = quiz[:first] + quiz[second:end] + quiz[first:second] + quiz[end:]
    files = {
        **FILES,
        ARRIVING_QUIZ: options.replace("[sign-out, sign-in]", "[sign-in, sign-out]"),
        POLICY: FILES[POLICY].replace("[learner, staff]", "[staff, learner]"),
    }
    for folder, ending in (("content", ".md"), ("quizzes", ".yaml")):
        files[f"{folder}/{SLUG}/09-arriving{ending}"] = files.pop(
            f"{folder}/{SLUG}/01-arriving{ending}"
        )
    after = load(files)

    assert [s.slug for s in after.sections] == ["badges", "arriving"]
    assert not compare(load(), after)
    assert after.digest != load().digest


def test_where_a_story_starts_is_content() -> None:
    before = load()
    story = before.scenario("lunch-run")
    assert story is not None
    turned = with_text(
        ARRIVING_QUIZ,
        "            next: on-the-way-back",
        "            outcome: good\n            feedback: So.",
    )
    # Each scene now ends by itself; which one opens the story is all that can differ.
    quiz = turned[ARRIVING_QUIZ]
    start = quiz.index("      - id: at-the-desk")
    rest = quiz.index("      - id: on-the-way-back")
    only_first, only_second = quiz[:rest], quiz[:start] + quiz[rest:]

    found = compare(
        load({**FILES, ARRIVING_QUIZ: only_first}), load({**FILES, ARRIVING_QUIZ: only_second})
    )
    assert found.scenarios == Difference(changed=("lunch-run",))


def test_scenarios_that_test_a_clause() -> None:
    def ids(policy: Policy, *clauses: str) -> list[str]:
        return [scenario.id for scenario in scenarios_testing(policy, clauses)]

    policy = load()
    assert ids(policy, "sign-out") == ["lunch-run"]
    assert ids(policy, "badge", "sign-in") == ["late-for-class", "lunch-run", "forgotten-badge"]
    assert ids(policy, "desk-hours") == []
    assert ids(policy) == []


def test_a_help_page_comes_changes_and_goes() -> None:
    path = f"content/{SLUG}/help-locked-out.md"
    page = "---\ntitle: Locked out\nsummary: What to do at the gate.\n---\n\nRing the desk.\n"
    with_page = load({**FILES, path: page})
    reworded = load({**FILES, path: page.replace("Ring", "Call")})

    assert compare(load(), with_page).help == Difference(added=("locked-out",))
    assert compare(with_page, reworded).help == Difference(changed=("locked-out",))
    assert compare(reworded, load()).help == Difference(removed=("locked-out",))
