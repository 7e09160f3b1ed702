"""What looking at a long list, or at its undoing, came to: its counts, and its rows as pages."""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Lists that wait are looked at when their page is opened next."""
    op.create_table(
        "list_look",
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("heard_at", TIME, nullable=True),
        sa.Column("found", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["import_draft.id"],
            name=op.f("fk_list_look_list_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("list_id", name=op.f("pk_list_look")),
    )
    op.create_table(
        "list_page",
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["list_look.list_id"],
            name=op.f("fk_list_page_list_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("list_id", "kind", "number", name=op.f("pk_list_page")),
    )


def downgrade() -> None:
    """Refused: restore a backup to go back."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
