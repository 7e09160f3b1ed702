"""What learners did of *Do it now*, which is evidence, and the changes that they set out on."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two tables; ticks are only added to."""
    _table(
        "done_now",
        sa.Column("step", sa.String(80), nullable=False),
        sa.Column(
            "content",
            sa.String(64),
            sa.ForeignKey("content_version.digest", name=op.f("fk_done_now_content")),
            nullable=False,
        ),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("done", sa.Text(), nullable=False),
    )
    _table("own_changes", sa.Column("text", sa.Text(), nullable=False))
    for verb in ("UPDATE", "DELETE"):
        _refuse(verb, "done_now")


def _table(name: str, *columns: "sa.Column[object]") -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "enrolment_id",
            sa.Integer(),
            sa.ForeignKey("enrolment.id", name=op.f(f"fk_{name}_enrolment_id")),
            nullable=False,
        ),
        *columns,
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_enrolment_id"), name, ["enrolment_id"])


def _refuse(verb: str, table: str) -> None:
    name, message = f"{table}_no_{verb.lower()}", f"{table} is append-only"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{message}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    )


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
