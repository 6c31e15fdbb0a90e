"""The tables on both databases: how they come to be, what holds them up, and what is said when they are gone."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from central.storage.database import Storage, Transaction
from central.storage.engine import open_engine
from central.storage.errors import BadDatabaseUrl, NoBackupHere, StorageUnavailable
from central.storage.matters import StoredMatter
from central.storage.tables import metadata
from tests.central.helpers import TERMINAL, proof
from tests.central.office import Office, everything, office
from tests.central.older import as_of
from tests.central.postgres import Cluster
from tests.waiting import eventually


def test_the_migrations_make_exactly_the_tables_of_the_program(counter: Office) -> None:
    with sa.create_engine(counter.url, poolclass=sa.NullPool).connect() as connection:
        options = {"compare_type": True, "include_name": _is_no_partition}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
        inspector = sa.inspect(connection)
        for table in metadata.sorted_tables:
            checks = {str(one.name) for one in table.constraints if isinstance(one, sa.CheckConstraint)}
            assert {one["name"] for one in inspector.get_check_constraints(table.name)} == checks


def _is_no_partition(name: str | None, kind: str, _parents: object) -> bool:
    return not (kind == "table" and name and (name == "alembic_version" or name[-2:].isdigit()))


def test_matters_and_receipts_are_spread_by_terminal(postgres_url: str) -> None:
    with office(postgres_url) as counter:
        parts = counter.rows("SELECT partrelid::regclass::text, partstrat::text FROM pg_partitioned_table")
    assert {("matter", "h"), ("batch", "h")} <= set(parts)


def test_workers_that_start_at_once_make_the_tables_once(new_url: str) -> None:
    barrier = threading.Barrier(4, timeout=20)

    def start(_number: int) -> None:
        barrier.wait()
        Storage(new_url).close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(4)))
    with office(new_url) as counter:
        assert counter.hand_in(proof(1))[0]["outcome"] == "filed"


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new.db'}"
    cluster: Cluster = request.getfixturevalue("postgres")
    return cluster.create(f"new_{time.monotonic_ns()}")


FIRST_SCHEMA = Path(__file__).with_name("first_schema.sql")


def test_a_database_of_the_first_schema_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "central.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FIRST_SCHEMA.read_text(encoding="utf-8"))
    with office(f"sqlite:///{path}") as counter, counter.storage.reading() as transaction:
        filed = transaction.matters.look_up("44-20260922-000001-2")
        refused = transaction.matters.find(TERMINAL, ["id-2"])["id-2"]
        (first,) = transaction.receipts.batches(TERMINAL)
        settled = transaction.terminals.settled(TERMINAL, 1)
        epoch = transaction.terminals.epoch(TERMINAL)
    assert filed is not None
    assert (filed.id, filed.place, filed.reference, filed.payload) == ("id-1", (1, 1), "GD440100-000001-9", b"p")
    assert (filed.clock_trusted, filed.remedy, filed.stars) == (True, "{}", 4)
    assert (refused.state, refused.rule, refused.number) == ("refused", "unknown_item", None)
    assert refused.remedy == '{"zh-Hans":"请到人工窗口办理。","zh-Hant":"请到人工窗口办理。","en":"请到人工窗口办理。"}'
    assert [(one.id, one.digest, one.outcome) for one in first.receipts] == [
        ("id-1", "d1", "filed"),
        ("id-1", "d1", "filed"),
        ("id-2", "d2", "unknown_item"),
    ]
    assert (settled, epoch) == (2, 1)
    with office(f"sqlite:///{path}") as counter:
        (answer,) = counter.hand_in(proof(3))
    assert answer["number"][:18] == "44-20260922-000002"


def test_receipts_that_had_rows_of_their_own_stand_with_their_batch_in_their_order(new_url: str) -> None:
    batch = "INSERT INTO batch VALUES (:name, :batch, :batch + 0.5, 'gm', 'key', '', NULL)"
    receipt = "INSERT INTO receipt VALUES (:name, 1, :at, 'id \"' || :at, 'd' || :at, 'filed')"
    with as_of(new_url, "0002") as connection:
        rows = [{"name": name, "batch": number} for name, number in ((TERMINAL, 1), (TERMINAL, 2), ("GD440200", 1))]
        connection.execute(sa.text(batch), rows)
        answers = [{"name": name, "at": at} for name in (TERMINAL, "GD440200") for at in (11, 2, 0)]
        connection.execute(sa.text(receipt), answers)
    with office(new_url) as counter, counter.storage.reading() as transaction:
        first, second = transaction.receipts.batches(TERMINAL)
        (other,) = transaction.receipts.batches("GD440200")
    assert [tuple(one) for one in first.receipts] == [(f'id "{at}', f"d{at}", "filed") for at in (0, 2, 11)]
    assert (first.received_at, first.suite, first.key_id, first.clock_offset) == (1.5, "gm", "key", None)
    assert (second.batch, second.receipts) == (2, [])
    assert other.receipts == first.receipts


def test_a_key_of_before_belongs_to_the_epoch_of_its_terminal(new_url: str) -> None:
    with as_of(new_url, "0001") as connection:
        for name, epoch in (("GD440100", 3), ("GD440200", 1)):
            values = {"name": name, "epoch": epoch}
            row = "INSERT INTO terminal (terminal, epoch, batches) VALUES (:name, :epoch, 0)"
            connection.execute(sa.text(row), values)
            key = "INSERT INTO terminal_key VALUES (:name, :name, 'gm', '', '', 0, 0, NULL)"
            connection.execute(sa.text(key), values)
    with office(new_url) as counter, counter.storage.reading() as transaction:
        for name, epoch in (("GD440100", 3), ("GD440200", 1)):
            assert [key.epoch for key in transaction.terminals.keys(name)] == [epoch]


@pytest.mark.parametrize(
    "url", ["", "nonsense", "sqlite://", "mysql://localhost/x", "postgresql+psycopg://localhost", "postgresql://h/x"]
)
def test_an_address_that_is_none_is_said_so(url: str) -> None:
    with pytest.raises(BadDatabaseUrl):
        open_engine(url)


def test_a_bad_address_does_not_tell_the_password() -> None:
    with pytest.raises(BadDatabaseUrl) as caught:
        open_engine("mysql://user:secret@host/name")
    assert "secret" not in str(caught.value)


def test_sqlite_is_set_to_survive_a_power_cut_and_to_forget(tmp_path: Path) -> None:
    with open_engine(f"sqlite:///{tmp_path / 'central.db'}").connect() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "secure_delete")
        ]
    assert found == ["wal", 2, 1]


# --- when it is gone -----------------------------------------------------------------------------------------------


def test_a_server_that_is_gone_is_unavailable_until_it_is_back(postgres_url: str, postgres: Cluster) -> None:
    with office(postgres_url) as counter:
        counter.hand_in(proof(1))
        _end_sessions(postgres)
        with pytest.raises(StorageUnavailable):
            counter.hand_in(proof(2))
        assert counter.hand_in(proof(2))[0]["outcome"] == "filed"


def _end_sessions(postgres: Cluster) -> None:
    with postgres.connect() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'central'"
        )


def test_a_server_nobody_runs_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable):
        Storage(f"postgresql+psycopg://postgres@/central?host={tmp_path}")


def test_a_full_disk_is_unavailable_and_loses_nothing(tmp_path: Path) -> None:
    with office(f"sqlite:///{tmp_path / 'central.db'}") as counter:
        first = counter.hand_in(envelope := proof(1))
        _limit(counter, _pages(counter))
        with pytest.raises(StorageUnavailable):
            counter.hand_in(*(proof(seq) for seq in range(2, 90)))
        _limit(counter, 1_000_000)
        assert counter.hand_in(envelope) == first
        assert counter.rows("SELECT count(*) FROM matter") == [(1,)]


def _pages(counter: Office) -> int:
    return counter.rows("PRAGMA page_count")[0][0]


def _limit(counter: Office, pages: int) -> None:
    """What SQLite raises at its limit of pages is what it raises on a full disk: SQLITE_FULL."""
    engine: sa.Engine = vars(counter.storage)["_engine"]  # the limit is that of the connection
    with engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}").close()


def test_a_damaged_file_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "central.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(StorageUnavailable):
        Storage(f"sqlite:///{tmp_path / 'central.db'}")


# --- a standby that does not answer --------------------------------------------------------------------------------


@pytest.fixture
def without_standby(postgres: Cluster, database_url: str) -> Iterator[str]:
    """The URL of a database whose commits wait for a standby that there is not."""
    _configure(postgres, "nobody", "on")
    with postgres.connect() as connection:
        # the settings of a database are those of new sessions, and a pooler keeps old ones
        connection.execute("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = 'central'")
    yield database_url
    _configure(postgres, "", "off")


@pytest.mark.parametrize("database_url", ["postgresql", "pgbouncer"], indirect=True)
def test_a_repeat_is_not_answered_before_the_standby_has_the_first(without_standby: str, postgres: Cluster) -> None:
    """PostgreSQL says that a commit whose wait was cancelled succeeded, and answers a repeat that writes nothing at
    once: either would be lost when the standby takes over."""
    envelope = proof(1)
    with office(without_standby) as counter, ThreadPoolExecutor(1) as pool:
        first = pool.submit(counter.hand_in, envelope)
        with postgres.connect() as connection:
            connection.execute("SELECT pg_cancel_backend(%s)", (eventually(lambda: _waiting(postgres)),))
        with pytest.raises(StorageUnavailable):
            first.result(timeout=20)
        repeat = pool.submit(counter.hand_in, envelope)
        eventually(lambda: _waiting(postgres))
        assert not repeat.done()
        _configure(postgres, "", "off")
        assert repeat.result(timeout=20)[0]["outcome"] == "filed"


def _configure(postgres: Cluster, standby: str, synchronous: str) -> None:
    with postgres.connect() as connection:
        connection.execute(f"ALTER DATABASE central SET synchronous_commit = {synchronous}".encode())
        connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{standby}'".encode())
        connection.execute("SELECT pg_reload_conf()")


def _waiting(postgres: Cluster) -> int | None:
    """The session that waits for a standby."""
    with postgres.connect() as connection:
        row = connection.execute("SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'").fetchone()
    return row[0] if row else None


# --- backup --------------------------------------------------------------------------------------------------------


def test_a_copy_is_whole_and_taken_while_others_write(tmp_path: Path) -> None:
    target = tmp_path / "backup.db"
    with office(f"sqlite:///{tmp_path / 'central.db'}") as counter:
        counter.hand_in(*(proof(seq) for seq in range(1, 20)))
        then = everything(counter.url)
        counter.storage.backup(target)
        counter.hand_in(proof(20))
    assert everything(f"sqlite:///{target}") == then
    assert target.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.glob("*backup*")] == ["backup.db"]


def test_a_copy_replaces_nothing(tmp_path: Path) -> None:
    target = tmp_path / "backup.db"
    target.write_bytes(b"yesterday")
    with office(f"sqlite:///{tmp_path / 'central.db'}") as counter, pytest.raises(FileExistsError):
        counter.storage.backup(target)
    assert target.read_bytes() == b"yesterday"
    assert {path.name for path in tmp_path.glob("*backup*")} == {"backup.db"}


def test_postgresql_has_tools_of_its_own_for_backups(postgres_url: str, tmp_path: Path) -> None:
    with office(postgres_url) as counter, pytest.raises(NoBackupHere):
        counter.storage.backup(tmp_path / "backup")
    assert list(tmp_path.iterdir()) == []


def test_what_is_near_a_batch_is_found_without_reading_all_the_terminal_ever_filed(postgres_url: str) -> None:
    """Before PostgreSQL has gathered statistics, too: a backlog is quicker than autovacuum."""
    filed = [_filed(seq) for seq in range(1, 3001)]
    with closing(Storage(postgres_url)) as storage, storage.transaction() as transaction:
        transaction.matters.add(filed)
        before = _rows_read(transaction)
        ids = {filed[0].id, *(f"unknown-{number}" for number in range(99))}
        near = transaction.matters.near(TERMINAL, ids, {(1, seq) for seq in range(2999, 3100)})
        assert {one.seq for one in near} == {1, 2999, 3000}
        assert _rows_read(transaction) - before == len(near)


def _filed(seq: int) -> StoredMatter:
    clocks: dict[str, Any] = {"created_wall": 0.0, "created_monotonic": 0.0, "boot_id": "boot", "clock_trusted": True}
    kind: dict[str, Any] = {"suite": "standard", "case_key": "case", "item": "trial", "item_version": 1}
    content: dict[str, Any] = {"received_at": 0.0, "state": "filed", "payload": bytes(1500)}
    return StoredMatter(TERMINAL, f"matter-{seq}", 1, seq, digest="", previous="", **kind, **clocks, **content)


def _rows_read(transaction: Transaction) -> int:
    connection: sa.Connection = vars(transaction.matters)["_connection"]
    read = "SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_xact_user_tables WHERE relname LIKE 'matter_%'"
    return int(connection.execute(sa.text(read)).scalar_one())
