"""What is kept of people: the words they are found by, and how many are counted alike.

Triggers note whose may have changed, and the worker brings it up to date; at first, everybody's.
"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

WORD = sa.String(length=40).with_variant(sa.String(length=40, collation="C"), "postgresql")
LEARNER = "(SELECT account_id FROM enrolment WHERE id = {row}.enrolment_id)"
HOLDER = "(SELECT account_id FROM certificate WHERE id = {row}.certificate_id)"
# Whose it is, what of the table counts where it is changed, and whether rows come and go.
WATCHED = {
    "account": (
        "{row}.id", "full_name learner_ref email employer deactivated_at erased_at", "INSERT",
    ),
    "account_role": ("{row}.account_id", "", "INSERT DELETE"),
    "enrolment": ("{row}.account_id", "policy left_at due_on", "INSERT"),
    "progress": (
        LEARNER, "state step failed_tries settled_step settled_tries renewing", "INSERT",
    ),
    "declaration": (LEARNER, "", "INSERT"),
    "allowance": (LEARNER, "", "INSERT"),
    "current_certificate": ("{row}.account_id", "", "INSERT DELETE"),
    "revocation": (HOLDER, "", "INSERT"),
    "certificate_record": (HOLDER, "", "INSERT"),
}  # fmt: skip


def upgrade() -> None:
    """Make the tables and the triggers; the worker counts everybody."""
    op.create_table(
        "account_changed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_changed")),
    )
    op.create_index(op.f("ix_account_changed_account_id"), "account_changed", ["account_id"])
    op.create_table(
        "account_word",
        sa.Column("word", WORD, nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("word", "account_id", name=op.f("pk_account_word")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_account_word_account_id"), "account_word", ["account_id"])
    _counts()
    op.drop_index(op.f("ix_progress_state"), "progress")
    op.create_index(
        op.f("ix_progress_state_last_activity_at"), "progress", ["state", "last_activity_at"]
    )
    op.create_index(op.f("ix_enrolment_enrolled_at"), "enrolment", ["enrolled_at"])
    for table, (whose, columns, comes) in WATCHED.items():
        for verb in comes.split():
            _note(table, verb, whose)
        if columns:
            _note(table, "UPDATE", whose, columns.split())
    op.execute("INSERT INTO account_changed (account_id) SELECT id FROM account")


def _counts() -> None:
    op.create_table(
        "counted_as",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(length=60), nullable=False),
        sa.Column("staff", sa.Boolean(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("left", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("step", sa.String(length=80), nullable=False),
        sa.Column("stuck", sa.Boolean(), nullable=False),
        sa.Column("renewing", sa.Boolean(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("excused", sa.Boolean(), nullable=False),
        sa.Column("on_behalf", sa.Boolean(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counted_as")),
    )
    op.create_table(
        "standing",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(length=60), nullable=False),
        sa.Column("counted_as_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["counted_as_id"],
            ["counted_as.id"],
            name=op.f("fk_standing_counted_as_id_counted_as"),
        ),
        sa.PrimaryKeyConstraint("account_id", "policy", name=op.f("pk_standing")),
    )


def _note(table: str, verb: str, whose: str, columns: list[str] | None = None) -> None:
    """Have the database note whose row it is, each time one comes, goes or is changed in these."""
    name, row = f"{table}_{verb.lower()}_noted", "OLD" if verb == "DELETE" else "NEW"
    note = f"INSERT INTO account_changed (account_id) SELECT {whose.format(row=row)}"  # noqa: S608
    when = f"{verb} OF {', '.join(columns)} ON {table}" if columns else f"{verb} ON {table}"
    sqlite = op.get_bind().dialect.name == "sqlite"
    differs = "IS NOT" if sqlite else "IS DISTINCT FROM"
    only = " OR ".join(f"OLD.{column} {differs} NEW.{column}" for column in columns or ())
    only = f" WHEN ({only})" if only else ""
    if sqlite:
        op.execute(f"CREATE TRIGGER {name} AFTER {when} FOR EACH ROW{only} BEGIN {note}; END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"{note}; RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} AFTER {when} FOR EACH ROW{only} EXECUTE FUNCTION {name}()"
    )


def downgrade() -> None:
    """Refused: restore a backup to go back."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
