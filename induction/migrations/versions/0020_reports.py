"""Reports: what they are about, a number to follow them by, who sees to them and what came of it."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Earlier reports are about a rule, are in the record of acts, and have no number."""
    with op.batch_alter_table("account_role") as role:
        role.drop_constraint(op.f("ck_account_role_role"), type_="check")
        role.create_check_constraint(
            op.f("ck_account_role_role"),
            "role IN ('tutor','head','safeguarding','second-reader','compliance','admin')",
        )
    _add("institute", sa.Column("public_reports", sa.Boolean(), nullable=False), sa.false())
    _add("institute", sa.Column("compliance_reads", sa.Boolean(), nullable=False), sa.true())
    for column, value in (
        (sa.Column("about", sa.String(length=10), nullable=False), "rule"),
        (sa.Column("of_reader", sa.Boolean(), nullable=False), sa.false()),
        (sa.Column("contact", sa.String(length=200), nullable=False), ""),
        (sa.Column("severity", sa.String(length=10), nullable=False), ""),
        (sa.Column("outcome", sa.String(length=20), nullable=False), ""),
        (sa.Column("entered", sa.Boolean(), nullable=False), sa.true()),
    ):
        _add("breach_report", column, value)
    _add("breach_note", sa.Column("to_reporter", sa.Boolean(), nullable=False), sa.false())
    with op.batch_alter_table("breach_report") as report:
        report.add_column(sa.Column("number", sa.String(length=19), nullable=True))
        report.add_column(sa.Column("owner_id", sa.Integer(), nullable=True))
        report.create_unique_constraint(op.f("uq_breach_report_number"), ["number"])
        report.create_foreign_key(
            op.f("fk_breach_report_owner_id"), "account", ["owner_id"], ["id"]
        )
        report.create_index(op.f("ix_breach_report_owner_id"), ["owner_id"], unique=False)
        report.create_check_constraint(
            op.f("ck_breach_report_about"), "about IN ('picture','harm','rule')"
        )
    op.create_table(
        "report_tally",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("hour", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_tally")),
    )
    op.create_index(op.f("ix_report_tally_key"), "report_tally", ["key"], unique=False)


def _add(table: str, column: sa.Column[Any], value: object) -> None:
    """A column that no row has yet: this value in those that are there, none given from then on."""
    column.server_default = sa.DefaultClause(value)  # type: ignore[arg-type]
    with op.batch_alter_table(table) as changed:
        changed.add_column(column)
    with op.batch_alter_table(table) as changed:
        changed.alter_column(column.name, server_default=None)


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
