"""What was typed at a failed sign-in is kept no longer, where it is the address of nobody.

It may be a password that went into the wrong field. The entries of the chain stay as they are: what
stands beside them may go.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Delete it from beside the chain."""
    connection = op.get_bind()
    ours = set(connection.scalars(sa.text("SELECT email FROM account")))
    beside = connection.execute(
        sa.text(
            "SELECT p.seq, p.data FROM audit_personal p JOIN audit_entry e ON e.seq = p.seq"
            " WHERE e.action = 'people:sign-in-refused'"
        )
    )
    gone = [{"seq": row.seq} for row in beside if _typed(row.data) not in ours]
    if gone:
        connection.execute(sa.text("DELETE FROM audit_personal WHERE seq = :seq"), gone)


def _typed(data: str) -> str:
    return str(json.loads(data).get("email", "")).strip().lower()


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
