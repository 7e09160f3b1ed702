"""Checkpoints leave by mail, to compliance and to a second address of the settings."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and a setting that is empty. The next checkpoint is the first that leaves."""
    op.create_table(
        "checkpoint_letter",
        sa.Column("message_id", sa.String(length=120), nullable=False),
        sa.Column("checkpoint_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"],
            ["audit_checkpoint.id"],
            name=op.f("fk_checkpoint_letter_checkpoint_id"),
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_checkpoint_letter")),
    )
    op.create_index(
        op.f("ix_checkpoint_letter_checkpoint_id"), "checkpoint_letter", ["checkpoint_id"]
    )
    with op.batch_alter_table("institute") as institute:
        institute.add_column(
            sa.Column("checkpoint_email", sa.String(254), nullable=False, server_default="")
        )
    with op.batch_alter_table("institute") as institute:
        institute.alter_column("checkpoint_email", server_default=None)


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
