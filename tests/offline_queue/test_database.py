"""Opening what may lie where the queue file should be, and telling what is wrong with it."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from offline_queue import faults
from offline_queue.contract import QueueUnavailable
from offline_queue.database import Database, migrations, open_encrypted
from offline_queue.keys import FixedKeys, choose_keys
from offline_queue.store import SqliteQueue
from tests.offline_queue.helpers import KEY, NOW, TERMINAL, filed_in, ids_in, new_matter, stamp


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "queue.db"


def database(path: Path) -> Database:
    return Database(path, KEY)


def test_without_its_key_the_file_is_left_alone(path: Path) -> None:
    keys = path.with_name("key")
    SqliteQueue(path, choose_keys(keys, "file"), TERMINAL, stamp).put(new_matter(), now=NOW)
    keys.unlink()
    for use in (Database.epoch, Database.check, Database.rekey):
        with pytest.raises(faults.KeyLost, match="bring the key back"):
            use(Database(path, choose_keys(keys, "file")))
    assert not Database(path, choose_keys(keys, "file")).verify().key_fits
    assert not keys.exists()


@pytest.mark.parametrize("content", [b"SQLite format 3\0" + bytes(5000), b"no database" * 1000, b"x", b"\n" * 4096])
def test_something_else_under_the_name_is_left_alone(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    for use in (Database.epoch, Database.check):
        with pytest.raises(faults.WrongKey, match="no queue file"):
            use(database(path))
    assert path.read_bytes() == content
    assert not list(path.parent.glob("*.g*"))


def test_a_newer_program_was_here(path: Path) -> None:
    path.parent.mkdir()
    open_encrypted(path, KEY, [*migrations(), "CREATE TABLE later (a)"]).close()
    before = path.read_bytes()
    for use in (Database.epoch, Database.check):
        with pytest.raises(faults.Newer, match="newer"):
            use(database(path))
    assert path.read_bytes() == before


def test_log_of_another_file(path: Path, tmp_path: Path) -> None:
    ids = filed_in(path)
    other = tmp_path / "other.db"
    queue = SqliteQueue(other, KEY[::-1], TERMINAL, stamp)
    for _ in range(5):
        queue.put(new_matter(), now=NOW)
    shutil.copy(f"{other}-wal", f"{path}-wal")
    queue.close()
    checking = database(path)
    checking.check()
    checking.close()
    assert ids_in(path) == ids


def test_log_that_is_missing(path: Path) -> None:
    queue = SqliteQueue(path, KEY, TERMINAL, stamp)
    queue.put(new_matter(), now=NOW)
    main = path.read_bytes()
    queue.close()
    path.write_bytes(main)
    assert database(path).check() == []


def test_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(faults.CannotOpen):
        database(tmp_path / "file" / "queue.db").epoch()


def test_name_that_is_a_folder(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(QueueUnavailable):
        database(path).epoch()
    assert path.is_dir()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
@pytest.mark.parametrize("mode", [0o000, 0o400])
def test_file_of_somebody_else(path: Path, mode: int) -> None:
    filed_in(path)
    path.chmod(mode)
    with pytest.raises(QueueUnavailable, match="owner"):
        filed_in(path)


def test_no_room_at_any_write_of_a_first_start(path: Path, file_size_limit: Callable[[int], None]) -> None:
    for limit in (0, 10, 3000, 5000, 20_000, 60_000):
        file_size_limit(limit)
        with pytest.raises(QueueUnavailable, match=r"[Dd]isk"):
            database(path).epoch()
        file_size_limit(-1)
    assert (database(path).check(), ids_in(path)) == ([], [])


def test_key_that_is_not_the_first_candidate(path: Path) -> None:
    ids = filed_in(path)
    keys = FixedKeys(bytes(32), KEY)
    using = Database(path, keys)
    assert using.read("matters")[0]["count"] == len(ids)
    assert keys.candidates() == (KEY,)
    using.close()


def test_who_wrote_since(path: Path) -> None:
    here, other = database(path), database(path)

    def version(of: Database) -> tuple[object, ...]:
        with of.transaction() as transaction:
            return transaction.version()

    versions = [version(here)]
    assert version(here) == versions[0]
    for writer in (here, other):
        with writer.transaction() as transaction:
            transaction.run("end_effect", action_id=f"effect {len(versions)}", outcome="printed")
            at_the_end = transaction.version()
        versions.append(version(here))
        assert writer is other or versions[-1] == at_the_end
    other.compact()
    versions.append(version(here))
    assert len(set(versions)) == 4
    here.close()
    other.close()


def test_a_transaction_is_all_or_nothing_and_can_be_read_in(path: Path) -> None:
    using = database(path)

    def broken_off() -> None:
        with using.transaction() as transaction:
            transaction.run("end_effect", action_id="a", outcome="printed")
            assert using.read("effect", action_id="a") == [{"outcome": "printed"}]
            raise KeyError("a")

    with pytest.raises(KeyError):
        broken_off()
    assert using.read("effect", action_id="a") == []
    using.rekey()
    assert using.read("effect", action_id="a") == []
    using.close()


def test_verify_finds_what_was_changed_with_the_key_in_hand(path: Path) -> None:
    filed_in(path, 6)
    queue = SqliteQueue(path, KEY, TERMINAL, stamp)
    assert queue.verify().good
    assert queue.verify().matters == 6
    connection = open_encrypted(path, KEY)
    connection.execute("UPDATE matter SET item = 'another' WHERE seq = 2")
    assert queue.verify().broken == ("1/2",)
    connection.execute("DELETE FROM matter WHERE seq = 5")
    connection.execute("UPDATE matter SET previous = digest WHERE seq = 4")
    assert queue.verify().broken == ("1/2", "1/4")
    connection.close()
    queue.close()


def test_verify_changes_nothing_in_a_damaged_file(path: Path) -> None:
    filed_in(path, 60)
    content = bytearray(path.read_bytes())
    content[-2000] ^= 1
    path.write_bytes(content)
    using = database(path)
    found = using.verify()
    assert found.key_fits
    assert found.problems
    using.close()
    assert path.read_bytes() == content
