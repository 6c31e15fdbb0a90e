import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from central.centre import Centre
from central.platforms.opening import Ground
from central.province import building
from central.province.register import Register
from central.storage.database import Storage
from tests.central.helpers import Running, running
from tests.central.office import go_back
from tests.central.platforms.people import Clock

KEY = bytes(range(32))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of SQLite with the cast of the province: copied, for tables take longer to make than a test to run."""
    path = tmp_path_factory.mktemp("begun") / "central.db"
    storage = Storage(f"sqlite:///{path}")
    building.begin(storage, Register(storage, KEY))
    storage.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def ground(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Ground]:
    """What reference connectors stand on, on each engine in turn: the cast of the province."""
    if request.param == "sqlite":
        begun: Path = request.getfixturevalue("begun")
        yield from _laid(begun, tmp_path, clock)
        return
    url: str = request.getfixturevalue("postgres_url")
    go_back(url, {})
    storage = Storage(url)
    building.begin(storage, Register(storage, KEY))
    yield from _on(storage, tmp_path, clock)


@pytest.fixture(scope="module")
def firm_ground(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """The same for all tests of a file that change nothing."""
    yield from _laid(begun, tmp_path_factory.mktemp("ground"), Clock())


def _laid(begun: Path, folder: Path, clock: Clock) -> Iterator[Ground]:
    shutil.copy(begun, folder / "central.db")
    yield from _on(Storage(f"sqlite:///{folder / 'central.db'}"), folder, clock)


def _on(storage: Storage, folder: Path, clock: Clock) -> Iterator[Ground]:
    ground = Ground.lay(folder, storage, KEY, clock)
    yield ground
    ground.closing.set()
    storage.close()


@pytest.fixture(scope="module")
def platform_clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory, platform_clock: Clock) -> Iterator[Running]:
    """A centre with the cast, for all tests of a file; its platforms go by ``platform_clock``."""

    def adapt(centre: Centre) -> Centre:
        centre.platforms.closing()
        opened = type(centre.platforms).open(
            centre.settings.data, centre.storage, centre.secrets.storage_key, platform_clock
        )
        building.begin(centre.storage, opened.register)
        return replace(centre, platforms=opened)

    with running(tmp_path_factory.mktemp("central"), adapt=adapt) as made:
        yield made


@pytest.fixture(scope="module")
def terminal(province: Running) -> Iterator[httpx.Client]:
    with province.client() as made:
        yield made


@pytest.fixture(scope="module")
def phone(province: Running) -> Iterator[httpx.Client]:
    """Anybody's: no key, no cookies yet."""
    with province.anonymous() as made:
        yield made
