"""Why a certificate was replaced or withdrawn may name somebody else, who can be erased from it.

Everything else of these rows stays as it was written, and so does a reason that names nobody who
was erased.
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

WITH_A_REASON = {
    "supersession": ("certificate_id", "by_id", "at"),
    "revocation": ("certificate_id", "actor", "at"),
}
ERASED_HOLDER = (
    "EXISTS (SELECT 1 FROM certificate JOIN account ON account.id = certificate.account_id "
    "WHERE certificate.id = OLD.certificate_id AND account.erased_at IS NOT NULL)"
)
WITHOUT_A_NAME = "NEW.reason LIKE '%Details erased%'"


def upgrade() -> None:
    """Let the triggers take a reason from which a name was taken."""
    for table, kept in WITH_A_REASON.items():
        same = " AND ".join(f"NEW.{column} = OLD.{column}" for column in kept)
        refuse(table, f"({ERASED_HOLDER} OR {WITHOUT_A_NAME}) AND {same}")


def refuse(table: str, unless: str) -> None:
    """Refuse to change the table's rows but where this holds."""
    name, message = f"{table}_no_update", f"{table} is append-only"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {name}")
        op.execute(
            f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} WHEN NOT ({unless}) "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        return
    op.execute(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF NOT ({unless}) THEN RAISE EXCEPTION '{message}'; END IF; RETURN NEW; END $$"
    )


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
