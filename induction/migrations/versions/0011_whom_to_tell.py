"""The settings name the safeguarding lead, whom to call out of hours, and the leaders."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

LENGTHS = {
    "safeguarding_name": 200,
    "safeguarding_phone": 40,
    "safeguarding_email": 254,
    "leaders": 200,
}


def upgrade() -> None:
    """What was kept for an emergency is whom to call out of hours."""
    op.execute("ALTER TABLE institute RENAME COLUMN emergency TO out_of_hours")
    with op.batch_alter_table("institute") as institute:
        for name, length in LENGTHS.items():
            column = sa.Column(name, sa.String(length=length), nullable=False, server_default="")
            institute.add_column(column)
    with op.batch_alter_table("institute") as institute:
        for name in LENGTHS:
            institute.alter_column(name, server_default=None)


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
