"""Opening what may lie where the queue file should be, and telling what is wrong with it."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from offline_queue import faults
from offline_queue.contract import QueueUnavailable
from offline_queue.database import Database, migrations, open_encrypted
from offline_queue.incidents import this_machine
from offline_queue.keys import FixedKeys, choose_keys
from offline_queue.store import SqliteQueue
from tests.offline_queue.helpers import KEY, NOW, TERMINAL, new_matter, stamp

HERE = {"board": "b-1", "system": "s-1"}
THERE = {"board": "b-2", "system": "s-1"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "queue.db"


def database(path: Path, machine: dict[str, str] | None = None, epoch: int = 1) -> Database:
    return Database(path, KEY, epoch=epoch, machine=(lambda: machine) if machine else this_machine)


def filed(path: Path, count: int = 3) -> list[str]:
    queue = SqliteQueue(path, KEY, TERMINAL, stamp)
    ids = [queue.put(new_matter(), now=NOW).id for _ in range(count)]
    queue.close()
    return ids


def ids_in(path: Path) -> list[str]:
    queue = SqliteQueue(path, KEY, TERMINAL, stamp)
    ids = [matter.envelope.id for matter in queue.matters()]
    queue.close()
    return ids


def test_a_first_file_is_no_incident(path: Path) -> None:
    first = database(path)
    assert first.check() == []
    assert first.epoch() == 1
    assert first.verify().good
    first.close()
    assert database(path).check() == []
    assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_missing_file_is_noticed_by_whoever_opens_it(path: Path) -> None:
    filed(path)
    path.unlink()
    again = database(path)
    assert again.epoch() == 2
    assert [(one.kind, one.epoch, one.saved, one.file) for one in again.incidents()] == [("missing", 2, 0, "")]
    assert [one.kind for one in again.check()] == ["missing"]
    assert again.check() == []
    again.close()


def test_a_file_that_goes_missing_in_use(path: Path) -> None:
    queue = SqliteQueue(path, KEY, TERMINAL, stamp)
    first = queue.put(new_matter(), now=NOW)
    path.unlink()
    second = queue.put(new_matter(), now=NOW)
    assert (first.epoch, second.epoch) == (1, 2)
    assert first.reference != second.reference
    queue.close()


def test_an_emptied_file_is_set_aside(path: Path) -> None:
    filed(path)
    path.write_bytes(b"")
    with pytest.raises(faults.Damaged, match="empty"):
        database(path).epoch()
    checking = database(path)
    assert [one.kind for one in checking.check()] == ["damaged"]
    assert checking.epoch() == 2
    checking.close()


def test_an_empty_file_before_the_first_start_is_none(path: Path) -> None:
    path.parent.mkdir()
    path.touch(0o600)
    first = database(path)
    assert (first.check(), first.epoch()) == ([], 1)
    first.close()


def test_a_start_that_was_broken_off_before_there_was_a_file(path: Path) -> None:
    path.parent.mkdir()
    path.with_name("queue.db.epoch").write_text(json.dumps({"epoch": 0, "made": False}))
    first = database(path)
    assert (first.check(), first.epoch()) == ([], 1)
    first.close()


def test_a_backup_put_in_place_begins_a_new_epoch(path: Path, tmp_path: Path) -> None:
    ids = filed(path)
    shutil.copy(path, tmp_path / "backup")
    path.unlink()
    filed(path)
    shutil.copy(tmp_path / "backup", path)  # through the link, into the file that is there now
    restored = database(path)
    assert [(one.kind, one.epoch) for one in restored.check()] == [("restored", 3)]
    assert restored.check() == []
    restored.close()
    assert ids_in(path) == ids


def test_a_file_from_another_machine_begins_a_new_epoch(path: Path) -> None:
    database(path, HERE).epoch()
    cloned = database(path, THERE)
    assert cloned.epoch() == 2
    assert [one.kind for one in cloned.check()] == ["cloned"]
    assert cloned.check() == []
    cloned.close()
    assert database(path, THERE).check() == []


def test_a_user_who_may_read_less_of_the_machine_makes_no_new_epoch(path: Path) -> None:
    for machine in (HERE, {"system": "s-1"}, {"other": "x"}, HERE):
        using = database(path, machine)
        assert (using.check(), using.epoch()) == ([], 1)
        using.close()
    assert database(path, THERE).epoch() == 2


def test_the_centre_says_where_the_epochs_go_on(path: Path) -> None:
    enrolled = database(path, epoch=5)
    assert enrolled.epoch() == 5
    enrolled.begin_epoch(4)
    assert enrolled.epoch() == 5
    enrolled.begin_epoch(9)
    assert enrolled.epoch() == 9
    enrolled.close()
    path.unlink()
    later = database(path)
    assert later.epoch() == 10
    later.close()


@pytest.mark.parametrize("sidecar", [b"", b"{}", b"[1]", b"\xff", b'{"epoch": "x", "made": true}'])
def test_a_damaged_note_of_the_epoch(path: Path, sidecar: bytes) -> None:
    ids = filed(path)
    note = path.with_name("queue.db.epoch")
    note.write_bytes(sidecar)
    again = database(path)
    assert (again.check(), again.epoch()) == ([], 1)
    again.close()
    assert ids_in(path) == ids
    assert json.loads(note.read_bytes()) == {"epoch": 1, "made": True}
    path.unlink()
    note.write_bytes(sidecar)
    assert [one.kind for one in database(path).check()] == ["missing"]


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
    ids = filed(path)
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
    filed(path)
    path.chmod(mode)
    with pytest.raises(QueueUnavailable, match="owner"):
        filed(path)


def test_no_room_at_any_write_of_a_first_start(path: Path, file_size_limit: Callable[[int], None]) -> None:
    for limit in (0, 10, 3000, 5000, 20_000, 60_000):
        file_size_limit(limit)
        with pytest.raises(QueueUnavailable, match=r"[Dd]isk"):
            database(path).epoch()
        file_size_limit(-1)
    assert (database(path).check(), ids_in(path)) == ([], [])


def test_key_that_is_not_the_first_candidate(path: Path) -> None:
    ids = filed(path)
    keys = FixedKeys(bytes(32), KEY)
    using = Database(path, keys)
    assert using.read("matters")[0]["count"] == len(ids)
    assert keys.candidates() == (KEY,)
    using.close()


def test_who_wrote_since(path: Path) -> None:
    here, other = database(path), database(path)

    def version(of: Database) -> tuple[int, int]:
        with of.transaction() as transaction:
            return transaction.version()

    first = version(here)
    with here.transaction() as transaction:
        transaction.run("end_effect", action_id="a", outcome="printed")
    assert version(here) == first
    with other.transaction() as transaction:
        transaction.run("end_effect", action_id="b", outcome="printed")
    second = version(here)
    assert second != first
    other.compact()
    assert version(here) != second
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
    filed(path, 6)
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
    filed(path, 60)
    content = bytearray(path.read_bytes())
    content[-2000] ^= 1
    path.write_bytes(content)
    using = database(path)
    found = using.verify()
    assert found.key_fits
    assert found.problems
    using.close()
    assert path.read_bytes() == content
