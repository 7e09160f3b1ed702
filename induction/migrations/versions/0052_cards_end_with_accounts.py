"""A card ends with its account: those of accounts that were ended, or that staff have, go."""

from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Whoever was let in again, or is no staff any more, would have had their old card back."""
    op.execute(
        "DELETE FROM card WHERE account_id IN "
        "(SELECT id FROM account WHERE deactivated_at IS NOT NULL "
        "UNION SELECT account_id FROM account_role)"
    )


def downgrade() -> None:
    """Refused: restore a backup to go back."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
