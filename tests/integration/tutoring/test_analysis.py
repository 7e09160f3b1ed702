"""The indices against a table worked out by hand."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from induction.audit.act import SYSTEM, Act
from induction.database import writing
from induction.extensions import db
from induction.journey.answer_counts import count_anew
from induction.journey.models import Answer, Attempt, Enrolment, Progress
from induction.paging import SIZE
from induction.people.models import Role
from induction.policy.store import content
from induction.tutoring.analysis_pages import SHOWN
from induction.tutoring.question_analysis import analyse
from tests.support.cast import Cast
from tests.support.queries import Statements
from tests.support.solver import right_choice, wrong_choice

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
# Rows: learners. Columns: the first three scenarios, right (1) or wrong (0) at first.
TABLE = ((1, 1, 1), (1, 1, 0), (1, 0, 1), (0, 1, 0), (0, 0, 1), (0, 0, 0))
# First column: x is 1 1 1 0 0 0, the share right elsewhere r is 1 ½ ½ ½ ½ 0.
# Σx = 3, Σr = 3, Σx² = 3, Σr² = 2, Σxr = 2: (6·2 - 3·3) / √((6·3 - 3²)(6·2 - 3²)) = 3 / √27.
FIRST = 0.57735
# The two others: Σxr = 1½, so 6·1½ - 3·3 = 0.


def give(session: Session, learner: int, number: int, marks: dict[str, int]) -> None:
    policy = content().policy
    attempt = begin(session, learner, number, *marks)
    for name, right in marks.items():
        scene = policy.scenario(name).scenes[0].id
        chosen = (right_choice if right else wrong_choice)(policy, name, scene)
        store(session, attempt, name, scene, chosen, "right" if right else "wrong")


def begin(session: Session, learner: int, number: int, *names: str) -> int:
    policy = content().policy
    slug = next(s.slug for s in policy.sections if any(q.id in names for q in s.scenarios))
    return session.execute(
        insert(Attempt)
        .values(
            enrolment_id=learner, kind="section", step=slug, number=number,
            content=content().keep(Act(session, SYSTEM, AT)), asked=names,
            counted_of=names, pass_mark=80, begun_at=AT,
        )
        .returning(Attempt.id)
    ).scalar_one()  # fmt: skip


def store(
    session: Session, attempt: int, name: str, scene: str, chosen: list[str], result: str,
    next_scene: str = "",
) -> None:  # fmt: skip
    session.execute(
        insert(Answer).values(
            attempt_id=attempt, scenario=name, scene=scene, shown=tuple(chosen),
            chosen=tuple(chosen), result=result, next_scene=next_scene, answered_at=AT,
        )
    )  # fmt: skip


def answered(app: Flask, cast: Cast, table: tuple[tuple[int, ...], ...]) -> tuple[str, ...]:
    """The first three scenarios, answered as the table says; the fourth learner tries again."""
    singles = [q.id for q in cast.policy.sections[0].scenarios if len(q.scenes) == 1][:3]
    cohort = cast.cohort("Six")
    for number in range(len(table)):
        cast.learner(f"Learner {'ABCDEF'[number]}", cohort=cohort)
    with app.app_context(), writing() as session:
        ids = session.scalars(select(Enrolment.id).order_by(Enrolment.id)).all()
        session.execute(Progress.__table__.update().values(begun_at=AT, state="in-progress"))
        for learner, marks in zip(ids, table, strict=True):
            give(session, learner, 1, dict(zip(singles, marks, strict=True)))
        give(session, ids[3], 2, {singles[0]: 1})  # right at the second try
        count_anew(session, partial(content().clauses_of, session))
    return tuple(singles)


@pytest.fixture
def names(app: Flask, cast: Cast) -> tuple[str, ...]:
    """The three scenarios, answered as the table worked out by hand says."""
    return answered(app, cast, TABLE)


def test_facility_and_discrimination_are_those_worked_out_by_hand(
    app: Flask, cast: Cast, names: tuple[str, ...]
) -> None:
    viewer = cast.account(Role.COMPLIANCE)
    with app.app_context():
        found = analyse(db.session(), viewer, content().policy)
    items = {item.scenario.id: item for item in found.items}
    assert found.learners == 6
    assert [items[n].facility for n in names] == [0.5, 0.5, 0.5]
    assert items[names[0]].facility_at_last == pytest.approx(4 / 6)
    assert items[names[1]].facility_at_last == 0.5
    indices = [items[n].discrimination for n in names]
    assert indices == pytest.approx([FIRST, 0, 0], abs=1e-5)
    choices = {c.option.id: (c.first, c.last) for c in items[names[0]].questions[0].choices}
    assert sum(first for first, _ in choices.values()) == 6
    assert all(belief.of >= 5 for belief in found.beliefs)
    assert found.beliefs[0].count == 3


def test_fewer_than_five_have_no_numbers(app: Flask, cast: Cast) -> None:
    compliance = cast.signed_in(cast.account(Role.COMPLIANCE))
    assert "Too few to say" in compliance.read("/tutor/misconceptions").text


def test_the_page_shows_them(cast: Cast, names: tuple[str, ...]) -> None:
    compliance = cast.signed_in(cast.account(Role.COMPLIANCE))
    page = compliance.read("/tutor/misconceptions")
    assert "3 of 6" in page.text
    assert "0.58" in page.text


def test_a_tutors_learners_have_their_answers_read_twice(
    cast: Cast, names: tuple[str, ...], queries: Callable[[], AbstractContextManager[Statements]]
) -> None:
    tutor = cast.signed_in(cast.account(Role.TUTOR))
    with queries() as sent:
        tutor.read("/tutor/misconceptions")
    joined = ("answer.attempt_id = attempt.id", "attempt.id = answer.attempt_id")
    assert sum(sql.count(on) for sql in sent for on in joined) == 2


@pytest.mark.parametrize("address", ["/tutor/misconceptions", "/compliance/item-statistics"])
def test_of_many_scenarios_a_page_has_twenty_five_and_none_is_lost(
    cast: Cast, names: tuple[str, ...], address: str
) -> None:
    titles = [q.title for section in cast.policy.sections for q in section.bank]
    pages = cast.signed_in(cast.account(Role.COMPLIANCE)).read_on(address)
    found = [[tr.all("th")[0].text for tr in page.all("tr")[1:]] for page in pages]
    assert [len(rows) for rows in found[:-1]] == [SIZE] * (len(titles) // SIZE)
    rows = [row for some in found for row in some]
    assert len(rows) == len(titles)
    assert all(any(row.startswith(title) for row in rows) for title in titles)


def test_what_they_believe_stands_once_and_all_of_it(app: Flask, cast: Cast) -> None:
    cohort = cast.cohort("Five")
    for name in "ABCDE":
        cast.learner(f"Learner {name}", cohort=cohort)
    names = [q.id for s in cast.policy.sections for q in s.scenarios if len(q.scenes) == 1]
    with app.app_context(), writing() as session:
        session.execute(Progress.__table__.update().values(begun_at=AT, state="in-progress"))
        for learner in session.scalars(select(Enrolment.id)).all():
            for name in names:
                give(session, learner, names.index(name) + 1, {name: 0})
        count_anew(session, partial(content().clauses_of, session))
    viewer = cast.account(Role.COMPLIANCE)
    with app.app_context():
        found = analyse(db.session(), viewer, content().policy)
    first, second, *_ = cast.signed_in(viewer).read_on("/tutor/misconceptions")
    told = [li.text for li in first.all("li") if "may believe:" in li.text]
    [folded] = [d for d in first.all("details") if "Chosen by several too" in d.text]
    assert len(told) == len(found.beliefs) > len(folded.all("li")) == len(told) - SHOWN
    assert "may believe:" not in second.text
    assert second.links["For the next tutorial: what they may believe"] == "/tutor/misconceptions"


def test_postgresql_finds_the_same_indices(app_on_postgres: Flask) -> None:
    cast = Cast(app_on_postgres)
    answered(app_on_postgres, cast, TABLE)
    officer = cast.signed_in(cast.account(Role.COMPLIANCE))
    assert "0.58" in officer.read("/tutor/misconceptions").text
    assert "0.58" in officer.read("/compliance/item-statistics").text


def test_what_one_learner_alone_chose_is_folded_away(
    app: Flask, cast: Cast, names: tuple[str, ...]
) -> None:
    fourth = next(q.id for s in cast.policy.sections[1:] for q in s.scenarios if len(q.scenes) == 1)
    with app.app_context(), writing() as session:
        ids = session.scalars(select(Enrolment.id).order_by(Enrolment.id)).all()
        for learner in ids:
            give(session, learner, 1, {fourth: learner != ids[0]})
        count_anew(session, partial(content().clauses_of, session))
    page = cast.signed_in(cast.account(Role.COMPLIANCE)).read("/tutor/misconceptions")
    [folded] = [d for d in page.all("details") if "Chosen by one learner only: 1" in d.text]
    assert "1 of 6 may believe" in folded.text
    assert page.text.count("1 of 6 may believe") == 1
    assert "3 of 6" not in folded.text


def test_below_nought_has_the_minus_that_the_words_have(app: Flask, cast: Cast) -> None:
    answered(app, cast, ((1, 0, 0), (1, 0, 0), (0, 1, 0), (0, 1, 1), (1, 0, 1)))
    page = cast.signed_in(cast.account(Role.COMPLIANCE)).read("/tutor/misconceptions")
    signs = {before for before in re.findall(r"(\S?)\d\.\d\d", page.text) if before}
    assert signs == {"−"}


def test_a_choice_on_the_way_does_not_contradict_a_story_that_ends_well(
    app: Flask, cast: Cast
) -> None:
    story, opening, slip = next(
        (scenario, scenario.scenes[0], option)
        for section in cast.policy.sections
        for scenario in section.scenarios
        for option in scenario.scenes[0].options
        if option.next and option.misconception
    )
    following = story.scene(slip.next)
    assert following is not None
    [end] = right_choice(cast.policy, story.id, following.id)
    for name in "ABCDE":
        cast.learner(f"Learner {name}")
    with app.app_context(), writing() as session:
        session.execute(Progress.__table__.update().values(begun_at=AT, state="in-progress"))
        for learner in session.scalars(select(Enrolment.id)).all():
            attempt = begin(session, learner, 1, story.id)
            store(session, attempt, story.id, opening.id, [slip.id], "continues", following.id)
            store(session, attempt, story.id, following.id, [end], "right")
        count_anew(session, partial(content().clauses_of, session))
    pages = cast.signed_in(cast.account(Role.COMPLIANCE)).read_on("/tutor/misconceptions")
    page = pages[0]
    [card] = [li for li in page.all("li") if f"5 of 5 may believe: {slip.misconception}" in li.text]
    assert "on the way through the story" in card.text
    [line] = [tr for page in pages for tr in page.all("tr") if story.title in tr.text]
    assert "100% by how it ends" in line.text
    assert f"{slip.text} 5 → 5 (on the way)" in line.text
    assert "A story counts by how it ends" in page.text
