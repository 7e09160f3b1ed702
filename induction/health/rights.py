"""What the database lets the role that serves do to evidence, past the application."""

from sqlalchemy import text

from induction.health.finding import Finding, Installation, ok, warn

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
        return ok("The database is a file, for the owner of the instance folder alone")
    if bent := at.session.scalars(_BENT).all():
        return warn(
            "The database role that serves could empty tables of evidence, or drop the triggers"
            f" that keep them: {', '.join(bent)}",
            "DATABASE_URL",
            "serve with a second role, as docs/database-roles.md says",
        )
    return ok("The database role that serves can neither empty evidence nor drop its triggers")
