"""Tutors' leaves and notes, reminders and their settings."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def _append_only(table: str, erased: str) -> None:
    """Refuse changes of a table's rows, and their removal until the person has been erased."""
    for verb, unless in (("UPDATE", ""), ("DELETE", erased)):
        name, message = f"{table}_no_{verb.lower()}", f"{table} is append-only"
        if op.get_bind().dialect.name == "sqlite":
            when = f"WHEN NOT EXISTS ({unless}) " if unless else ""
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {verb} ON {table} {when}"
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
            continue
        condition = f"IF NOT EXISTS ({unless}) THEN" if unless else "IF TRUE THEN"
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {condition} "
            f"RAISE EXCEPTION '{message}'; END IF; RETURN OLD; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {verb} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {name}()"
        )


def upgrade() -> None:
    """Only additions."""
    op.add_column("account", sa.Column("reminders_by_mail", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("enrolment", sa.Column("left_at", TIME, nullable=True))
    op.add_column("enrolment", sa.Column("notice", sa.Text(), nullable=False, server_default=""))
    op.add_column("enrolment", sa.Column("notice_at", TIME, nullable=True))
    op.add_column("progress", sa.Column("settled_step", sa.String(80), nullable=False, server_default=""))
    op.add_column("progress", sa.Column("settled_tries", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("declaration", sa.Column("how", sa.String(12), nullable=False, server_default="screen"))
    op.add_column("declaration", sa.Column("recorded_by_id", sa.Integer(), nullable=True))
    op.create_index("ix_progress_completed_at", "progress", ["completed_at"])
    op.create_index("ix_enrolment_due_on", "enrolment", ["due_on"])
    op.create_index("ix_account_full_name", "account", ["full_name"])
    op.create_table(
        "allowance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("step", sa.String(80), nullable=False),
        sa.Column("after_try", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.CheckConstraint("kind IN ('fresh-start','excused')", name="ck_allowance_kind"),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name="fk_allowance_enrolment_id"),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name="fk_allowance_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_allowance"),
    )
    op.create_index("ix_allowance_enrolment_id", "allowance", ["enrolment_id"])
    _append_only(
        "allowance",
        "SELECT 1 FROM enrolment JOIN account ON account.id = enrolment.account_id "
        "WHERE enrolment.id = OLD.enrolment_id AND account.erased_at IS NOT NULL",
    )
    op.create_table(
        "tutor_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_tutor_note_account_id"),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name="fk_tutor_note_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tutor_note"),
    )
    op.create_index("ix_tutor_note_account_id", "tutor_note", ["account_id"])
    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("occasion", sa.String(80), nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name="fk_reminder_enrolment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reminder"),
        sa.UniqueConstraint("enrolment_id", "kind", "occasion", name="uq_reminder_enrolment_id_kind_occasion"),
    )
    op.create_table(
        "digest",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("week", sa.String(8), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_digest_account_id"),
        sa.PrimaryKeyConstraint("account_id", "week", name="pk_digest"),
    )
    op.create_table(
        "import_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_import_draft_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_import_draft"),
        sa.UniqueConstraint("public_id", name="uq_import_draft_public_id"),
    )
    op.create_table(
        "reminder_settings",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("after_invitation", sa.Integer(), nullable=False),
        sa.Column("before_due", sa.Integer(), nullable=False),
        sa.Column("overdue_every", sa.Integer(), nullable=False),
        sa.Column("overdue_times", sa.Integer(), nullable=False),
        sa.Column("digest_weekday", sa.Integer(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=False),
        sa.Column("quiet_until", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_reminder_settings_one_row"),
        sa.PrimaryKeyConstraint("id", name="pk_reminder_settings"),
    )


def downgrade() -> None:
    raise RuntimeError("migrations go forward; restore a backup to go back")
