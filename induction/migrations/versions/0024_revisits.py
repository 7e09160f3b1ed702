"""Revisits: a kind of try, who was asked to come back, what was kept, and the settings for it."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
KINDS = "kind IN ('section','final','look-back','revisit')"
MESSAGE = "attempt is append-only"


def upgrade() -> None:
    """Widen what a try may be, and make the tables."""
    _widen()
    op.create_table(
        "revisit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("declaration_id", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.String(length=8), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("clauses", sa.Text(), nullable=False),
        sa.Column("sent_at", TIME, nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("answered_at", TIME, nullable=True),
        sa.CheckConstraint("occasion IN ('first','second')", name=op.f("ck_revisit_occasion")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_revisit_enrolment_id")
        ),
        sa.ForeignKeyConstraint(
            ["declaration_id"], ["declaration.id"], name=op.f("fk_revisit_declaration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisit")),
        sa.UniqueConstraint("public_id", name=op.f("uq_revisit_public_id")),
        sa.UniqueConstraint(
            "declaration_id", "occasion", name=op.f("uq_revisit_declaration_id_occasion")
        ),
        sa.UniqueConstraint("enrolment_id", "number", name=op.f("uq_revisit_enrolment_id_number")),
    )
    op.create_table(
        "kept_count",
        sa.Column("policy", sa.String(length=60), nullable=False),
        sa.Column("cohort_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("clause", sa.String(length=80), nullable=False),
        sa.Column("occasion", sa.String(length=8), nullable=False),
        *(sa.Column(number, sa.Integer(), nullable=False)
          for number in ("letters", "finished", "asked", "kept")),
        sa.PrimaryKeyConstraint(
            "policy", "cohort_id", "clause", "occasion", name=op.f("pk_kept_count")
        ),
    )
    _add(sa.Column("revisits", sa.Boolean(), nullable=False), sa.true())
    _add(sa.Column("revisit_first_days", sa.Integer(), nullable=False), "30")
    _add(sa.Column("revisit_second_days", sa.Integer(), nullable=False), "180")


def _widen() -> None:
    """SQLite makes the table anew for it, and its triggers with it."""
    with op.batch_alter_table("attempt") as attempt:
        attempt.drop_constraint(op.f("ck_attempt_kind"), type_="check")
        attempt.create_check_constraint(op.f("ck_attempt_kind"), KINDS)
    if op.get_bind().dialect.name != "sqlite":
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER attempt_no_{verb.lower()} BEFORE {verb} ON attempt "
            f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        )
    broken = op.get_bind().exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken:
        raise RuntimeError(f"a reference leads nowhere after attempt was made anew: {broken}")


def _add(column: sa.Column[Any], value: object) -> None:
    """A setting that no row has yet: this value in those that are there, none given afterwards."""
    column.server_default = sa.DefaultClause(value)  # type: ignore[arg-type]
    with op.batch_alter_table("institute") as institute:
        institute.add_column(column)
    with op.batch_alter_table("institute") as institute:
        institute.alter_column(column.name, server_default=None)


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
