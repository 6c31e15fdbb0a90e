"""When a worker should be sent requests, on both databases."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from central.observe.readiness import ROOM, Readiness
from central.storage import engine
from central.storage.database import Storage
from central.storage.errors import StorageUnavailable
from tests.central.helpers import Running, is_problem, running


@pytest.fixture
def storage(database_url: str) -> Iterator[Storage]:
    made = Storage(database_url)
    yield made
    made.close()


def test_a_sound_one_is_ready_until_it_is_about_to_end(storage: Storage, tmp_path: Path) -> None:
    readiness = Readiness(storage, tmp_path, lambda _: ROOM)
    assert readiness.flaws() == []
    readiness.drain()
    assert readiness.flaws() == ["it is about to end"]


def test_without_room_it_is_not(storage: Storage, tmp_path: Path) -> None:
    def broken(_: Path) -> int:
        raise OSError

    assert Readiness(storage, tmp_path, lambda _: ROOM - 1).flaws() == ["the disk is nearly full"]
    assert Readiness(storage, tmp_path, broken).flaws() == ["the disk does not answer"]
    assert Readiness(storage, tmp_path).flaws() == [], "by what this disk really has"


@contextmanager
def _tables_of(url: str, versions: Sequence[str]) -> Generator[None]:
    made = sa.create_engine(url, poolclass=sa.NullPool)
    with made.connect() as connection:
        before = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalars().all()
    _write_versions(made, versions)
    try:
        yield
    finally:
        _write_versions(made, before)


@pytest.mark.parametrize(("versions", "is_ready"), [(["0001"], False), ([], False), (["of-a-newer-program"], True)])
def test_tables_may_be_newer_than_the_program_but_not_older(
    storage: Storage, database_url: str, tmp_path: Path, versions: list[str], is_ready: bool
) -> None:
    readiness = Readiness(storage, tmp_path, lambda _: ROOM)
    with _tables_of(database_url, versions):
        assert (readiness.flaws() == []) is is_ready
    assert readiness.flaws() == []


def test_a_worker_that_died_while_others_were_renewed_starts_anew(storage: Storage, database_url: str) -> None:
    with _tables_of(database_url, ["of-a-newer-program"]):
        anew = Storage(database_url)
        assert anew.is_ready()
        anew.close()
    assert storage.is_ready()


def _write_versions(made: sa.Engine, versions: Sequence[str]) -> None:
    with made.begin() as connection:
        connection.execute(sa.text("DELETE FROM alembic_version"))
        for one in versions:
            connection.execute(sa.text("INSERT INTO alembic_version VALUES (:one)"), {"one": one})


def test_a_database_that_only_reads_or_is_gone_is_said(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readiness = Readiness(storage, tmp_path, lambda _: ROOM)

    def standby(_: object) -> bool:
        return False

    with monkeypatch.context() as patch:
        patch.setattr(engine, "takes_writes", standby)
        assert "only reads" in readiness.flaws()[0]

    def gone(_: object) -> bool:
        raise StorageUnavailable

    monkeypatch.setattr(engine, "takes_writes", gone)
    assert readiness.flaws() == ["the database does not answer"]


def test_connections_in_use_are_counted(storage: Storage) -> None:
    steps: list[int] = []
    storage.count_connections(steps.append)
    with storage.reading():
        assert sum(steps) == 1
    assert sum(steps) == 0


def test_whoever_asks_is_told_and_life_goes_on(shared: Running) -> None:
    with shared.anonymous() as client:
        assert client.get("/v1/ready").json() == {"status": "ready"}


def test_before_it_ends_it_says_so_and_answers(tmp_path: Path) -> None:
    with running(tmp_path) as centre, centre.anonymous() as client:
        centre.centre.watch.readiness.drain()
        refused = client.get("/v1/ready")
        assert is_problem(refused, 503)
        assert "about to end" in refused.json()["detail"]
        assert client.get("/v1/health").status_code == 200
        assert centre.enrolled()
