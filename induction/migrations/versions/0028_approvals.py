"""What was asked for and decided stands in one table, whatever it is about; and how long it waits.

What was asked for about personal data comes over with its dates. Of several that wait for the same
the newest goes on. What waits to be withdrawn goes on waiting.
"""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
STILL_OPEN = sa.text("outcome IN ('waiting','confirmed')")


def upgrade() -> None:
    """Make the table, bring over what was asked, and let the former tables go."""
    op.add_column(
        "institute", sa.Column("wait_days", sa.Integer(), nullable=False, server_default="7")
    )
    approval = op.create_table(
        "approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("decided_at", TIME, nullable=True),
        sa.Column("not_before", TIME, nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('waiting','confirmed','done','refused','overtaken')",
            name=op.f("ck_approval_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_approval_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
        sa.UniqueConstraint("public_id", name=op.f("uq_approval_public_id")),
    )
    rows = [*_about_personal_data(), *_to_be_withdrawn()]
    if rows:
        op.bulk_insert(approval, sorted(rows, key=lambda row: str(row["asked_at"])))
    op.create_index(op.f("ix_approval_account_id"), "approval", ["account_id"])
    op.create_index(
        "uq_approval_open",
        "approval",
        ["kind", "subject"],
        unique=True,
        sqlite_where=STILL_OPEN,
        postgresql_where=STILL_OPEN,
    )
    op.drop_table("data_request")
    op.drop_table("revocation_request")


def _rows(statement: str) -> list[dict[str, object]]:
    columns = {name: TIME for name in ("asked_at", "decided_at")}
    asked = sa.text(statement).columns(**columns)
    return [dict(row._mapping) for row in op.get_bind().execute(asked)]


def _row(asked: dict[str, object], **more: object) -> dict[str, object]:
    nothing = {"details": "{}", "decided_by": "", "decided_at": None, "not_before": None,
               "ended_by": "", "ended_at": None, "result": ""}
    return {**nothing, **asked, **more}


def _about_personal_data() -> list[dict[str, object]]:
    found = _rows(
        "SELECT r.public_id, r.kind, r.account_id, r.reason, r.asked_by, r.asked_at,"
        " r.decided_by, r.decided_at, r.outcome, a.public_id AS subject"
        " FROM data_request r LEFT JOIN account a ON a.id = r.account_id ORDER BY r.id DESC"
    )
    open_now: set[tuple[object, object]] = set()
    rows = []
    for asked in found:
        whose = asked["subject"]
        asked["subject"] = f"account:{whose}" if whose else "retention"
        same = (asked["kind"], asked["subject"])
        if asked["outcome"] == "waiting" and same in open_now:
            asked["outcome"] = "overtaken"
        elif asked["outcome"] == "waiting":
            open_now.add(same)
        refused = asked["outcome"] == "refused"
        ended = {"ended_by": asked["decided_by"], "ended_at": asked["decided_at"]}
        rows.append(_row(asked, **(ended if refused else {})))
    return rows


def _to_be_withdrawn() -> list[dict[str, object]]:
    found = _rows(
        "SELECT c.number AS subject, c.account_id, r.reason, r.actor AS asked_by,"
        " r.at AS asked_at, s.certificate_id AS replaced FROM revocation_request r"
        " JOIN certificate c ON c.id = r.certificate_id"
        " LEFT JOIN supersession s ON s.certificate_id = c.id"
    )
    rows = []
    for asked in found:
        outcome = "overtaken" if asked.pop("replaced") else "waiting"
        more = {"subject": f"certificate:{asked['subject']}", "outcome": outcome}
        rows.append(
            _row(asked, public_id=secrets.token_urlsafe(12), kind="withdrawal", **more)
        )
    return rows


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
