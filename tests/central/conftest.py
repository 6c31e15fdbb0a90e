from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from central.storage.database import Storage
from tests.central.helpers import Running, running
from tests.central.office import Office, go_back, office
from tests.central.pooler import PROGRAM, Pooler, pooler
from tests.central.postgres import Cluster, cluster, programs


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


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """One for each process of the tests."""
    if programs() is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    with cluster() as made:
        yield made


@pytest.fixture(scope="session")
def postgres_url(postgres: Cluster) -> str:
    """A database with tables; whoever uses it empties it first."""
    url = postgres.create("central")
    Storage(url).close()
    return url


@pytest.fixture(scope="session")
def pgbouncer(postgres: Cluster) -> Iterator[Pooler]:
    """Before the cluster of this process."""
    if PROGRAM is None:
        pytest.skip("PgBouncer is not installed: apt-get install pgbouncer")
    with pooler(postgres) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of an empty one, on each engine in turn; ``pgbouncer`` for PostgreSQL behind a pooler."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'central.db'}"
    url: str = request.getfixturevalue("postgres_url")
    go_back(url, {})
    if request.param == "pgbouncer":
        pool: Pooler = request.getfixturevalue("pgbouncer")
        return pool.url("central")
    return url


@pytest.fixture
def counter(database_url: str) -> Iterator[Office]:
    """Where matters are handed in."""
    with office(database_url) as made:
        yield made
