"""Whom a new version of the policy concerns, and which tutors have been told."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables. Nobody is told of a version that came into force before."""
    op.create_table(
        "version_notice",
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("news", sa.Text(), nullable=False),
        sa.Column("questions", sa.Integer(), nullable=False),
        sa.Column("signs", sa.Boolean(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_version_notice_enrolment_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["policy_version.id"], name=op.f("fk_version_notice_version_id")
        ),
        sa.PrimaryKeyConstraint("enrolment_id", "version_id", name=op.f("pk_version_notice")),
    )
    op.create_index(
        op.f("ix_version_notice_version_id"), "version_notice", ["version_id"], unique=False
    )
    op.create_table(
        "version_digest",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_version_digest_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["policy_version.id"], name=op.f("fk_version_digest_version_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "version_id", name=op.f("pk_version_digest")),
    )


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
