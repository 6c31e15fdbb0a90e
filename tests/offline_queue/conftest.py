from collections.abc import Iterator
from pathlib import Path

import pytest

from offline_queue.contract import Queue
from offline_queue.memory import MemoryQueue
from offline_queue.store import SqliteQueue
from tests.offline_queue.helpers import KEY, TERMINAL, AnyQueue, stamp


@pytest.fixture(params=["sqlite", "memory"])
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyQueue]:
    """Either implementation: what holds for one holds for the other."""
    made = (
        SqliteQueue(tmp_path / "queue.db", KEY, TERMINAL, stamp)
        if request.param == "sqlite"
        else MemoryQueue(TERMINAL, stamp)
    )
    promised: Queue = made
    yield made
    promised.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteQueue]:
    made = SqliteQueue(tmp_path / "queue.db", KEY, TERMINAL, stamp)
    yield made
    made.close()
