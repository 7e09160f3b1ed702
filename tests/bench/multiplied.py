"""A large institute in a minute: everybody of a small one again and again, by the database itself.

Who they are, where they stand and what they hold is copied, and of the newest what they answered.
The record of acts is not, so its own check would find these copies; no page reads it for a list.
"""

from sqlalchemy import Connection, text

from induction.database import writing
from induction.extensions import db

ANSWERED = 2  # of the copies, the newest, have answers: pages look at the newest five hundred
# Of each table what a copy has of its own; {by} is how far its ids are from the original's, {far}
# the same of answers, of which there are many more.
_OWN = {
    "account": {
        "id": "id + {by}",
        "public_id": "CAST(id + {by} AS VARCHAR(24))",
        "email": "'learner' || CAST(id + {by} AS VARCHAR(24)) || '@many.example'",
        "learner_ref": "'L' || CAST(200000 + id + {by} AS VARCHAR(24))",
    },
    "account_role": {"account_id": "account_id + {by}"},
    "cohort": {
        "id": "id + {by}",
        "public_id": "CAST(id + {by} AS VARCHAR(24))",
        "name": "name || ' ' || CAST(k AS VARCHAR(24))",
    },
    "cohort_tutor": {"cohort_id": "cohort_id + {by}", "account_id": "account_id + {by}"},
    "membership": {
        "id": "id + {by}",
        "account_id": "account_id + {by}",
        "cohort_id": "1 + id % 18 + {by}",
    },
    "enrolment": {
        "id": "id + {by}",
        "public_id": "CAST(id + {by} AS VARCHAR(24))",
        "account_id": "account_id + {by}",
    },
    "progress": {"enrolment_id": "enrolment_id + {by}"},
    "declaration": {"id": "id + {by}", "enrolment_id": "enrolment_id + {by}"},
    "certificate": {
        "id": "id + {by}",
        "number": "CAST(id + {by} AS VARCHAR(24))",
        "account_id": "account_id + {by}",
        "enrolment_id": "enrolment_id + {by}",
    },
    "certificate_record": {"certificate_id": "certificate_id + {by}"},
    "current_certificate": {
        "account_id": "account_id + {by}",
        "certificate_id": "certificate_id + {by}",
    },
    "attempt": {"id": "id + {far}", "enrolment_id": "enrolment_id + {by}"},
    "answer": {"id": "id + {far}", "attempt_id": "attempt_id + {far}"},
}
_LEARNERS = "SELECT account_id FROM membership"
_TUTORS = "SELECT account_id FROM cohort_tutor"
_THEIRS = f"SELECT id FROM enrolment WHERE account_id IN ({_LEARNERS})"
_COPIED = {  # who is copied, where not everything is
    "account": f"id IN ({_LEARNERS}) OR id IN ({_TUTORS})",
    "account_role": f"account_id IN ({_TUTORS})",
    "enrolment": f"account_id IN ({_LEARNERS})",
    "progress": f"enrolment_id IN ({_THEIRS})",
    "attempt": f"enrolment_id IN ({_THEIRS})",
}


def multiply(learners: int) -> None:
    """Let there be about so many, in the database of the application in whose context this is."""
    with writing() as session:
        connection = session.connection()
        here = connection.scalar(text("SELECT count(*) FROM membership")) or 1
        for table, own in _OWN.items():
            _copy(connection, table, own, learners // here - 1)
            if connection.dialect.name == "postgresql" and "id" in own:
                sequence = (
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
                )
                connection.execute(text(sequence))
    tidy()


def tidy() -> None:
    """What PostgreSQL’s own chores do within minutes."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _copy(connection: Connection, table: str, own: dict[str, str], copies: int) -> None:
    columns = db.metadata.tables[table].columns.keys()
    taken = ", ".join(own.get(name, name) for name in columns)
    taken = taken.format(by="k * 10000", far="k * 100000")
    first = copies - ANSWERED + 1 if table in ("attempt", "answer") else 1
    connection.execute(
        text(
            f"WITH RECURSIVE series(k) AS (SELECT {first} UNION ALL"
            f" SELECT k + 1 FROM series WHERE k < {copies})"
            f" INSERT INTO {table} ({', '.join(columns)})"
            f" SELECT {taken} FROM {table} CROSS JOIN series WHERE {_COPIED.get(table, '1 = 1')}"
        )
    )
