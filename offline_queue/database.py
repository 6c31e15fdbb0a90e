"""The encrypted file of the queue: transactions, and all that may happen to a file over the years of a terminal."""

import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import apsw

from offline_queue import generations, incidents, log
from offline_queue.connection import (
    Connection,
    Row,
    Transaction,
    Value,
    all_or_nothing,
    migrations,
    open_encrypted,
)
from offline_queue.contract import QueueUnavailable
from offline_queue.faults import in_plain_words, translated
from offline_queue.generations import FileLock
from offline_queue.incidents import Incident
from offline_queue.keeper import Keeper, Opened
from offline_queue.keys import FixedKeys, Keys
from offline_queue.verify import Digest, Verification, unusable, verified

__all__ = ["Database", "Row", "Transaction", "Value", "migrations", "open_encrypted"]


class Database:
    """Safe from several threads (one connection behind a lock) and several processes (SQLite's own locks).

    The constructor does no I/O: the file is opened, and made, when first needed, and again after it could not be, or
    when another process has replaced it meanwhile. All methods raise ``QueueUnavailable``.
    """

    def __init__(
        self,
        path: Path,
        keys: Keys | bytes,
        *,
        epoch: int = 1,
        machine: Callable[[], Mapping[str, str]] = incidents.this_machine,
    ) -> None:
        """``epoch``: the file is in this one at least."""
        self._path = path
        self._keeper = Keeper(path, FixedKeys(keys) if isinstance(keys, bytes) else keys, epoch, machine)
        self._lock = threading.RLock()
        self._file_lock = FileLock(path)
        self._opened: Opened | None = None
        self._depth = 0

    @contextmanager
    def transaction(self) -> Generator[Transaction]:
        """Everything inside is durable at the end, or nothing is."""
        with self._lock:
            opened = self._enter()
            try:
                used = log.used(opened.connection)
                with all_or_nothing(opened.connection):
                    yield Transaction(opened.connection, partial(log.make_room, opened.connection, used))
            except apsw.Error as error:
                raise translated(error) from None
            finally:
                self._leave()

    def read(self, query: str, **values: Value) -> list[Row]:
        with self._reading() as connection:
            return Transaction(connection).run(query, **values)

    def forget_log(self) -> None:
        """Move everything into the database file and empty the write-ahead log, which still holds older pages."""
        with self._lock, in_plain_words():
            opened = self._enter()
            try:
                opened.connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            finally:
                self._leave()

    def epoch(self) -> int:
        return int(self.read("meta")[0]["epoch"])

    def begin_epoch(self, at_least: int) -> None:
        """Go on in an epoch that the centre has not seen yet."""
        with self._alone() as opened:
            self._keeper.raise_epoch(opened, at_least, time.time())

    def check(self, now: Callable[[], float] = time.time) -> list[Incident]:
        """Look through all of the file and put right what can be; what befell it since the last check.

        Once, when a service starts. A damaged file is set aside and what is whole in it goes into a new one; a file
        that is older than it should be, or another machine's, goes on in a new epoch.
        """
        with self._lock, in_plain_words(), self._file_lock.alone():
            self._drop()
            self._opened = self._keeper.mended(now())
            return self._keeper.news()

    def incidents(self) -> list[Incident]:
        return [Incident(**row) for row in self.read("incidents")]

    def verify(self, digest: Digest | None = None) -> Verification:
        """Look through all of the file and change nothing."""
        try:
            with self._reading() as connection:
                return verified(connection, digest)
        except QueueUnavailable as error:
            return unusable(error)

    def rekey(self) -> None:
        """A new key for everything; the old key and the old file are destroyed. Nobody else has to stop for it."""
        with self._alone() as opened:
            self._opened = None
            self._opened = self._keeper.rekeyed(opened, time.time())

    def compact(self) -> None:
        """Give the space of what was deleted back to the disk."""
        with self._alone() as opened:
            self._opened = None
            self._opened = self._keeper.compacted(opened, time.time())

    def close(self) -> None:
        with self._lock, in_plain_words():
            self._drop()
            self._file_lock.close()

    @contextmanager
    def _reading(self) -> Generator[Connection]:
        with self._lock:
            opened = self._enter()
            try:
                yield opened.connection
            except apsw.Error as error:
                raise translated(error) from None
            finally:
                self._leave()

    def _enter(self) -> Opened:
        """Share the file that the name means now, opened."""
        if self._depth == 0 or self._opened is None:
            with in_plain_words():
                self._opened = self._shared()
        self._depth += 1
        return self._opened

    def _leave(self) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._file_lock.release()

    def _shared(self) -> Opened:
        while True:
            self._file_lock.share()
            current = None
            try:
                if current := self._current():
                    return current
            finally:
                if current is None:
                    self._file_lock.release()
            with self._file_lock.alone():
                self._reopened()

    @contextmanager
    def _alone(self) -> Generator[Opened]:
        with self._lock, in_plain_words(), self._file_lock.alone():
            yield self._current() or self._reopened()

    def _current(self) -> Opened | None:
        """What is open, if the name still means it."""
        opened = self._opened
        return opened if opened and opened.file == generations.identity(self._path) else None

    def _reopened(self) -> Opened:
        self._drop()
        self._opened = self._keeper.opened(time.time())
        return self._opened

    def _drop(self) -> None:
        opened, self._opened = self._opened, None
        if opened:
            opened.connection.close()
