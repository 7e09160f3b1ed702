"""The vocabulary of the record: every act an auditor could ask about, and its exact details.

An act names what happened as ``room:act``. Details never hold personal data, nor what somebody
typed, since a reason may well name a person: that goes beside the chain (see ``record``).
"""

from enum import StrEnum


class Action(StrEnum):
    """What can happen."""

    SIGNED_IN = "people:signed-in"
    SIGN_IN_REFUSED = "people:sign-in-refused"  # of old, one by one
    TRIES_REFUSED = "throttles:tries-refused"
    SIGNED_OUT = "people:signed-out"
    SESSIONS_ENDED = "people:sessions-ended"
    PROVED_AGAIN = "people:proved-again"
    FACTOR_ADDED = "people:factor-added"
    FACTOR_REMOVED = "people:factor-removed"
    FACTORS_RESET = "people:factors-reset"
    RECOVERY_CODES_MADE = "people:recovery-codes-made"
    IDENTITY_CONNECTED = "people:identity-connected"
    IDENTITY_RELEASED = "people:identity-released"
    PROVIDER_REFUSED = "people:provider-refused"
    NEWCOMER_SENT_AWAY = "people:newcomer-sent-away"
    LINK_SENT = "people:link-sent"
    INVITATION_PLANNED = "people:invitation-planned"
    INVITATION_CALLED_BACK = "people:invitation-called-back"
    PASSWORD_SET = "people:password-set"  # noqa: S105  an act, not a secret
    CARD_MADE = "cards:made"
    CARD_USED = "cards:used"
    CARD_TRIED = "cards:tried-often"
    CLASS_OPENED = "cards:class-opened"
    CLASS_CLOSED = "cards:class-closed"
    HANDED_OVER = "cards:handed-over"
    ACCOUNT_CREATED = "people:account-created"
    COHORT_CREATED = "people:cohort-created"
    COHORT_JOINED = "people:cohort-joined"
    COHORT_LEFT = "people:cohort-left"
    COHORT_CHANGED = "people:cohort-changed"
    COHORT_TUTORS = "people:cohort-tutors"
    COHORT_ARCHIVED = "people:cohort-archived"
    COHORT_REOPENED = "people:cohort-reopened"
    ACCOUNT_CHANGED = "people:account-changed"
    ACCOUNTS_MERGED = "people:accounts-merged"
    IMPORT_LOOKED_AT = "people:import-looked-at"
    IMPORT_COLUMNS_NAMED = "people:import-columns-named"
    PEOPLE_IMPORTED = "people:imported"
    PART_IMPORTED = "people:import-part"
    IMPORT_STOPPED = "people:import-stopped"
    LEAVERS_MARKED = "people:leavers-marked"
    UNDOING_STOPPED = "people:import-undoing-stopped"
    IMPORT_UNDONE = "people:import-undone"
    ACCOUNT_REMOVED = "people:account-removed"
    COHORT_REMOVED = "people:cohort-removed"
    DIRECTORY_OPENED = "directory:opened"
    DIRECTORY_CLOSED = "directory:closed"
    DIRECTORY_CONNECTED = "directory:person-connected"
    DIRECTORY_LET_GO = "directory:person-let-go"
    DIRECTORY_GROUP_CONNECTED = "directory:group-connected"
    DIRECTORY_GROUP_LET_GO = "directory:group-let-go"
    ROLE_CHANGED = "people:role-changed"
    LAST_DAY_SET = "people:last-day-set"
    DEACTIVATED = "people:deactivated"
    REACTIVATED = "people:reactivated"
    KEY_ROTATED = "certificates:key-rotated"
    BREACH_REPORTED = "reports:reported"
    BREACH_HANDLED = "reports:handled"
    REPORTS_EXPORTED = "reports:exported"
    APPROVAL_ASKED = "approvals:asked"
    APPROVAL_CONFIRMED = "approvals:confirmed"
    APPROVAL_REFUSED = "approvals:refused"
    APPROVAL_DONE = "approvals:done"
    DATA_REQUESTED = "personal-data:requested"  # this and the next two: before there were approvals
    DATA_REQUEST_DONE = "personal-data:request-done"
    DATA_REQUEST_REFUSED = "personal-data:request-refused"
    DATA_COPIED = "personal-data:copied"
    RETENTION_CHANGED = "personal-data:retention-changed"
    LET_GO = "personal-data:let-go"
    ERASED = "personal-data:erased"
    LETTER_SENT_AGAIN = "mail:letter-sent-again"
    LETTER_TEXT_CHANGED = "mail:letter-text-changed"
    SETTINGS_CHANGED = "institute:settings-changed"
    ACCESS_REFUSED = "people:access-refused"
    ENROLLED = "journey:enrolled"
    ENROLMENT_REMOVED = "journey:enrolment-removed"
    ANSWERED = "journey:answered"
    SECTION_PASSED = "journey:section-passed"
    SECTION_FAILED = "journey:section-failed"
    DECLARED = "journey:declared"
    DONE_NOW = "practice:done-now"
    CHANGES_WRITTEN = "practice:changes-written"
    RENEWAL_BEGUN = "journey:renewal-begun"
    ASKED_AGAIN = "journey:asked-again"
    REVISIT_ASKED = "journey:revisit-asked"
    REVISITED = "journey:revisited"
    DECLARED_ON_BEHALF = "tutoring:declared-on-behalf"
    DUE_CHANGED = "tutoring:due-changed"
    FRESH_START = "tutoring:fresh-start"
    EXCUSED = "tutoring:excused"
    LEFT = "tutoring:left"
    RETURNED = "tutoring:returned"
    STUCK_SETTLED = "tutoring:stuck-settled"
    WORD_HAD = "tutoring:word-had"
    NOTE_ADDED = "tutoring:note-added"
    HELP_ASKED = "tutoring:help-asked"
    REMINDED = "tutoring:reminded"
    REMINDERS_CHANGED = "tutoring:reminders-changed"
    LIST_EXPORTED = "tutoring:list-exported"
    CERTIFICATE_ISSUED = "certificates:issued"
    CERTIFICATE_RENDERED = "certificates:rendered"
    CERTIFICATE_DOWNLOADED = "certificates:downloaded"
    CERTIFICATE_SUPERSEDED = "certificates:superseded"
    CERTIFICATE_REVOKED = "certificates:revoked"
    REVOCATION_ASKED = "certificates:revocation-asked"
    REVOCATION_DECLINED = "certificates:revocation-declined"
    PACK_EXPORTED = "compliance:pack-exported"
    REGISTER_EXPORTED = "compliance:register-exported"
    AUDIT_EXPORTED = "compliance:audit-exported"
    BACKUP_MADE = "backup:made"
    BACKUP_KEPT = "backup:kept"
    BACKUP_RESTORED = "backup:restored"
    POLICY_DRAFT_BEGUN = "policy:draft-begun"
    POLICY_DRAFT_SAVED = "policy:draft-saved"
    POLICY_DRAFT_BROUGHT = "policy:draft-brought"
    POLICY_DRAFT_COMMENTED = "policy:draft-commented"
    POLICY_DRAFT_COMMENT_SETTLED = "policy:draft-comment-settled"
    POLICY_DRAFT_DISCARDED = "policy:draft-discarded"
    POLICY_DRAWN_UP = "policy:drawn-up"
    POLICY_APPROVED = "policy:approved"
    POLICY_SCHEDULED = "policy:scheduled"
    POLICY_CALLED_BACK = "policy:called-back"
    POLICY_OVERTAKEN = "policy:overtaken"
    POLICY_PUBLISHED = "policy:published"
    POLICY_RETIRED = "policy:retired"
    POLICY_LISTED = "policy:people-listed"
    POLICY_DOCUMENT_ATTACHED = "policy:document-attached"
    POLICY_REVIEW_REMINDED = "policy:review-reminded"


# Acts of which an auditor reads what stands beside the chain, on pages and in packs: by these words
# a certificate is matched with its acts. Why somebody was excused, or left, stays in the house.
EVIDENCE_NEEDS_WORDS = frozenset(
    {
        Action.CERTIFICATE_ISSUED,
        Action.CERTIFICATE_REVOKED,
        Action.CERTIFICATE_SUPERSEDED,
        Action.DECLARED,
        Action.DECLARED_ON_BEHALF,
        Action.KEY_ROTATED,
        Action.RETENTION_CHANGED,
    }
)

DETAILS: dict[Action, frozenset[str]] = {
    Action.SIGNED_IN: frozenset(),
    Action.SIGN_IN_REFUSED: frozenset({"reason"}),
    Action.TRIES_REFUSED: frozenset(
        {"quarter", "networks", "wrong", "turned_away", "accounts", "most_tried"}
    ),
    Action.SIGNED_OUT: frozenset(),
    Action.SESSIONS_ENDED: frozenset({"sessions"}),
    Action.PROVED_AGAIN: frozenset({"how"}),
    Action.FACTOR_ADDED: frozenset({"kind"}),
    Action.FACTOR_REMOVED: frozenset({"kind"}),
    Action.FACTORS_RESET: frozenset(),
    Action.RECOVERY_CODES_MADE: frozenset({"codes"}),
    Action.IDENTITY_CONNECTED: frozenset({"how"}),
    Action.IDENTITY_RELEASED: frozenset(),
    Action.PROVIDER_REFUSED: frozenset({"reason"}),
    Action.NEWCOMER_SENT_AWAY: frozenset(),
    Action.LINK_SENT: frozenset({"purpose"}),
    Action.INVITATION_PLANNED: frozenset({"at"}),
    Action.INVITATION_CALLED_BACK: frozenset(),
    Action.PASSWORD_SET: frozenset({"how"}),
    Action.CARD_MADE: frozenset({"again"}),
    Action.CARD_USED: frozenset({"opened_by"}),  # the tutor whose class code it was, or ""
    Action.CARD_TRIED: frozenset(),
    Action.CLASS_OPENED: frozenset({"until"}),
    Action.CLASS_CLOSED: frozenset(),
    Action.HANDED_OVER: frozenset({"certificate"}),  # its number; "": a letter
    Action.ACCOUNT_CREATED: frozenset({"role", "how"}),
    Action.COHORT_CREATED: frozenset(),
    Action.COHORT_JOINED: frozenset({"cohort"}),
    Action.COHORT_LEFT: frozenset({"cohort"}),
    Action.COHORT_CHANGED: frozenset({"fields"}),
    Action.COHORT_TUTORS: frozenset({"from", "to"}),  # who looks after it: public ids
    Action.COHORT_ARCHIVED: frozenset(),
    Action.COHORT_REOPENED: frozenset(),
    Action.ACCOUNT_CHANGED: frozenset({"fields"}),
    Action.ACCOUNTS_MERGED: frozenset({"other", "details_of_other"}),
    Action.IMPORT_LOOKED_AT: frozenset({"rows", "hidden", "sha256"}),
    Action.IMPORT_COLUMNS_NAMED: frozenset({"headings", "places"}),
    Action.PEOPLE_IMPORTED: frozenset({"new", "changed", "same", "refused", "sha256", "mended"}),
    Action.PART_IMPORTED: frozenset({"new", "changed", "same", "refused", "sha256", "mended"}),
    Action.IMPORT_STOPPED: frozenset({"why", "done", "of"}),
    Action.UNDOING_STOPPED: frozenset({"why", "done", "of"}),
    Action.DIRECTORY_OPENED: frozenset({"invites"}),
    Action.DIRECTORY_CLOSED: frozenset(),
    Action.DIRECTORY_CONNECTED: frozenset({"how"}),
    Action.DIRECTORY_LET_GO: frozenset(),
    Action.DIRECTORY_GROUP_CONNECTED: frozenset(),
    Action.DIRECTORY_GROUP_LET_GO: frozenset(),
    Action.LEAVERS_MARKED: frozenset({"scope", "left", "of", "sha256"}),
    Action.IMPORT_UNDONE: frozenset({"imported_at", "removed", "put_back", "left"}),
    Action.ACCOUNT_REMOVED: frozenset(),
    Action.COHORT_REMOVED: frozenset(),
    Action.ROLE_CHANGED: frozenset({"from", "to"}),
    Action.LAST_DAY_SET: frozenset({"last_day"}),  # "": none any more
    Action.DEACTIVATED: frozenset(),
    Action.REACTIVATED: frozenset(),
    Action.KEY_ROTATED: frozenset({"fingerprint", "replaced", "compromised_since"}),
    Action.BREACH_REPORTED: frozenset({"pictures"}),
    Action.BREACH_HANDLED: frozenset({"from", "to"}),
    Action.REPORTS_EXPORTED: frozenset({"format", "reports"}),
    Action.APPROVAL_ASKED: frozenset({"kind"}),
    Action.APPROVAL_CONFIRMED: frozenset({"kind", "asked_by", "not_before"}),
    Action.APPROVAL_REFUSED: frozenset({"kind", "asked_by", "was"}),
    Action.APPROVAL_DONE: frozenset({"kind", "asked_by", "confirmed_by"}),
    Action.DATA_REQUESTED: frozenset({"kind"}),
    Action.DATA_REQUEST_DONE: frozenset({"kind"}),
    Action.DATA_REQUEST_REFUSED: frozenset({"kind"}),
    Action.DATA_COPIED: frozenset({"kind"}),
    Action.RETENTION_CHANGED: frozenset({"months"}),
    Action.LET_GO: frozenset({"learners", "audit", "reports", "mail", "which"}),
    Action.ERASED: frozenset(),
    Action.LETTER_SENT_AGAIN: frozenset(),
    Action.LETTER_TEXT_CHANGED: frozenset({"own"}),
    Action.SETTINGS_CHANGED: frozenset({"changes"}),
    Action.ACCESS_REFUSED: frozenset({"what"}),
    Action.ENROLLED: frozenset({"policy", "account"}),
    Action.ENROLMENT_REMOVED: frozenset({"account"}),
    Action.ANSWERED: frozenset(
        {"step", "try", "scenario", "scene", "shown", "chosen", "result", "counted", "content"}
    ),
    Action.SECTION_PASSED: frozenset({"step", "try", "right", "of", "pass_mark"}),
    Action.SECTION_FAILED: frozenset({"step", "try", "right", "of", "pass_mark"}),
    Action.DECLARED: frozenset({"policy", "content"}),
    Action.DONE_NOW: frozenset({"step", "content", "shown", "done"}),
    Action.CHANGES_WRITTEN: frozenset({"changes"}),
    Action.RENEWAL_BEGUN: frozenset({"certificate", "renewal", "after_try"}),
    Action.ASKED_AGAIN: frozenset({"certificate", "renewal", "after_try"}),
    Action.REVISIT_ASKED: frozenset({"occasion", "try"}),
    Action.REVISITED: frozenset({"step", "try", "right", "of"}),
    Action.DECLARED_ON_BEHALF: frozenset({"policy", "content", "how"}),
    Action.DUE_CHANGED: frozenset({"before", "after"}),
    Action.FRESH_START: frozenset({"step", "after_try"}),
    Action.EXCUSED: frozenset({"step"}),
    Action.LEFT: frozenset(),
    Action.RETURNED: frozenset(),
    Action.STUCK_SETTLED: frozenset({"step", "tries"}),
    Action.WORD_HAD: frozenset({"flags"}),
    Action.NOTE_ADDED: frozenset(),
    Action.HELP_ASKED: frozenset({"step"}),
    Action.REMINDED: frozenset({"kind", "people"}),
    Action.REMINDERS_CHANGED: frozenset({"fields"}),
    Action.LIST_EXPORTED: frozenset({"what", "format", "rows"}),
    Action.CERTIFICATE_ISSUED: frozenset({"policy", "version_date", "record_sha256"}),
    Action.CERTIFICATE_RENDERED: frozenset({"sha256"}),
    Action.CERTIFICATE_DOWNLOADED: frozenset({"sha256"}),
    Action.CERTIFICATE_SUPERSEDED: frozenset({"by"}),
    Action.CERTIFICATE_REVOKED: frozenset({"asked_by"}),
    Action.REVOCATION_ASKED: frozenset(),
    Action.REVOCATION_DECLINED: frozenset(),
    Action.PACK_EXPORTED: frozenset({"scope", "certificates"}),
    Action.REGISTER_EXPORTED: frozenset({"scope", "format", "certificates"}),
    Action.AUDIT_EXPORTED: frozenset({"scope", "format"}),
    Action.BACKUP_MADE: frozenset({"sha256", "encrypted"}),
    Action.BACKUP_KEPT: frozenset({"name", "sha256", "entries", "let_go"}),
    Action.BACKUP_RESTORED: frozenset({"made_at", "lost"}),
    Action.POLICY_DRAFT_BEGUN: frozenset({"policy", "source", "files", "sha256"}),
    Action.POLICY_DRAFT_SAVED: frozenset({"file", "sha256"}),
    Action.POLICY_DRAFT_BROUGHT: frozenset({"added", "changed", "removed", "sha256"}),
    Action.POLICY_DRAFT_COMMENTED: frozenset({"part", "comment"}),
    Action.POLICY_DRAFT_COMMENT_SETTLED: frozenset({"comment"}),
    Action.POLICY_DRAFT_DISCARDED: frozenset({"files", "files_removed", "sha256"}),
    Action.POLICY_DRAWN_UP: frozenset({"policy", "version_date", "content", "material", "minor"}),
    Action.POLICY_APPROVED: frozenset({"content"}),
    Action.POLICY_SCHEDULED: frozenset({"day", "redo_by", "joiner_days"}),
    Action.POLICY_CALLED_BACK: frozenset({"day"}),
    Action.POLICY_OVERTAKEN: frozenset({"day"}),
    Action.POLICY_PUBLISHED: frozenset(
        {"policy", "version_date", "content", "redo", "people", "redo_by", "joiner_days"}
    ),
    Action.POLICY_RETIRED: frozenset({"by"}),
    Action.POLICY_LISTED: frozenset({"people"}),
    Action.POLICY_DOCUMENT_ATTACHED: frozenset({"policy", "version_date", "kind", "sha256"}),
    Action.POLICY_REVIEW_REMINDED: frozenset({"review_due", "people"}),
}
