"""Data protection officers, and auditors with the last day of their account."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has either role yet, and no account has a last day."""
    with op.batch_alter_table("account_role") as role:
        role.drop_constraint(op.f("ck_account_role_role"), type_="check")
        role.create_check_constraint(
            op.f("ck_account_role_role"),
            "role IN ('tutor','head','safeguarding','second-reader','data-protection','auditor',"
            "'compliance','admin')",
        )
    op.add_column("account", sa.Column("last_day", sa.Date(), nullable=True))
    op.create_index(op.f("ix_account_last_day"), "account", ["last_day"], unique=False)
