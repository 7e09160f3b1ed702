"""Counts over all learners, kept with each answer: how a scenario, an option and a clause do.

They are filled from the answers that there are, by the rules of ``journey.worth``, which make them
anew at any time.
"""

from contextlib import suppress
from functools import partial

import sqlalchemy as sa
from alembic import op
from sqlalchemy.orm import Session

from induction.curriculum.faults import CurriculumError
from induction.journey.answer_counts import count_anew
from induction.policy.store import archived

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and count."""
    counted = "learners right_first right_last timed seconds"
    _table("scenario_count", {"content": 64, "scenario": 80}, counted)
    chosen = {"content": 64, "scenario": 80, "scene": 80, "option": 80}
    _table("option_count", chosen, "first last")
    _table("clause_count", {"policy": 60, "clause": 80}, "first later not_yet")
    with Session(op.get_bind()) as session:
        count_anew(session, partial(_clauses, session))


_TYPES = {"seconds": sa.BigInteger()}


def _table(name: str, key: dict[str, int], numbers: str) -> None:
    op.create_table(
        name,
        *(sa.Column(part, sa.String(length=size), nullable=False) for part, size in key.items()),
        *(sa.Column(number, _TYPES.get(number, sa.Integer()), nullable=False)
          for number in numbers.split()),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")),
    )


def _clauses(session: Session, content: str, scenario: str) -> tuple[str, ...]:
    """What a scenario tests; nothing where its content can be read no more."""
    with suppress(CurriculumError):
        known = archived(session, content).scenario(scenario)
        return known.clauses if known else ()
    return ()


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
