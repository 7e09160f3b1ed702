"""Policy versions: states, changes, documents; a declaration for each content that asks for one."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ERASED = (
    "SELECT 1 FROM enrolment JOIN account ON account.id = enrolment.account_id "
    "WHERE enrolment.id = OLD.enrolment_id AND account.erased_at IS NOT NULL"
)


def _append_only(table: str, erased: str = "") -> None:
    """Refuse changes of a table's rows and their removal, unless the person has been erased."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for verb, unless in (("UPDATE", ""), ("DELETE", erased)):
        name, message = f"{table}_no_{verb.lower()}", f"{table} is append-only"
        if on_sqlite:
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


def _declarations_by_content() -> None:
    """A changed rule may ask for a new declaration without a new date on the policy."""
    old, new = "uq_declaration_enrolment_id_policy_version", "uq_declaration_enrolment_id_content"
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(old, "declaration", type_="unique")
        op.create_unique_constraint(new, "declaration", ["enrolment_id", "content"])
        return
    # SQLite makes the table anew, and with the old one its triggers go.
    with op.batch_alter_table("declaration") as batch:
        batch.drop_constraint(old, type_="unique")
        batch.create_unique_constraint(new, ["enrolment_id", "content"])
    _append_only("declaration", ERASED)


def upgrade() -> None:
    op.create_table(
        "policy_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(60), nullable=False),
        sa.Column("version_date", sa.Date(), nullable=False),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=True),
        sa.Column("redo", sa.Text(), nullable=False),
        sa.Column("asks", sa.Text(), nullable=False),
        sa.Column("asks_everyone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["content"], ["content_version.digest"], name="fk_policy_version_content"),
        sa.ForeignKeyConstraint(["base_id"], ["policy_version.id"], name="fk_policy_version_base_id"),
        sa.PrimaryKeyConstraint("id", name="pk_policy_version"),
    )
    op.create_index("ix_policy_version_policy", "policy_version", ["policy"])
    op.create_table(
        "policy_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(60), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("redo_by", sa.Date(), nullable=True),
        sa.Column("joiner_days", sa.Integer(), nullable=True),
        sa.CheckConstraint("state IN ('draft','approved','in-force','retired')", name="ck_policy_step_state"),
        sa.ForeignKeyConstraint(["version_id"], ["policy_version.id"], name="fk_policy_step_version_id"),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name="fk_policy_step_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_policy_step"),
    )
    op.create_index("ix_policy_step_version_id", "policy_step", ["version_id"])
    op.create_index("ix_policy_step_policy_state_id", "policy_step", ["policy", "state", "id"])
    op.create_index("uq_policy_step_version_id_state", "policy_step", ["version_id", "state"], unique=True)
    op.create_table(
        "policy_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("item", sa.String(80), nullable=False),
        sa.Column("change", sa.String(8), nullable=False),
        sa.Column("weight", sa.String(8), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('clause','declaration','section','scenario')", name="ck_policy_change_kind"),
        sa.CheckConstraint("change IN ('added','changed','removed')", name="ck_policy_change_change"),
        sa.CheckConstraint("weight IN ('material','minor')", name="ck_policy_change_weight"),
        sa.ForeignKeyConstraint(["version_id"], ["policy_version.id"], name="fk_policy_change_version_id"),
        sa.PrimaryKeyConstraint("id", name="pk_policy_change"),
    )
    op.create_index("ix_policy_change_version_id", "policy_change", ["version_id"])
    op.create_table(
        "policy_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(60), nullable=False),
        sa.Column("version_date", sa.Date(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.CheckConstraint("kind IN ('pdf','docx','markdown','text')", name="ck_policy_document_kind"),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name="fk_policy_document_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_policy_document"),
    )
    op.create_index("ix_policy_document_policy_version_date", "policy_document", ["policy", "version_date"])
    op.create_table(
        "policy_review_reminder",
        sa.Column("policy", sa.String(60), nullable=False),
        sa.Column("review_due", sa.Date(), nullable=False),
        sa.Column("occasion", sa.String(8), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("policy", "review_due", "occasion", name="pk_policy_review_reminder"),
    )
    for table in ("policy_version", "policy_step", "policy_change", "policy_document"):
        _append_only(table)
    _declarations_by_content()


def downgrade() -> None:
    raise RuntimeError("migrations go forward; restore a backup to go back")
