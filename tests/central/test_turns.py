"""On SQLite one process at a time writes, with the checkpoint that may follow; see :mod:`central.storage.turns`."""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DatabaseError

from central.storage.database import Storage
from central.storage.engine import open_engine
from central.storage.errors import StorageUnavailable
from central.storage.turns import Turn
from tests.central.helpers import TERMINAL


class Watched:
    """A database, and whether somebody has the turn at it."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "central.db"
        self.storage = Storage(f"sqlite:///{self.file}")
        self.engine: sa.Engine = vars(self.storage)["_engine"]

    @property
    def taken(self) -> bool:
        with self.file.with_name("central.db.lock").open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def write(self) -> None:
        with self.storage.transaction() as transaction:
            transaction.terminals.hold(TERMINAL)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    made = Watched(tmp_path)
    yield made
    made.storage.close()


def test_who_writes_has_the_turn_until_the_commit_and_its_checkpoint_are_over(watched: Watched) -> None:
    after: list[bool] = []
    event.listen(watched.engine, "checkin", lambda *_: after.append(watched.taken), insert=True)
    assert not watched.taken
    with watched.storage.transaction() as transaction:
        transaction.terminals.hold(TERMINAL)
        assert watched.taken
        assert after == []
    assert after == [True]
    assert not watched.taken


def test_who_reads_holds_up_nobody(watched: Watched, tmp_path: Path) -> None:
    other = Watched(tmp_path)
    with closing(other.storage), other.storage.reading() as transaction:
        assert transaction.terminals.all() == []
        assert not watched.taken
        watched.write()
        assert transaction.terminals.all() == [], "what was there when it began"


def test_a_copy_holds_up_nobody(watched: Watched, tmp_path: Path) -> None:
    seen: list[bool] = []
    watched.write()
    event.listen(watched.engine, "checkin", lambda *_: seen.append(watched.taken), insert=True)
    watched.storage.backup(tmp_path / "copy.db")
    assert seen == [False]


def test_a_connection_is_closed_in_turn_for_it_makes_a_checkpoint(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    seen: list[bool] = []
    event.listen(watched.engine, "close", lambda *_: seen.append(watched.taken))
    watched.storage.close()
    assert seen == [True]
    assert not watched.taken


def test_a_transaction_that_failed_gives_its_turn_back(watched: Watched) -> None:
    with pytest.raises(ZeroDivisionError), watched.storage.transaction():
        raise ZeroDivisionError
    assert not watched.taken


def test_another_process_waits_for_its_turn(watched: Watched) -> None:
    turn = Turn(watched.file, 0.0)
    turn.take()
    turn.take()  # his already
    thread = threading.Thread(target=watched.write)
    thread.start()
    with pytest.raises(StorageUnavailable, match="busy"):
        Turn(watched.file, 0.0).take()
    turn.give_back()
    thread.join(10)
    assert not thread.is_alive()
    turn.close()
    with watched.storage.reading() as transaction:
        assert [known.name for known in transaction.terminals.all()] == [TERMINAL]


def test_a_database_that_cannot_be_opened_leaves_the_turn_to_others(tmp_path: Path) -> None:
    file = tmp_path / "central.db"
    file.write_bytes(b"no database at all" * 100)
    engine = open_engine(f"sqlite:///{file}")
    for _ in range(2):
        with pytest.raises(DatabaseError):
            engine.connect()
        turn = Turn(file, 0.0)
        turn.take()
        turn.close()
    engine.dispose()


def test_a_folder_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable):
        Storage(f"sqlite:///{tmp_path / 'none' / 'central.db'}")
