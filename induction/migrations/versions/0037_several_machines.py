"""What several machines on one database share: pictures of reports, and the key that signs."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; each machine brings in at its next start what lies on its disk."""
    with op.batch_alter_table("breach_picture") as batch:
        batch.add_column(sa.Column("png", sa.LargeBinary(), nullable=True))
    op.create_table(
        "shared_key",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.Column("secret_check", sa.String(length=16), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_shared_key_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shared_key")),
    )
    op.create_table(
        "shared_certificate",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("vouched_by", sa.String(length=64), nullable=False),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", "vouched_by", name=op.f("pk_shared_certificate")),
    )


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
