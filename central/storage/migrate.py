"""Brings the tables up to date when the centre starts. Several workers may start at once."""

from functools import cache
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.engine import Connection, Engine

_SCRIPTS: Final = Path(__file__).parents[1] / "migrations"
_LOCK: Final = 4_400_001
"""Of PostgreSQL's advisory locks, this program's own."""


def migrate(engine: Engine) -> None:
    """One worker does it, the others wait, in a transaction: a start that is killed in the middle changed nothing."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    with engine.begin() as connection:  # of SQLite, BEGIN IMMEDIATE: the others wait for it
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL lock_timeout = 0"))  # whoever is first may have much to change
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        if is_behind(connection):
            config.attributes["connection"] = connection
            command.upgrade(config, "heads")


def is_behind(connection: Connection) -> bool:
    """Whether the tables lack something of this program. Those of a newer one do not: while a fleet of workers is
    renewed, the old ones go on, and start anew if they must."""
    ours = _scripts()
    heads, known = set(ours.get_heads()), {one.revision for one in ours.walk_revisions()}
    there = _versions(connection)
    return not there or any(one in known and one not in heads for one in there)


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(_SCRIPTS))


def _versions(connection: Connection) -> set[str]:
    return set(MigrationContext.configure(connection).get_current_heads())
