"""Figures of the offline queue: how fast it takes, claims and acknowledges, as shares of what its disk can do.

The measure is a loop that appends 1 KB to a file and calls ``fdatasync``: no queue that keeps its word for every
single record can be faster, but by sharing one call among several records. The two take turns, for a machine and its
disk are never equally busy; rounds are shuffled and medians told. All is on one file system.
"""

import os
import random
import sqlite3
import statistics
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol, cast

import huey.storage
import litequeue
import persistqueue
from uuid6 import uuid7

from bench.figures import ROUNDS, Figure, timed
from offline_queue.contract import Answer, MatterState, NewMatter, Outcome, Quota
from offline_queue.store import SqliteQueue

RECORD: Final = 1024
"""Bytes of what is put, or appended."""
SLICE: Final = 200
"""Records at once; slices of the disk and of the queue take turns."""
SLICES: Final = 3
THREADS: Final = 8
BATCH: Final = 100
"""As many as go to the centre at once."""
FILLED_AT_ONCE: Final = 10_000
BACKLOGS: Final = (0, 10_000, 1_000_000)
NOW: Final = 1_790_000_000.0
GRANTED: Final = Answer(number="44010020260101000123", result={"certificate": "C" * 16})
TEXT: Final = "x" * (RECORD - len('{"text":""}'))
ENDLESS: Final = Quota(count=1 << 40, size=1 << 50, age=1e12, free=0)


class Contender(Protocol):
    def prepare(self, count: int) -> None:
        """Make what is to be put, before the clock runs."""

    def put(self, count: int) -> None:
        """So many records of 1 KB, each durable before the next."""
        ...

    def drain(self, count: int) -> None:
        """Take so many and acknowledge them."""
        ...


class Ours(Contender):
    def __init__(self, folder: Path, *, waiting: int = 0, batch: int = BATCH) -> None:
        self._batch = batch
        self._queue = SqliteQueue(folder / "queue.db", bytes(range(32)), "GD440100", quota=ENDLESS)
        for begin in range(0, waiting, FILLED_AT_ONCE):
            self._queue.put_all([_matter() for _ in range(min(FILLED_AT_ONCE, waiting - begin))], now=NOW)

    def prepare(self, count: int) -> None:
        self._new = [_matter() for _ in range(count)]

    def put(self, count: int) -> None:
        self._put(self._new[:count])

    def _put(self, matters: Sequence[NewMatter]) -> None:
        for matter in matters:
            self._queue.put(matter, now=NOW)

    def drain(self, count: int) -> None:
        for _ in range(0, count, self._batch):
            claimed = self._queue.claim(self._batch, now=NOW)
            filed = [Outcome(one.envelope.id, MatterState.FILED, GRANTED, wipe=True) for one in claimed]
            self._queue.settle(filed, now=NOW)


class OursFromThreads(Ours):
    def put(self, count: int) -> None:
        shares = [self._new[thread:count:THREADS] for thread in range(THREADS)]
        writers = [threading.Thread(target=self._put, args=(share,)) for share in shares]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()


class PlainSqlite(Contender):
    """WAL, FULL, not encrypted: one row put, one row deleted, a commit each."""

    def __init__(self, folder: Path) -> None:
        self._connection = sqlite3.connect(folder / "plain.db", isolation_level=None)
        for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"):
            self._connection.execute(statement)
        self._connection.execute("CREATE TABLE record (id INTEGER PRIMARY KEY, content TEXT)")

    def put(self, count: int) -> None:
        for _ in range(count):
            self._connection.execute("INSERT INTO record (content) VALUES (?)", (TEXT,))

    def drain(self, count: int) -> None:
        for _ in range(count):
            row = self._connection.execute("SELECT id, content FROM record ORDER BY id LIMIT 1").fetchone()
            self._connection.execute("DELETE FROM record WHERE id = ?", row[:1])


class PersistQueue(Contender):
    def __init__(self, folder: Path) -> None:
        self._queue: Any = persistqueue.SQLiteAckQueue(str(folder / "persist"), auto_commit=True, multithreading=True)

    def put(self, count: int) -> None:
        for _ in range(count):
            self._queue.put(TEXT)

    def drain(self, count: int) -> None:
        for _ in range(count):
            self._queue.ack(self._queue.get())


class LiteQueue(Contender):
    """Does not wait for the disk: ``synchronous`` is ``NORMAL``."""

    def __init__(self, folder: Path) -> None:
        self._queue: Any = litequeue.LiteQueue(folder / "lite.db")

    def put(self, count: int) -> None:
        for _ in range(count):
            self._queue.put(TEXT)

    def drain(self, count: int) -> None:
        for _ in range(count):
            self._queue.done(self._queue.pop().message_id)


class Huey(Contender):
    """Has no acknowledgement: what was taken is gone."""

    def __init__(self, folder: Path) -> None:
        self._queue: Any = cast("Any", huey.storage).SqliteStorage(filename=str(folder / "huey.db"), fsync=True)

    def put(self, count: int) -> None:
        for _ in range(count):
            self._queue.enqueue(TEXT.encode())

    def drain(self, count: int) -> None:
        for _ in range(count):
            self._queue.dequeue()


@dataclass
class Shares:
    """Of the disk's own rate, one a round; and the rates, in records a second."""

    put: list[float] = field(default_factory=list[float])
    drain: list[float] = field(default_factory=list[float])
    put_rate: list[float] = field(default_factory=list[float])
    drain_rate: list[float] = field(default_factory=list[float])


def queue() -> Iterator[Figure]:
    """Taking, and claiming with acknowledging, beside others and with many waiting."""
    with tempfile.TemporaryDirectory(prefix="bench-queue-") as name:
        folder = Path(name)
        contenders = _contenders(folder)
        disk = Disk(folder / "disk")
        results = measured(disk, contenders)
        yield Figure(
            "append and fdatasync of 1 KB", f"{statistics.median(disk.rates):.0f}/s", "the measure of the rest"
        )
        for what, shares in results.items():
            yield Figure(f"{what}, put", _told(shares.put, shares.put_rate), _goal(what, "put", results))
            yield Figure(
                f"{what}, take and acknowledge", _told(shares.drain, shares.drain_rate), _goal(what, "drain", results)
            )


def _contenders(folder: Path) -> dict[str, Contender]:
    made: dict[str, Callable[[Path], Contender]] = {
        "queue, encrypted": Ours,
        f"queue, {THREADS} threads": OursFromThreads,
        **{f"queue, {count:,} waiting": _with(count) for count in BACKLOGS[1:]},
        "plain SQLite": PlainSqlite,
        "persist-queue": PersistQueue,
        "litequeue": LiteQueue,
        "huey": Huey,
    }
    contenders = dict[str, Contender]()
    for number, (what, make) in enumerate(made.items()):
        own = folder / str(number)
        own.mkdir()
        contenders[what] = make(own)
    return contenders


def _with(waiting: int) -> Callable[[Path], Contender]:
    return lambda folder: Ours(folder, waiting=waiting)


class Disk:
    """Appends to one file, each time until it is on the disk."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.rates: list[float] = []

    def seconds(self) -> float:
        """For as many records as in a slice, now."""
        seconds = timed(self._append)
        self.rates.append(SLICE / seconds)
        return seconds

    def _append(self) -> None:
        record = os.urandom(RECORD)
        for _ in range(SLICE):
            os.write(self._file, record)
            os.fdatasync(self._file)


def measured(disk: Disk, contenders: dict[str, Contender]) -> dict[str, Shares]:
    results = {what: Shares() for what in contenders}
    for _ in range(ROUNDS):
        for what in random.sample(list(contenders), len(contenders)):
            _measure(disk, contenders[what], results[what])
    return results


def _measure(disk: Disk, contender: Contender, shares: Shares) -> None:
    for work, found, rates in (
        (contender.put, shares.put, shares.put_rate),
        (contender.drain, shares.drain, shares.drain_rate),
    ):
        limit, own = 0.0, 0.0
        for _ in range(SLICES):
            contender.prepare(SLICE)
            limit += disk.seconds()
            own += _seconds(work)
        found.append(limit / own)
        rates.append(SLICES * SLICE / own)


def _seconds(work: Callable[[int], None]) -> float:
    return timed(lambda: work(SLICE))


def _matter() -> NewMatter:
    return NewMatter(str(uuid7()), "social-insurance-proof", 1, {"text": TEXT}, ("notice-1",))


def _told(shares: Sequence[float], rates: Sequence[float]) -> str:
    return f"{statistics.median(shares):.2f} of the disk, {statistics.median(rates):.0f}/s"


def _goal(what: str, work: str, results: dict[str, Shares]) -> str:
    goals = {
        ("queue, encrypted", "put"): "goal: at least 0.60",
        ("queue, encrypted", "drain"): f"in batches of {BATCH}; goal: at least 2.00",
        (f"queue, {THREADS} threads", "put"): "goal: at least 2.00",
    }
    if "waiting" not in what:
        return goals.get((what, work), "")
    none = statistics.median(getattr(results["queue, encrypted"], work))
    return f"{statistics.median(getattr(results[what], work)) / none:.2f} of the empty queue; goal: at least 0.80"
