"""What people are counted by goes without dates, and says for which days it is true.

With it their programmes and audience, and the days on which they began and finished. The worker
counts everybody anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

FLAGS = (
    "staff", "ended", "left", "in_cohort", "taught", "stuck", "late", "due", "in_time", "holds",
    "expired", "excused", "on_behalf",
)  # fmt: skip
MEMBERS = "SELECT account_id FROM membership WHERE cohort_id = {row}.{cohort} AND left_at IS NULL"
# When it is noted, and whose row it is.
WATCHED = {
    "account_audience": ("UPDATE OF audience ON account", "SELECT NEW.id"),
    "progress_begun": (
        "UPDATE OF begun_at ON progress",
        "SELECT account_id FROM enrolment WHERE id = NEW.enrolment_id",
    ),
    "membership_insert": ("INSERT ON membership", "SELECT NEW.account_id"),
    "membership_delete": ("DELETE ON membership", "SELECT OLD.account_id"),
    "membership_update": (
        "UPDATE OF account_id, cohort_id, left_at ON membership",
        "SELECT OLD.account_id UNION SELECT NEW.account_id",
    ),
    "cohort_programme": (
        "UPDATE OF programme ON cohort",
        MEMBERS.format(row="NEW", cohort="id"),
    ),
    "cohort_tutor_insert": (
        "INSERT ON cohort_tutor", MEMBERS.format(row="NEW", cohort="cohort_id"),
    ),
    "cohort_tutor_delete": (
        "DELETE ON cohort_tutor", MEMBERS.format(row="OLD", cohort="cohort_id"),
    ),
}  # fmt: skip


def upgrade() -> None:
    """Make the tables anew and the triggers that were wanting."""
    op.drop_table("standing")
    op.drop_table("counted_as")
    op.create_table(
        "counted_as",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(length=60), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("programmes", sa.Text(), nullable=False),
        sa.Column("part", sa.String(length=12), nullable=False),
        sa.Column("step", sa.String(length=80), nullable=False),
        *(sa.Column(flag, sa.Boolean(), nullable=False) for flag in FLAGS),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counted_as")),
    )
    op.create_table(
        "counted_on",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(length=60), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("programmes", sa.Text(), nullable=False),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counted_on")),
    )
    op.create_index(op.f("ix_counted_on_policy"), "counted_on", ["policy"])
    op.create_table(
        "standing",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(length=60), nullable=False),
        sa.Column("counted_as_id", sa.Integer(), nullable=False),
        sa.Column("true_from", sa.Date(), nullable=True),
        sa.Column("true_until", sa.Date(), nullable=True),
        sa.Column("begun_on", sa.Date(), nullable=True),
        sa.Column("finished_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["counted_as_id"],
            ["counted_as.id"],
            name=op.f("fk_standing_counted_as_id_counted_as"),
        ),
        sa.PrimaryKeyConstraint("account_id", "policy", name=op.f("pk_standing")),
    )
    op.create_index(op.f("ix_standing_true_from"), "standing", ["true_from"])
    op.create_index(op.f("ix_standing_true_until"), "standing", ["true_until"])
    for name, (when, whose) in WATCHED.items():
        _note(f"{name}_noted", when, whose)
    op.execute("INSERT INTO account_changed (account_id) SELECT id FROM account")


def _note(name: str, when: str, whose: str) -> None:
    """Have the database note whose row it is."""
    note = f"INSERT INTO account_changed (account_id) {whose}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {name} AFTER {when} FOR EACH ROW BEGIN {note}; END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"{note}; RETURN NULL; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} AFTER {when} FOR EACH ROW EXECUTE FUNCTION {name}()")


def downgrade() -> None:
    """Refused: restore a backup to go back."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
