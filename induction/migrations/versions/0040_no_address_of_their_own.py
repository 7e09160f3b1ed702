"""Learners without an address: cards with a PIN, class codes, and letters to hand over."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Everybody keeps the address that they have; nobody has a card yet."""
    with op.batch_alter_table("account") as account:
        account.alter_column("email", existing_type=sa.String(length=254), nullable=True)
    if op.get_bind().dialect.name == "sqlite":
        broken = op.get_bind().exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken:
            raise RuntimeError(f"a reference leads nowhere after account was made anew: {broken}")
    op.add_column(
        "sign_in",
        sa.Column("came_by", sa.String(length=8), server_default="", nullable=False),
    )
    op.create_table(
        "card",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("pin_hash", sa.String(length=200), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_card_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_card")),
    )
    op.create_table(
        "class_code",
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohort.id"], name=op.f("fk_class_code_cohort_id")),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["account.id"], name=op.f("fk_class_code_opened_by_id")
        ),
        sa.PrimaryKeyConstraint("cohort_id", name=op.f("pk_class_code")),
        sa.UniqueConstraint("code", name=op.f("uq_class_code_code")),
    )
    op.create_table(
        "letter_by_hand",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("certificate", sa.String(length=24), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("handed_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_by_hand")),
        sa.UniqueConstraint("public_id", name=op.f("uq_letter_by_hand_public_id")),
    )
    op.create_index(
        op.f("ix_letter_by_hand_account_id_handed_at"),
        "letter_by_hand",
        ["account_id", "handed_at"],
    )


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
