"""What the institute's directory keeps up to date: connections, people, groups, who is in them."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; no directory writes here yet."""
    op.create_table(
        "directory_connection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("invites", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_connection")),
        sa.UniqueConstraint("public_id", name=op.f("uq_directory_connection_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_directory_connection_token_hash")),
    )
    op.create_table(
        "directory_user",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("user_name", sa.String(length=254), nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=True),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("let_go", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_directory_user_account_id_account")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_directory_user")),
        sa.UniqueConstraint("user_name", name=op.f("uq_directory_user_user_name")),
    )
    op.create_index(op.f("ix_directory_user_external_id"), "directory_user", ["external_id"])
    op.create_table(
        "directory_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["cohort.id"], name=op.f("fk_directory_group_cohort_id_cohort")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_group")),
        sa.UniqueConstraint("cohort_id", name=op.f("uq_directory_group_cohort_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_directory_group_public_id")),
    )
    op.create_index(op.f("ix_directory_group_external_id"), "directory_group", ["external_id"])
    op.create_table(
        "directory_member",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["directory_group.id"],
            name=op.f("fk_directory_member_group_id_directory_group"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_directory_member_account_id_account")
        ),
        sa.PrimaryKeyConstraint("group_id", "account_id", name=op.f("pk_directory_member")),
    )
    op.create_index(op.f("ix_directory_member_account_id"), "directory_member", ["account_id"])


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
