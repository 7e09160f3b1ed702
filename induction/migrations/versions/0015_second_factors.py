"""Second factors; a session knows when its owner last proved who they are. Staff are asked."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables, and ask staff for a second step from their next sign-in on."""
    op.create_table(
        "authenticator",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("sealed_secret", sa.String(length=300), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("added_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_authenticator_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_authenticator")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_recovery_code_account_id")
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_account_id"), "recovery_code", ["account_id"])
    for table, column, value in (
        ("account", "has_second_factor", sa.false()),
        ("institute", "staff_second_step", sa.true()),
    ):
        op.add_column(table, sa.Column(column, sa.Boolean(), nullable=False, server_default=value))
    op.add_column("sign_in", sa.Column("proved_at", TIME, nullable=True))
    op.execute("DELETE FROM sign_in WHERE account_id IN (SELECT account_id FROM account_role)")
    op.execute("UPDATE sign_in SET proved_at = created_at")


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
