"""What SQLite and PostgreSQL each say in their own way."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final, cast

import psycopg
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy import Column, ColumnElement, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

Insert = postgresql.Insert | sqlite.Insert


class Upsert:
    """Built once, when its module is loaded: to build a statement costs ten times as much as to run a built one."""

    def __init__(self, table: Table, write: Callable[[Insert], Executable]) -> None:
        """``write`` says what to do ``ON CONFLICT``; the values are named as the table's columns when it runs."""
        self._said: Final = {"sqlite": write(sqlite.insert(table)), "postgresql": write(postgresql.insert(table))}

    def on(self, connection: Connection) -> Executable:
        return self._said[connection.dialect.name]


def insert(connection: Connection, table: Table) -> Insert:
    """An INSERT that can be told what to do ``ON CONFLICT``."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def one_of(connection: Connection, column: Column[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """``IN``. PostgreSQL is given one array: to take a statement apart at hundreds of marks costs more than its run."""
    if connection.dialect.name == "sqlite":
        return column.in_(values)
    return column == sa.any_(sa.literal(list(values), postgresql.ARRAY(column.type)))


class Bulk:
    """Whole rows of a table that are not there yet, many at once; by COPY on PostgreSQL."""

    def __init__(self, table: Table) -> None:
        columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.c)
        # binary: as text, sealed bytes would be written out twice as long
        copy = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)")
        self._copy: Final = copy.format(sql.Identifier(table.name), columns)
        self._types: Final = [column.type.compile(postgresql.dialect()).lower() for column in table.c]
        self._insert: Final = str(sa.insert(table).compile(dialect=sqlite.dialect()))

    def add(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Each row in the order of the columns. Errors of PostgreSQL are those of psycopg."""
        if not rows:
            return
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(self._insert, list(rows))
            return
        driver = cast("psycopg.Connection", connection.connection.driver_connection)
        with driver.cursor() as cursor, cursor.copy(self._copy) as writer:
            writer.set_types(self._types)
            for row in rows:
                writer.write_row(row)
