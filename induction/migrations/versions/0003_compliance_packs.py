"""compliance packs: what the register and the record of acts are searched by"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Indexes, so that a page costs the same however many rows there are."""
    op.create_index("ix_audit_entry_action_seq", "audit_entry", ["action", "seq"])
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"])
    op.create_index(
        "ix_certificate_policy_version_issued_at", "certificate", ["policy_version", "issued_at"]
    )
    op.create_index("ix_certificate_valid_until", "certificate", ["valid_until"])


def downgrade() -> None:
    raise RuntimeError("migrations go forward; restore a backup to go back")
