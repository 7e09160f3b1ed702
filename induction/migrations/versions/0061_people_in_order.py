"""People in the order of lists, to the last of a name: whoever pages needs nobody sorted."""

from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The index holds the whole order; on PostgreSQL all who share a name were sorted first."""
    op.create_index(op.f("ix_account_sort_name_id"), "account", ["sort_name", "id"], unique=False)
    op.drop_index(op.f("ix_account_sort_name"), table_name="account")


def downgrade() -> None:
    """Refused: restore a backup to go back."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
