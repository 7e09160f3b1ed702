"""Pictures, sound and film that no content has, nor any draft but discarded ones, may go."""

from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

NAME = "content_file_no_delete"
MESSAGE = "content_file is append-only while a content or a draft has it"
IN_USE = (
    "EXISTS (SELECT 1 FROM content_version "
    "WHERE CAST(files AS TEXT) LIKE '%sha256 ' || OLD.sha256 || ' %') "
    "OR EXISTS (SELECT 1 FROM policy_draft_text "
    "JOIN policy_draft ON policy_draft.id = policy_draft_text.draft_id "
    "WHERE policy_draft.outcome <> 'discarded' "
    "AND policy_draft_text.words LIKE '%sha256 ' || OLD.sha256 || ' %')"
)


def upgrade() -> None:
    """Refuse to delete only what is in use."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {NAME}")
        op.execute(
            f"CREATE TRIGGER {NAME} BEFORE DELETE ON content_file WHEN {IN_USE} "
            f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        )
        return
    op.execute(
        f"CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {IN_USE} THEN RAISE EXCEPTION '{MESSAGE}'; END IF; RETURN OLD; END $$"
    )


def downgrade() -> None:
    """Refused: restore a backup to go back."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
