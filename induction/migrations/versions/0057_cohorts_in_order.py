"""What cohorts are sorted by: without case, and numbers by what they are worth."""

import sqlalchemy as sa
from alembic import op

from induction.names import list_order

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column with its index, and give each cohort its place."""
    op.add_column(
        "cohort", sa.Column("sort_name", sa.String(length=400), nullable=False, server_default="")
    )
    cohort = sa.table(
        "cohort",
        sa.column("id", sa.Integer),
        sa.column("name", sa.String),
        sa.column("sort_name", sa.String),
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(cohort.c.id, cohort.c.name)).all():
        place = sa.update(cohort).where(cohort.c.id == row.id)
        connection.execute(place.values(sort_name=list_order(row.name)))
    op.create_index(op.f("ix_cohort_sort_name"), "cohort", ["sort_name"], unique=False)


def downgrade() -> None:
    """Refused: restore a backup to go back."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
