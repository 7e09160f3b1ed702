"""One person: family names, what staff corrected, several cohorts, and who is the same person."""

import sqlalchemy as sa
from alembic import op

from induction.names import sort_name

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and sort everybody who is there by the last word of their name."""
    op.add_column("account", sa.Column("family_name", sa.String(length=200), nullable=True))
    op.add_column(
        "account",
        sa.Column("sort_name", sa.String(length=400), nullable=False, server_default=""),
    )
    op.add_column("account", sa.Column("corrected", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("account", sa.Column("merged_into_id", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_account_merged_into_id"), "account", ["merged_into_id"], unique=False)
    account = sa.table(
        "account",
        sa.column("id", sa.Integer),
        sa.column("full_name", sa.String),
        sa.column("sort_name", sa.String),
        sa.column("erased_at", sa.DateTime),
    )
    connection = op.get_bind()
    living = sa.select(account.c.id, account.c.full_name).where(account.c.erased_at.is_(None))
    values = [
        {"of": row.id, "sorted": sort_name(row.full_name)} for row in connection.execute(living)
    ]
    if values:
        connection.execute(
            sa.update(account)
            .where(account.c.id == sa.bindparam("of"))
            .values(sort_name=sa.bindparam("sorted")),
            values,
        )
    op.add_column(
        "membership",
        sa.Column("is_main", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    op.drop_index("uq_membership_current", "membership")
    now = sa.text("left_at IS NULL")
    main = sa.text("left_at IS NULL AND is_main")
    op.create_index(
        "uq_membership_current", "membership", ["account_id"],
        unique=True, sqlite_where=main, postgresql_where=main,
    )  # fmt: skip
    op.create_index(
        "uq_membership_once", "membership", ["account_id", "cohort_id"],
        unique=True, sqlite_where=now, postgresql_where=now,
    )  # fmt: skip
    op.add_column(
        "outbox_mail",
        sa.Column("about", sa.String(length=40), nullable=False, server_default=""),
    )
    op.create_index(op.f("ix_account_sort_name"), "account", ["sort_name"], unique=False)


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
