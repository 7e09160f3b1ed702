"""The first release, 0.1.0: every table, and the triggers that keep evidence append-only.

Earlier numbers were steps on the way to it, never released.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = None
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)

# Rows are only added.
EVIDENCE = (
    "answer",
    "attempt",
    "audit_checkpoint",
    "audit_entry",
    "certificate",
    "content_version",
    "policy_change",
    "policy_document",
    "policy_step",
    "policy_version",
)
# Rows are only added; those of a person go once that person has been erased.
OF_AN_ENROLMENT = ("allowance", "declaration")
OF_A_CERTIFICATE = ("certificate_file", "certificate_record")
# Of a person who has been erased, the reason may be emptied: these columns stay as they are.
WITH_A_REASON = {
    "supersession": ("certificate_id", "by_id", "at"),
    "revocation": ("certificate_id", "actor", "at"),
}
ERASED_LEARNER = (
    "EXISTS (SELECT 1 FROM enrolment JOIN account ON account.id = enrolment.account_id "
    "WHERE enrolment.id = OLD.enrolment_id AND account.erased_at IS NOT NULL)"
)
ERASED_HOLDER = (
    "EXISTS (SELECT 1 FROM certificate JOIN account ON account.id = certificate.account_id "
    "WHERE certificate.id = OLD.certificate_id AND account.erased_at IS NOT NULL)"
)


def _refuse(verb: str, table: str, unless: str = "") -> None:
    """Refuse to change (UPDATE) or remove (DELETE) a table's rows, but where ``unless`` holds."""
    name, message = f"{table}_no_{verb.lower()}", f"{table} is append-only"
    if op.get_bind().dialect.name == "sqlite":
        when = f"WHEN NOT ({unless}) " if unless else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {verb} ON {table} {when}"
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        return
    condition, row = f"NOT ({unless})" if unless else "TRUE", "OLD" if verb == "DELETE" else "NEW"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {condition} THEN RAISE EXCEPTION '{message}'; END IF; RETURN {row}; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    )


def _protect() -> None:
    for table in EVIDENCE:
        _refuse("UPDATE", table)
        _refuse("DELETE", table)
    for table in OF_AN_ENROLMENT:
        _refuse("UPDATE", table)
        _refuse("DELETE", table, ERASED_LEARNER)
    for table in OF_A_CERTIFICATE:
        _refuse("UPDATE", table)
        _refuse("DELETE", table, ERASED_HOLDER)
    for table, kept in WITH_A_REASON.items():
        same = (f"NEW.{column} = OLD.{column}" for column in kept)
        _refuse("UPDATE", table, " AND ".join([ERASED_HOLDER, *same]))
        _refuse("DELETE", table)
    _refuse("UPDATE", "audit_personal")


def upgrade() -> None:
    """Make every table, and the two rows that are always there."""
    _tables()
    _protect()
    op.execute(f"INSERT INTO audit_head (id, seq, digest) VALUES (1, 0, '{'0' * 64}')")
    settings = """INSERT INTO institute (id, revision, name, ukprn, contact, emergency, signatory,
            accent, validity_months, renewal_days, anonymous_reports, review_reminder_days,
            two_people, logo_sha256, logo)
        VALUES (1, 1, '', '', '', '', '', '', 0, 30, TRUE, 30, FALSE, '', :logo)"""
    op.execute(sa.text(settings).bindparams(logo=b""))


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")


def _tables() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("full_name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("learner_ref", sa.String(length=40), nullable=True),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("uln", sa.String(length=10), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("first_signed_in_at", TIME, nullable=True),
        sa.Column("all_cohorts", sa.Boolean(), nullable=False),
        sa.Column("comfort", sa.JSON(), nullable=False),
        sa.Column("reminders_by_mail", sa.Boolean(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("deactivated_at", TIME, nullable=True),
        sa.Column("erased_at", TIME, nullable=True),
        sa.CheckConstraint(
            "role IN ('learner','tutor','compliance','admin')", name=op.f("ck_account_role")
        ),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_account_email_lower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
        sa.UniqueConstraint("learner_ref", name=op.f("uq_account_learner_ref")),
        sa.UniqueConstraint("public_id", name=op.f("uq_account_public_id")),
    )
    op.create_index(op.f("ix_account_full_name"), "account", ["full_name"], unique=False)
    op.create_table(
        "audit_checkpoint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("key_fingerprint", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_checkpoint")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=96), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("commitment", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint("seq > 0", name=op.f("ck_audit_entry_seq_positive")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("digest", name=op.f("uq_audit_entry_digest")),
    )
    op.create_index(
        op.f("ix_audit_entry_action_seq"), "audit_entry", ["action", "seq"], unique=False
    )
    op.create_index(op.f("ix_audit_entry_actor"), "audit_entry", ["actor"], unique=False)
    op.create_index(op.f("ix_audit_entry_at"), "audit_entry", ["at"], unique=False)
    op.create_index(op.f("ix_audit_entry_subject"), "audit_entry", ["subject"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "cohort",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("programme", sa.String(length=120), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("archived_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort")),
        sa.UniqueConstraint("name", name=op.f("uq_cohort_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_cohort_public_id")),
    )
    op.create_table(
        "content_version",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("policy", sa.String(length=60), nullable=False),
        sa.Column("version_date", sa.Date(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("first_used_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_content_version")),
    )
    op.create_table(
        "institute",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("ukprn", sa.String(length=8), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("emergency", sa.Text(), nullable=False),
        sa.Column("signatory", sa.String(length=200), nullable=False),
        sa.Column("accent", sa.String(length=7), nullable=False),
        sa.Column("validity_months", sa.Integer(), nullable=False),
        sa.Column("renewal_days", sa.Integer(), nullable=False),
        sa.Column("anonymous_reports", sa.Boolean(), nullable=False),
        sa.Column("review_reminder_days", sa.Integer(), nullable=False),
        sa.Column("two_people", sa.Boolean(), nullable=False),
        sa.Column("logo_sha256", sa.String(length=64), nullable=False),
        sa.Column("logo", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_institute_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institute")),
    )
    op.create_table(
        "outbox_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=120), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("not_before", TIME, nullable=False),
        sa.Column("sent_at", TIME, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_mail")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_mail_message_id")),
    )
    op.create_index(op.f("ix_outbox_mail_account_id"), "outbox_mail", ["account_id"], unique=False)
    op.create_index(
        op.f("ix_outbox_mail_sent_at_not_before"),
        "outbox_mail",
        ["sent_at", "not_before"],
        unique=False,
    )
    op.create_table(
        "policy_review_reminder",
        sa.Column("policy", sa.String(length=60), nullable=False),
        sa.Column("review_due", sa.Date(), nullable=False),
        sa.Column("occasion", sa.String(length=8), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint(
            "policy", "review_due", "occasion", name=op.f("pk_policy_review_reminder")
        ),
    )
    op.create_table(
        "reminder_settings",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("after_invitation", sa.Integer(), nullable=False),
        sa.Column("before_due", sa.Integer(), nullable=False),
        sa.Column("overdue_every", sa.Integer(), nullable=False),
        sa.Column("overdue_times", sa.Integer(), nullable=False),
        sa.Column("digest_weekday", sa.Integer(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=False),
        sa.Column("quiet_until", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_reminder_settings_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_settings")),
    )
    op.create_table(
        "retention_rule",
        sa.Column("record_class", sa.String(length=20), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("record_class", name=op.f("pk_retention_rule")),
    )
    op.create_table(
        "sign_in_try",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email_hash", sa.String(length=64), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_try")),
    )
    op.create_index(
        op.f("ix_sign_in_try_address_hash_at"), "sign_in_try", ["address_hash", "at"], unique=False
    )
    op.create_index(
        op.f("ix_sign_in_try_email_hash_at"), "sign_in_try", ["email_hash", "at"], unique=False
    )
    op.create_table(
        "verify_miss",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verify_miss")),
    )
    op.create_index(
        op.f("ix_verify_miss_address_hash_at"), "verify_miss", ["address_hash", "at"], unique=False
    )
    op.create_table(
        "audit_personal",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["audit_entry.seq"], name=op.f("fk_audit_personal_seq")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_personal")),
    )
    op.create_index(
        op.f("ix_audit_personal_account_id"), "audit_personal", ["account_id"], unique=False
    )
    op.create_table(
        "breach_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("where", sa.Text(), nullable=False),
        sa.Column("affected", sa.Text(), nullable=False),
        sa.Column("may_contact", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reported_at", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.CheckConstraint(
            "state IN ('new','looking','passed-on','closed')", name=op.f("ck_breach_report_state")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_breach_report_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach_report")),
        sa.UniqueConstraint("public_id", name=op.f("uq_breach_report_public_id")),
    )
    op.create_index(
        op.f("ix_breach_report_account_id"), "breach_report", ["account_id"], unique=False
    )
    op.create_index(op.f("ix_breach_report_state"), "breach_report", ["state"], unique=False)
    op.create_table(
        "cohort_tutor",
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_cohort_tutor_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["cohort.id"], name=op.f("fk_cohort_tutor_cohort_id")
        ),
        sa.PrimaryKeyConstraint("cohort_id", "account_id", name=op.f("pk_cohort_tutor")),
    )
    op.create_index(
        op.f("ix_cohort_tutor_account_id"), "cohort_tutor", ["account_id"], unique=False
    )
    op.create_table(
        "data_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("decided_at", TIME, nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.CheckConstraint(
            "kind IN ('access','erasure','retention')", name=op.f("ck_data_request_kind")
        ),
        sa.CheckConstraint(
            "outcome IN ('waiting','done','refused')", name=op.f("ck_data_request_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_data_request_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_request")),
        sa.UniqueConstraint("public_id", name=op.f("uq_data_request_public_id")),
    )
    op.create_table(
        "digest",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_digest_account_id")),
        sa.PrimaryKeyConstraint("account_id", "week", name=op.f("pk_digest")),
    )
    op.create_table(
        "enrolment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(length=60), nullable=False),
        sa.Column("seed", sa.String(length=32), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("own_due", sa.Boolean(), nullable=False),
        sa.Column("enrolled_at", TIME, nullable=False),
        sa.Column("left_at", TIME, nullable=True),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("notice_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_enrolment_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint("account_id", "policy", name=op.f("uq_enrolment_account_id_policy")),
        sa.UniqueConstraint("public_id", name=op.f("uq_enrolment_public_id")),
    )
    op.create_index(op.f("ix_enrolment_due_on"), "enrolment", ["due_on"], unique=False)
    op.create_table(
        "import_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_import_draft_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_draft")),
        sa.UniqueConstraint("public_id", name=op.f("uq_import_draft_public_id")),
    )
    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("joined_at", TIME, nullable=False),
        sa.Column("left_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_membership_account_id")
        ),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohort.id"], name=op.f("fk_membership_cohort_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint(
            "account_id",
            "cohort_id",
            "joined_at",
            name=op.f("uq_membership_account_id_cohort_id_joined_at"),
        ),
    )
    op.create_index(
        op.f("ix_membership_cohort_id_left_at"),
        "membership",
        ["cohort_id", "left_at"],
        unique=False,
    )
    op.create_index(
        "uq_membership_current",
        "membership",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("left_at IS NULL"),
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.create_table(
        "one_time_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_one_time_link_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_one_time_link_token_hash")),
    )
    op.create_index(
        op.f("ix_one_time_link_account_id"), "one_time_link", ["account_id"], unique=False
    )
    op.create_table(
        "policy_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(length=60), nullable=False),
        sa.Column("version_date", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.CheckConstraint(
            "kind IN ('pdf','docx','markdown','text')", name=op.f("ck_policy_document_kind")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name=op.f("fk_policy_document_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_document")),
    )
    op.create_index(
        op.f("ix_policy_document_policy_version_date"),
        "policy_document",
        ["policy", "version_date"],
        unique=False,
    )
    op.create_table(
        "policy_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(length=60), nullable=False),
        sa.Column("version_date", sa.Date(), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=True),
        sa.Column("redo", sa.Text(), nullable=False),
        sa.Column("asks", sa.Text(), nullable=False),
        sa.Column("asks_everyone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["base_id"], ["policy_version.id"], name=op.f("fk_policy_version_base_id")
        ),
        sa.ForeignKeyConstraint(
            ["content"], ["content_version.digest"], name=op.f("fk_policy_version_content")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_version")),
    )
    op.create_index(op.f("ix_policy_version_policy"), "policy_version", ["policy"], unique=False)
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sign_in_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_token_hash")),
    )
    op.create_index(op.f("ix_sign_in_account_id"), "sign_in", ["account_id"], unique=False)
    op.create_table(
        "tutor_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_tutor_note_account_id")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name=op.f("fk_tutor_note_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tutor_note")),
    )
    op.create_index(op.f("ix_tutor_note_account_id"), "tutor_note", ["account_id"], unique=False)
    op.create_table(
        "allowance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("step", sa.String(length=80), nullable=False),
        sa.Column("after_try", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "kind IN ('fresh-start','excused','renewal')", name=op.f("ck_allowance_kind")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name=op.f("fk_allowance_by_id")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_allowance_enrolment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allowance")),
    )
    op.create_index(op.f("ix_allowance_enrolment_id"), "allowance", ["enrolment_id"], unique=False)
    op.create_index(
        "uq_allowance_renewal",
        "allowance",
        ["enrolment_id", "after_try"],
        unique=True,
        sqlite_where=sa.text("kind = 'renewal'"),
        postgresql_where=sa.text("kind = 'renewal'"),
    )
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("step", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("counted_of", sa.Text(), nullable=False),
        sa.Column("pass_mark", sa.Integer(), nullable=False),
        sa.Column("begun_at", TIME, nullable=False),
        sa.CheckConstraint("kind IN ('section','final','look-back')", name=op.f("ck_attempt_kind")),
        sa.ForeignKeyConstraint(
            ["content"], ["content_version.digest"], name=op.f("fk_attempt_content")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_attempt_enrolment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sa.UniqueConstraint(
            "enrolment_id",
            "kind",
            "step",
            "number",
            name=op.f("uq_attempt_enrolment_id_kind_step_number"),
        ),
    )
    op.create_table(
        "breach_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["breach_report.id"], name=op.f("fk_breach_note_report_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach_note")),
    )
    op.create_index(op.f("ix_breach_note_report_id"), "breach_note", ["report_id"], unique=False)
    op.create_table(
        "breach_picture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["breach_report.id"], name=op.f("fk_breach_picture_report_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach_picture")),
    )
    op.create_index(
        op.f("ix_breach_picture_report_id"), "breach_picture", ["report_id"], unique=False
    )
    op.create_table(
        "certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(length=60), nullable=False),
        sa.Column("policy_version", sa.Date(), nullable=False),
        sa.Column("record_sha256", sa.String(length=64), nullable=False),
        sa.Column("issued_at", TIME, nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_certificate_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_certificate_enrolment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("number", name=op.f("uq_certificate_number")),
    )
    op.create_index(
        op.f("ix_certificate_account_id_policy"),
        "certificate",
        ["account_id", "policy"],
        unique=False,
    )
    op.create_index(
        op.f("ix_certificate_enrolment_id"), "certificate", ["enrolment_id"], unique=False
    )
    op.create_index(op.f("ix_certificate_issued_at"), "certificate", ["issued_at"], unique=False)
    op.create_index(
        op.f("ix_certificate_policy_version_issued_at"),
        "certificate",
        ["policy_version", "issued_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_certificate_valid_until"), "certificate", ["valid_until"], unique=False
    )
    op.create_table(
        "declaration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("policy_version", sa.Date(), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("statements", sa.JSON(), nullable=False),
        sa.Column("signed_name", sa.Text(), nullable=False),
        sa.Column("signed_at", TIME, nullable=False),
        sa.Column("how", sa.String(length=12), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("renewal", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["content"], ["content_version.digest"], name=op.f("fk_declaration_content")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_declaration_enrolment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declaration")),
        sa.UniqueConstraint(
            "enrolment_id",
            "content",
            "renewal",
            name=op.f("uq_declaration_enrolment_id_content_renewal"),
        ),
    )
    op.create_table(
        "policy_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("item", sa.String(length=80), nullable=False),
        sa.Column("change", sa.String(length=8), nullable=False),
        sa.Column("weight", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "change IN ('added','changed','removed')", name=op.f("ck_policy_change_change")
        ),
        sa.CheckConstraint(
            "kind IN ('clause','declaration','section','scenario')",
            name=op.f("ck_policy_change_kind"),
        ),
        sa.CheckConstraint("weight IN ('material','minor')", name=op.f("ck_policy_change_weight")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["policy_version.id"], name=op.f("fk_policy_change_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_change")),
    )
    op.create_index(
        op.f("ix_policy_change_version_id"), "policy_change", ["version_id"], unique=False
    )
    op.create_table(
        "policy_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("redo_by", sa.Date(), nullable=True),
        sa.Column("joiner_days", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft','approved','in-force','retired')", name=op.f("ck_policy_step_state")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name=op.f("fk_policy_step_by_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["policy_version.id"], name=op.f("fk_policy_step_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_step")),
    )
    op.create_index(
        op.f("ix_policy_step_policy_state_id"),
        "policy_step",
        ["policy", "state", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_policy_step_version_id"), "policy_step", ["version_id"], unique=False)
    op.create_index(
        "uq_policy_step_version_id_state", "policy_step", ["version_id", "state"], unique=True
    )
    op.create_table(
        "progress",
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("step", sa.String(length=80), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("failed_tries", sa.Integer(), nullable=False),
        sa.Column("begun_at", TIME, nullable=True),
        sa.Column("last_activity_at", TIME, nullable=True),
        sa.Column("completed_at", TIME, nullable=True),
        sa.Column("settled_step", sa.String(length=80), nullable=False),
        sa.Column("settled_tries", sa.Integer(), nullable=False),
        sa.Column("renewing", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_progress_enrolment_id")
        ),
        sa.PrimaryKeyConstraint("enrolment_id", name=op.f("pk_progress")),
    )
    op.create_index(op.f("ix_progress_completed_at"), "progress", ["completed_at"], unique=False)
    op.create_index(op.f("ix_progress_state"), "progress", ["state"], unique=False)
    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("occasion", sa.String(length=80), nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_reminder_enrolment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint(
            "enrolment_id", "kind", "occasion", name=op.f("uq_reminder_enrolment_id_kind_occasion")
        ),
    )
    op.create_table(
        "answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("scenario", sa.String(length=80), nullable=False),
        sa.Column("scene", sa.String(length=80), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("chosen", sa.Text(), nullable=False),
        sa.Column("result", sa.String(length=12), nullable=False),
        sa.Column("next_scene", sa.String(length=80), nullable=False),
        sa.Column("answered_at", TIME, nullable=False),
        sa.CheckConstraint(
            "result IN ('right','wrong','continues')", name=op.f("ck_answer_result")
        ),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_answer_attempt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
        sa.UniqueConstraint(
            "attempt_id", "scenario", "scene", name=op.f("uq_answer_attempt_id_scenario_scene")
        ),
    )
    op.create_index(op.f("ix_answer_scenario"), "answer", ["scenario"], unique=False)
    op.create_table(
        "certificate_file",
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("crc32", sa.BigInteger(), nullable=True),
        sa.Column("made_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_certificate_file_certificate_id")
        ),
        sa.PrimaryKeyConstraint("certificate_id", name=op.f("pk_certificate_file")),
        sa.UniqueConstraint("sha256", name=op.f("uq_certificate_file_sha256")),
    )
    op.create_table(
        "certificate_record",
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["certificate.id"],
            name=op.f("fk_certificate_record_certificate_id"),
        ),
        sa.PrimaryKeyConstraint("certificate_id", name=op.f("pk_certificate_record")),
    )
    op.create_index(
        op.f("ix_certificate_record_name"), "certificate_record", ["name"], unique=False
    )
    op.create_table(
        "current_certificate",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(length=60), nullable=False),
        sa.Column("policy_version", sa.Date(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_current_certificate_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["certificate.id"],
            name=op.f("fk_current_certificate_certificate_id"),
        ),
        sa.PrimaryKeyConstraint(
            "account_id", "policy", "policy_version", name=op.f("pk_current_certificate")
        ),
        sa.UniqueConstraint("certificate_id", name=op.f("uq_current_certificate_certificate_id")),
    )
    op.create_table(
        "revocation",
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_revocation_certificate_id")
        ),
        sa.PrimaryKeyConstraint("certificate_id", name=op.f("pk_revocation")),
    )
    op.create_table(
        "revocation_request",
        sa.Column("certificate_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["certificate.id"],
            name=op.f("fk_revocation_request_certificate_id"),
        ),
        sa.PrimaryKeyConstraint("certificate_id", name=op.f("pk_revocation_request")),
    )
    op.create_table(
        "supersession",
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["certificate.id"], name=op.f("fk_supersession_by_id")),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_supersession_certificate_id")
        ),
        sa.PrimaryKeyConstraint("certificate_id", name=op.f("pk_supersession")),
        sa.UniqueConstraint("by_id", name=op.f("uq_supersession_by_id")),
    )
