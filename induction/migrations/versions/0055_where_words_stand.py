"""Of each word by which somebody is found it is kept where it stands: nothing else is read then.

The worker makes the index anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

WORD = sa.String(length=40).with_variant(sa.String(length=40, collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table anew, and note everybody."""
    op.drop_table("account_word")
    op.create_table(
        "account_word",
        sa.Column("word", WORD, nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("word", "account_id", name=op.f("pk_account_word")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_account_word_account_id"), "account_word", ["account_id"])
    op.execute("INSERT INTO account_changed (account_id) SELECT id FROM account")


def downgrade() -> None:
    """Refused: restore a backup to go back."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
