"""A queue, a centre and a catalogue for the sync process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.catalogue.cache import CatalogueCache
from offline_queue.store import SqliteQueue
from tests.central.helpers import Running, running
from tests.offline_queue.helpers import KEY, TERMINAL, stamp
from tests.sync.helpers import cache_for


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[SqliteQueue]:
    made = SqliteQueue(tmp_path / "queue.db", KEY, TERMINAL, stamp)
    yield made
    made.close()


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    return tmp_path / "run"


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path / "central") as made:
        yield made


@pytest.fixture
def cache(tmp_path: Path, centre: Running) -> CatalogueCache:
    return cache_for(tmp_path, centre.data)
