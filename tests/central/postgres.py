"""A PostgreSQL cluster of its own, from Debian's package, for as long as somebody needs it."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from tests.waiting import eventually

_PACKAGES: Final = Path("/usr/lib/postgresql")
_FAST: Final = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
"""For tests that pull no plug."""
_COMMON: Final = ("listen_addresses=", "max_connections=60", "shared_buffers=64MB", "log_min_messages=fatal")


@dataclass(frozen=True)
class Cluster:
    folder: Path
    """Of its socket; its data lies beside it."""

    def url(self, database: str = "postgres") -> str:
        """Of SQLAlchemy."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Each statement by itself, past SQLAlchemy."""
        return psycopg.connect(host=str(self.folder), user="postgres", dbname=database, autocommit=True)

    def create(self, database: str) -> str:
        """A new, empty one; its URL."""
        with self.connect() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        return self.url(database)


def programs() -> Path | None:
    """The folder of the newest PostgreSQL here."""
    found = [path.parent for path in _PACKAGES.glob("*/bin/postgres")]
    return max(found, key=lambda folder: int(folder.parent.name), default=None)


@contextmanager
def cluster(*, durable: bool = False) -> Generator[Cluster]:
    """``durable``: with fsync, as in earnest. Dies with the process that asked for it."""
    binaries = programs()
    assert binaries, "PostgreSQL is not installed"
    folder = Path(tempfile.mkdtemp(prefix="kiosk-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        data, log = folder / "data", folder / "log"
        initdb = [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"]
        subprocess.run([*as_postgres(), *initdb], check=True, capture_output=True, cwd="/")
        settings = (f"unix_socket_directories={folder}", *_COMMON, *(() if durable else _FAST))
        argv = [binaries / "postgres", "-D", data, *(word for one in settings for word in ("-c", one))]
        with log.open("wb") as output, subprocess.Popen([*as_postgres(), *argv], cwd="/", stderr=output) as server:
            try:
                made = Cluster(folder)
                eventually(lambda: _answers(made, server), "PostgreSQL")
                yield made
            finally:
                server.send_signal(signal.SIGINT)  # a fast shutdown; SIGTERM would wait for the last client
    finally:
        shutil.rmtree(folder)


def as_postgres() -> list[str]:
    """PostgreSQL does not run as root. It is sent SIGINT, a fast shutdown, when whoever started it dies."""
    user = ["--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
    return ["setpriv", *user, "--pdeathsig=INT"]


def _answers(made: Cluster, server: subprocess.Popen[bytes]) -> bool:
    assert server.poll() is None, (made.folder / "log").read_text()
    try:
        made.connect().close()
    except psycopg.OperationalError:
        return False
    return True
