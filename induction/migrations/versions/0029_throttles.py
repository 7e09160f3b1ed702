"""One table counts tries against every limit; what was refused is summed up beside it.

What the three tables before held mattered for an hour at most, and is let go.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the two tables, and drop those that they stand for."""
    op.create_table(
        "counted_try",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("limit", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("thing", sa.String(length=64), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counted_try")),
    )
    for columns in (["key", "limit", "at"], ["thing"], ["at"]):
        name = op.f("ix_counted_try_" + "_".join(columns))
        op.create_index(name, "counted_try", columns, unique=False)
    op.create_table(
        "refused_tally",
        sa.Column("quarter", TIME, nullable=False),
        sa.Column("network", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=24), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("turned_away", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "quarter", "network", "kind", "account", name=op.f("pk_refused_tally")
        ),
    )
    for table in ("sign_in_try", "verify_miss", "report_tally"):
        op.drop_table(table)


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
