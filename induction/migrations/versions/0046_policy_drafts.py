"""Drafts of the policy with comments, and days on which versions come into force by themselves.

A changed help page can be kept as a change of a version.
"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """No draft is open, and no version waits for a day."""
    with op.batch_alter_table("policy_change") as change:
        change.drop_constraint(op.f("ck_policy_change_kind"), type_="check")
        change.create_check_constraint(
            op.f("ck_policy_change_kind"),
            "kind IN ('clause','declaration','section','scenario','help')",
        )
    op.create_table(
        "policy_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("policy", sa.String(length=60), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("base", sa.String(length=64), nullable=False),
        sa.Column("folder", sa.String(length=64), nullable=False),
        sa.Column("begun_by_id", sa.Integer(), nullable=False),
        sa.Column("begun_at", TIME, nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('open','drawn-up','discarded')", name=op.f("ck_policy_draft_outcome")
        ),
        sa.CheckConstraint(
            "source IN ('in-force','folder','earlier','zip')", name=op.f("ck_policy_draft_source")
        ),
        sa.ForeignKeyConstraint(
            ["begun_by_id"], ["account.id"], name=op.f("fk_policy_draft_begun_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["account.id"], name=op.f("fk_policy_draft_ended_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["policy_version.id"], name=op.f("fk_policy_draft_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_draft")),
        sa.UniqueConstraint("public_id", name=op.f("uq_policy_draft_public_id")),
    )
    still_open = sa.text("outcome = 'open'")
    op.create_index(
        "uq_policy_draft_open",
        "policy_draft",
        ["policy"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.create_index(op.f("ix_policy_draft_version_id"), "policy_draft", ["version_id"])
    op.create_table(
        "policy_draft_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["account.id"], name=op.f("fk_policy_draft_text_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["policy_draft.id"], name=op.f("fk_policy_draft_text_draft_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_draft_text")),
    )
    op.create_index(
        op.f("ix_policy_draft_text_draft_id_path_id"),
        "policy_draft_text",
        ["draft_id", "path", "id"],
    )
    op.create_table(
        "policy_draft_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("settled_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["by_id"], ["account.id"], name=op.f("fk_policy_draft_comment_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["policy_draft.id"], name=op.f("fk_policy_draft_comment_draft_id")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["account.id"], name=op.f("fk_policy_draft_comment_settled_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_draft_comment")),
        sa.UniqueConstraint("public_id", name=op.f("uq_policy_draft_comment_public_id")),
    )
    op.create_index(
        op.f("ix_policy_draft_comment_draft_id_kind_name"),
        "policy_draft_comment",
        ["draft_id", "kind", "name"],
    )
    op.create_table(
        "policy_schedule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(length=60), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("redo_by", sa.Date(), nullable=True),
        sa.Column("joiner_days", sa.Integer(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.CheckConstraint(
            "outcome IN ('waiting','done','called-back','overtaken')",
            name=op.f("ck_policy_schedule_outcome"),
        ),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name=op.f("fk_policy_schedule_by_id")),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["account.id"], name=op.f("fk_policy_schedule_ended_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["policy_version.id"], name=op.f("fk_policy_schedule_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_schedule")),
    )
    op.create_index(op.f("ix_policy_schedule_version_id"), "policy_schedule", ["version_id"])
    still_waiting = sa.text("outcome = 'waiting'")
    op.create_index(
        "uq_policy_schedule_waiting",
        "policy_schedule",
        ["policy"],
        unique=True,
        sqlite_where=still_waiting,
        postgresql_where=still_waiting,
    )


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
