"""What is counted over all learners with each answer is what their answers add up to."""

from functools import partial

import sqlalchemy as sa
from flask import Flask

from induction.database import writing
from induction.journey import answer_counts
from induction.people.models import Role
from induction.policy.store import content
from tests.support.cast import Cast
from tests.support.learner import Learner
from tests.support.record import rows

TABLES = ("scenario_count", "option_count", "clause_count")


def counted(app: Flask) -> dict[str, list[tuple[object, ...]]]:
    """Every count that is not nought."""
    return {name: sorted(map(tuple, rows(app, f"SELECT * FROM {name}"))) for name in TABLES}


def made_anew(app: Flask) -> dict[str, list[tuple[object, ...]]]:
    with app.app_context(), writing() as session:
        answer_counts.count_anew(session, partial(content().clauses_of, session))
    return counted(app)


def test_counts_are_kept_with_each_answer(newcomer: Learner, tiny: Cast) -> None:
    newcomer.to_question()
    asked = newcomer.asked
    newcomer.press(rightly=False)
    [(learners, first)] = rows(
        tiny.app,
        f"SELECT learners, right_first FROM scenario_count WHERE scenario = '{asked}'",
    )
    assert (learners, first) == (1, 0)
    newcomer.finish()
    kept = counted(tiny.app)
    clauses = {clause: (first, later, not_yet) for _, clause, first, later, not_yet
               in kept["clause_count"]}  # fmt: skip
    tested = tiny.policy.scenario(asked).clauses
    assert {clauses[c] for c in tested} == {(0, 1, 0)}, "right, but not at first sight"
    assert set(clauses.values()) == {(1, 0, 0), (0, 1, 0)}
    assert kept == made_anew(tiny.app), "as the answers say"


def test_the_clauses_page_reads_them_and_no_answer(tiny: Cast, newcomer: Learner) -> None:
    newcomer.finish()
    with tiny.app.app_context(), writing() as session:
        session.execute(sa.text("UPDATE scenario_count SET learners = 7000, right_first = 3500"))
    page = tiny.signed_in(tiny.account(Role.COMPLIANCE)).read("/compliance/clauses")
    assert "50%" in page.text
    assert "7000" in page.text
