"""What the database lets the role that serves do to evidence, past the application."""

from pathlib import Path

from sqlalchemy import text

from induction.health.finding import Finding, Installation, fail, ok, warn

# A table is kept append-only by a trigger of such a name. No trigger fires for TRUNCATE: only its
# right keeps a table from being emptied; and whoever owns a table drops its triggers.
_BENT = text(
    "SELECT DISTINCT evidence.relname FROM pg_trigger AS kept"
    " JOIN pg_class AS evidence ON evidence.oid = kept.tgrelid"
    " WHERE NOT kept.tgisinternal AND kept.tgname ~ '_no_(update|delete)$'"
    " AND (pg_has_role(evidence.relowner, 'USAGE')"
    " OR has_table_privilege(evidence.oid, 'TRUNCATE'))"
    " ORDER BY 1"
)


def evidence(at: Installation) -> Finding:
    """Whoever gets hold of the serving account should not be able to write evidence over."""
    if at.session.get_bind().dialect.name != "postgresql":
        file = at.session.get_bind().engine.url.database or ""
        if Path(file).stat().st_mode & 0o077:
            return fail(
                "Other users of this machine may read the database", file, f"run: chmod 600 {file}"
            )
        return ok("The database is a file, for its owner alone")
    if bent := at.session.scalars(_BENT).all():
        return warn(
            "The database role that serves could empty tables of evidence, or drop the triggers"
            f" that keep them: {', '.join(bent)}",
            "DATABASE_URL",
            "serve with a second role, as docs/database-roles.md says",
        )
    return ok("The database role that serves can neither empty evidence nor drop its triggers")
