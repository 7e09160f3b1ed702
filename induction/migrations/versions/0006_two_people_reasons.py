"""A second person for what cannot be undone; reasons that go with their person; sums for packs."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
# What stays of them whoever is erased: all but the reason.
KEPT = {
    "supersession": ("certificate_id", "by_id", "at"),
    "revocation": ("certificate_id", "actor", "at"),
}


def upgrade() -> None:
    """Add a setting and a table; let a reason be emptied once its person has been erased."""
    op.add_column(
        "institute",
        sa.Column("two_people", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("certificate_file", sa.Column("crc32", sa.BigInteger(), nullable=True))
    op.create_table(
        "revocation_request",
        sa.Column("certificate_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["certificate.id"],
            name=op.f("fk_revocation_request_certificate_id_certificate"),
        ),
        sa.PrimaryKeyConstraint("certificate_id", name=op.f("pk_revocation_request")),
    )
    for table, kept in KEPT.items():
        _only_the_reason_of_the_erased(table, kept)


def _only_the_reason_of_the_erased(table: str, kept: tuple[str, ...]) -> None:
    """An update is refused, but for the reason, of those who have been erased."""
    name, message = f"{table}_no_update", f"{table} is append-only"
    erased = (
        "EXISTS (SELECT 1 FROM certificate JOIN account ON account.id = certificate.account_id "
        "WHERE certificate.id = OLD.certificate_id AND account.erased_at IS NOT NULL)"
    )
    fine = " AND ".join([erased, *(f"NEW.{column} = OLD.{column}" for column in kept)])
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {name}")
        op.execute(
            f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} WHEN NOT ({fine}) "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        return
    op.execute(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF NOT ({fine}) THEN RAISE EXCEPTION '{message}'; END IF; RETURN NEW; END $$"
    )
