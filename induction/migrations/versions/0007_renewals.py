"""Renewing a certificate: a fresh final check and a declaration for each renewal."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

OLD_KEY = "uq_declaration_enrolment_id_content"
NEW_KEY = "uq_declaration_enrolment_id_content_renewal"
OLD_CHECK = "ck_allowance_ck_allowance_kind"
KINDS = "kind IN ('fresh-start','excused','renewal')"
ERASED = (
    "SELECT 1 FROM enrolment JOIN account ON account.id = enrolment.account_id "
    "WHERE enrolment.id = OLD.enrolment_id AND account.erased_at IS NOT NULL"
)


def upgrade() -> None:
    """Widen what may be allowed and signed; the rows that are there stay as they are."""
    op.add_column(
        "institute",
        sa.Column("renewal_days", sa.Integer(), nullable=False, server_default="30"),
    )
    op.add_column(
        "progress",
        sa.Column("renewing", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    renewal = sa.Column("renewal", sa.Integer(), nullable=False, server_default="0")
    if op.get_bind().dialect.name == "sqlite":
        _made_anew(renewal)
    else:
        op.add_column("declaration", renewal)
        op.drop_constraint(OLD_KEY, "declaration", type_="unique")
        op.create_unique_constraint(NEW_KEY, "declaration", ["enrolment_id", "content", "renewal"])
        op.drop_constraint(op.f(OLD_CHECK), "allowance", type_="check")
        op.create_check_constraint(op.f("ck_allowance_kind"), "allowance", KINDS)
    only_renewals = sa.text("kind = 'renewal'")
    op.create_index(
        "uq_allowance_renewal",
        "allowance",
        ["enrolment_id", "after_try"],
        unique=True,
        sqlite_where=only_renewals,
        postgresql_where=only_renewals,
    )


def _made_anew(renewal: sa.Column[int]) -> None:
    """SQLite makes the tables anew, and with the old ones their triggers go."""
    with op.batch_alter_table("declaration") as batch:
        batch.add_column(renewal)
        batch.drop_constraint(OLD_KEY, type_="unique")
        batch.create_unique_constraint(NEW_KEY, ["enrolment_id", "content", "renewal"])
    with op.batch_alter_table("allowance") as batch:
        batch.drop_constraint(op.f(OLD_CHECK), type_="check")
        batch.create_check_constraint(op.f("ck_allowance_kind"), KINDS)
    for table in ("declaration", "allowance"):
        for verb, unless in (("UPDATE", ""), ("DELETE", f"WHEN NOT EXISTS ({ERASED}) ")):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {unless}"
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def downgrade() -> None:
    raise RuntimeError("migrations go forward; restore a backup to go back")
