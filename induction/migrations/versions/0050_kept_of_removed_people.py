"""What is kept of people who are removed goes with them: undoing an import takes people away."""

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

WATCHED = {"account": "OLD.id", "enrolment": "OLD.account_id"}


def upgrade() -> None:
    """Note whose row goes, and whoever was removed since there is something kept of people."""
    for table, whose in WATCHED.items():
        name = f"{table}_delete_noted"
        note = f"INSERT INTO account_changed (account_id) SELECT {whose}"  # noqa: S608
        if op.get_bind().dialect.name == "sqlite":
            op.execute(
                f"CREATE TRIGGER {name} AFTER DELETE ON {table} FOR EACH ROW BEGIN {note}; END"
            )
            continue
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"{note}; RETURN NULL; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {name} AFTER DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
        )
    op.execute(
        "INSERT INTO account_changed (account_id) "
        "SELECT account_id FROM standing WHERE account_id NOT IN (SELECT id FROM account) "
        "OR policy <> '' AND NOT EXISTS (SELECT 1 FROM enrolment "
        "WHERE enrolment.account_id = standing.account_id AND enrolment.policy = standing.policy) "
        "UNION "
        "SELECT account_id FROM account_word WHERE account_id NOT IN (SELECT id FROM account)"
    )


def downgrade() -> None:
    """Refused: restore a backup to go back."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
