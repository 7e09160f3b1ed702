"""The tables that are in a database, with as much of each as a backup needs."""

from sqlalchemy import Column, Connection, ForeignKeyConstraint, MetaData, Table, inspect

VERSION_TABLE = "alembic_version"


def present(connection: Connection) -> list[Table]:
    """The tables as they are in the database, each after those that it refers to.

    Their columns, keys and references are asked for alone: indexes and all else that may be
    constrained take several times as long to read, and rows are copied without them.
    """
    look, found = inspect(connection), MetaData()
    keys, references = look.get_multi_pk_constraint(), look.get_multi_foreign_keys()
    for place, columns in look.get_multi_columns().items():
        key = keys[place]["constrained_columns"]
        Table(
            place[1],
            found,
            *(Column(c["name"], c["type"], primary_key=c["name"] in key) for c in columns),
            *(
                ForeignKeyConstraint(
                    reference["constrained_columns"],
                    [
                        f"{reference['referred_table']}.{name}"
                        for name in reference["referred_columns"]
                    ],
                )
                for reference in references[place]
            ),
        )
    return [table for table in found.sorted_tables if table.name != VERSION_TABLE]
