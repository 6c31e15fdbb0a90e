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
def ground_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database with the cast of the province, on each engine in turn."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("begun"), tmp_path / "central.db")
        return f"sqlite:///{tmp_path / 'central.db'}"
    url: str = request.getfixturevalue("postgres_url")
    go_back(url, {})
    storage = Storage(url)
    building.begin(storage, Register(storage, KEY))
    storage.close()
    return url


@pytest.fixture
def ground(ground_url: str, tmp_path: Path, clock: Clock) -> Iterator[Ground]:
    """What reference connectors stand on."""
    yield from _laid(ground_url, tmp_path, clock)


@pytest.fixture(scope="module")
def firm_ground(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """The same for all tests of a file that change nothing."""
    folder = tmp_path_factory.mktemp("ground")
    shutil.copy(begun, folder / "central.db")
    yield from _laid(f"sqlite:///{folder / 'central.db'}", folder, Clock())


def _laid(url: str, folder: Path, clock: Clock) -> Iterator[Ground]:
    ground = Ground.lay(folder, Storage(url), KEY, clock)
    yield ground
    ground.closing.set()
    ground.storage.close()


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
