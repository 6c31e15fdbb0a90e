"""That no call of the daily work takes longer because more matters wait: counted in steps of SQLite's machine."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from offline_queue.connection import open_encrypted, queries
from offline_queue.contract import MatterState, Outcome, Quota
from offline_queue.store import SqliteQueue
from tests.offline_queue.helpers import GRANTED, KEY, NOW, TERMINAL, mark_later, new_matter, stamp

FEW = 20
MANY = 400
AHEAD = NOW + 1800
"""When the matters that wait for their time are due."""

CALLS: dict[str, Callable[[SqliteQueue], object]] = {
    "put": lambda queue: queue.put(new_matter("new"), now=NOW),
    "put of a long case": lambda queue: queue.put(new_matter("new", case="long"), now=NOW),
    "put again": lambda queue: queue.put(new_matter("ready-1"), now=NOW),
    "room": lambda queue: queue.room(now=NOW),
    "counts": lambda queue: queue.counts(),
    "claim": lambda queue: queue.claim(5, now=NOW),
    "claim first": lambda queue: queue.claim(1, now=NOW, first=f"ready-{FEW - 1}"),
    "settle": lambda queue: queue.settle([Outcome("flying", MatterState.FILED, GRANTED)], now=NOW),
    "settle the head of a long case": lambda queue: queue.settle([Outcome("long-0", MatterState.FILED)], now=NOW),
    "put back": lambda queue: mark_later(queue, "flying", not_before=NOW + 60, error="later"),
    "release": lambda queue: queue.release("parked-3"),
    "park": lambda queue: queue.park("ready-5", error="by hand"),
    "wipe": lambda queue: queue.wipe("filed-2"),
    "receipts": lambda queue: queue.receipts(1, limit=5),
    "settled count": lambda queue: queue.settled_count(1),
    "kept": lambda queue: queue.kept("filed-4"),
    "forget kept": lambda queue: queue.forget_kept(NOW - 1),
    "release claims": lambda queue: queue.release_claims(),
}


@dataclass
class Counter:
    steps: int = 0

    def __call__(self) -> bool:
        self.steps += 1
        return False


def filled(path: Path, count: int) -> SqliteQueue:
    """So many of every kind: filed, in flight, waiting for their time, parked, of one case, ready."""
    queue = SqliteQueue(path, KEY, TERMINAL, stamp, quota=Quota(count=1 << 40))
    for kind in ("filed", "later", "parked"):
        names = [f"{kind}-{number}" for number in range(count)]
        queue.put_all([new_matter(name) for name in names], now=NOW)
        queue.claim(count, now=NOW)
        queue.settle([_outcome(kind, name) for name in names], now=NOW)
    queue.put_all([new_matter("flying"), new_matter("long-0", case="long")], now=NOW)
    queue.claim(2, now=NOW)
    queue.put_all([new_matter(f"long-{number}", case="long") for number in range(1, count)], now=NOW)
    queue.put_all([new_matter(f"ready-{number}") for number in range(count)], now=NOW)
    return queue


def _outcome(kind: str, name: str) -> Outcome:
    return {
        "filed": Outcome(name, MatterState.FILED, GRANTED, keep=b"sealed"),
        "later": Outcome(name, MatterState.QUEUED, not_before=AHEAD, error="later"),
        "parked": Outcome(name, MatterState.PARKED, error="HTTP 422"),
    }[kind]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[int, bytes]:
    made: dict[int, bytes] = {}
    for count in (FEW, MANY):
        path = tmp_path_factory.mktemp("filled") / "queue.db"
        queue = filled(path, count)
        queue.close()
        made[count] = path.read_bytes()
    return made


@pytest.fixture
def steps(files: dict[int, bytes], tmp_path: Path) -> Iterator[Callable[[int, str], int]]:
    opened: list[SqliteQueue] = []

    def count(waiting: int, call: str) -> int:
        path = tmp_path / str(waiting) / "queue.db"
        path.parent.mkdir()
        path.write_bytes(files[waiting])
        opened.append(SqliteQueue(path, KEY, TERMINAL, stamp, quota=Quota(count=1 << 40)))
        opened[-1].counts()
        counter = Counter()
        connection = cast("Any", opened[-1].file)._opened.connection
        connection.set_progress_handler(counter, 1)
        CALLS[call](opened[-1])
        connection.set_progress_handler(None, 1)
        return counter.steps

    yield count
    for queue in opened:
        queue.close()


@pytest.mark.parametrize("call", CALLS)
def test_as_many_steps_with_many_waiting_as_with_few(steps: Callable[[int, str], int], call: str) -> None:
    few, many = steps(FEW, call), steps(MANY, call)
    assert few > 0
    assert many <= few * 1.1 + 20


@pytest.mark.parametrize("query", ["put", "head", "counts", "claim", "claim_first", "ripen", "states", "settle", "get"])
def test_matters_are_found_by_their_indexes(tmp_path: Path, query: str) -> None:
    connection = open_encrypted(tmp_path / "queue.db", KEY)
    values = dict.fromkeys(re.findall(r":(\w+)", queries()[query]), 1)
    plan = [
        str(row["detail"]) for row in connection.execute("EXPLAIN QUERY PLAN " + queries()[query], values).fetchall()
    ]
    connection.close()
    from_the_end = ["SCAN matter"] if query in {"head", "counts"} else []  # ORDER BY place DESC LIMIT 1
    in_order = ["SCAN matter USING INDEX matter_ready"] if query == "claim" else []  # ORDER BY place LIMIT
    assert [step for step in plan if "SCAN matter" in step] == from_the_end + in_order
    assert not [step for step in plan if "TEMP B-TREE" in step]
