"""Where answers were faster than reading, or no better than chance, a tutor has a word.

Answers that there are stay without a mark: the next one that somebody gives weighs them all.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the marks, when a tutor had a word, and the setting that waits for it."""
    for table, column in (
        ("progress", sa.Column("flags", sa.Text(), nullable=False, server_default="")),
        ("progress", sa.Column("word_at", sa.DateTime(timezone=True), nullable=True)),
        (
            "institute",
            sa.Column("word_first", sa.Boolean(), nullable=False, server_default=sa.false()),
        ),
    ):
        op.add_column(table, column)


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
