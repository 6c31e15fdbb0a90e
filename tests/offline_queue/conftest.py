import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from offline_queue.contract import Queue
from offline_queue.hashing import Suite
from offline_queue.memory import MemoryQueue
from offline_queue.store import SqliteQueue
from tests.offline_queue.helpers import KEY, TERMINAL, AnyQueue, stamp

SUITE_OF: dict[str, Suite] = {"sqlite": "standard", "sqlite-gm": "gm"}


@pytest.fixture(params=["sqlite", "sqlite-gm", "memory"])
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyQueue]:
    """Either implementation: what holds for one holds for the other."""
    made = (
        MemoryQueue(TERMINAL, stamp)
        if request.param == "memory"
        else SqliteQueue(tmp_path / "queue.db", KEY, TERMINAL, stamp, suite=SUITE_OF[request.param])
    )
    promised: Queue = made
    yield made
    promised.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteQueue]:
    made = SqliteQueue(tmp_path / "queue.db", KEY, TERMINAL, stamp)
    yield made
    made.close()


@pytest.fixture
def file_size_limit() -> Iterator[Callable[[int], None]]:
    """The kernel refuses to let any file of this process grow beyond so many bytes; -1: as before."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (old[0] if size < 0 else size, old[1]))

    yield limit
    limit(-1)
