from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.central.helpers import Running, running


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path / "central") as made:
        yield made


@pytest.fixture
def client(centre: Running) -> Iterator[httpx.Client]:
    with centre.client() as made:
        yield made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A centre for all tests of a file."""
    with running(tmp_path_factory.mktemp("central")) as made:
        yield made


@pytest.fixture(scope="module")
def shared_client(shared: Running) -> Iterator[httpx.Client]:
    with shared.client() as made:
        yield made
