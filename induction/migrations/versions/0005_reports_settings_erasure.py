"""The institute's settings, breach reports, retention and erasure."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables of this part, and the one row of settings."""
    op.create_table(
        "institute",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("ukprn", sa.String(8), nullable=False),
        sa.Column("contact", sa.String(200), nullable=False),
        sa.Column("emergency", sa.Text(), nullable=False),
        sa.Column("signatory", sa.String(200), nullable=False),
        sa.Column("accent", sa.String(7), nullable=False),
        sa.Column("validity_months", sa.Integer(), nullable=False),
        sa.Column("anonymous_reports", sa.Boolean(), nullable=False),
        sa.Column("review_reminder_days", sa.Integer(), nullable=False),
        sa.Column("logo_sha256", sa.String(64), nullable=False),
        sa.Column("logo", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_institute_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institute")),
    )
    table = sa.table(
        "institute",
        sa.column("id", sa.Integer()),
        sa.column("revision", sa.Integer()),
        *(sa.column(n, sa.String()) for n in ("name", "ukprn", "contact", "signatory", "accent")),
        sa.column("emergency", sa.Text()),
        sa.column("validity_months", sa.Integer()),
        sa.column("anonymous_reports", sa.Boolean()),
        sa.column("review_reminder_days", sa.Integer()),
        sa.column("logo_sha256", sa.String()),
        sa.column("logo", sa.LargeBinary()),
    )
    op.bulk_insert(
        table,
        [
            {
                "id": 1, "revision": 1, "name": "", "ukprn": "", "contact": "", "emergency": "",
                "signatory": "", "accent": "", "validity_months": 0, "anonymous_reports": True,
                "review_reminder_days": 30, "logo_sha256": "", "logo": b"",
            }
        ],
    )  # fmt: skip
    _reports()
    _personal_data()


def _reports() -> None:
    """Breach reports: what was reported, its pictures, and what was done about it."""
    op.create_table(
        "breach_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("where", sa.Text(), nullable=False),
        sa.Column("affected", sa.Text(), nullable=False),
        sa.Column("may_contact", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('new','looking','passed-on','closed')", name=op.f("ck_breach_report_state")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_breach_report_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach_report")),
        sa.UniqueConstraint("public_id", name=op.f("uq_breach_report_public_id")),
    )
    op.create_index(op.f("ix_breach_report_state"), "breach_report", ["state"])
    op.create_index(op.f("ix_breach_report_account_id"), "breach_report", ["account_id"])
    op.create_table(
        "breach_picture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["breach_report.id"], name=op.f("fk_breach_picture_report_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach_picture")),
    )
    op.create_index(op.f("ix_breach_picture_report_id"), "breach_picture", ["report_id"])
    op.create_table(
        "breach_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["breach_report.id"], name=op.f("fk_breach_note_report_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach_note")),
    )
    op.create_index(op.f("ix_breach_note_report_id"), "breach_note", ["report_id"])


def _personal_data() -> None:
    """How long each class of record is kept and why, and what was asked and approved."""
    op.create_table(
        "retention_rule",
        sa.Column("record_class", sa.String(20), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("record_class", name=op.f("pk_retention_rule")),
    )
    op.create_table(
        "data_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(64), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(12), nullable=False),
        sa.CheckConstraint(
            "kind IN ('access','erasure','retention')", name=op.f("ck_data_request_kind")
        ),
        sa.CheckConstraint(
            "outcome IN ('waiting','done','refused')", name=op.f("ck_data_request_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_data_request_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_request")),
        sa.UniqueConstraint("public_id", name=op.f("uq_data_request_public_id")),
    )


def downgrade() -> None:
    raise RuntimeError("migrations go forward; restore a backup to go back")
