"""What befell a queue file, and the epoch it goes on in."""

import json
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

from offline_queue import faults, keeper
from offline_queue.connection import Connection
from offline_queue.database import Database
from offline_queue.incidents import this_machine
from offline_queue.store import SqliteQueue
from tests.offline_queue.helpers import KEY, NOW, TERMINAL, filed_in, ids_in, new_matter, stamp

HERE = {"board": "b-1", "system": "s-1"}
THERE = {"board": "b-2", "system": "s-1"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "queue.db"


def database(path: Path, machine: dict[str, str] | None = None, epoch: int = 1) -> Database:
    return Database(path, KEY, epoch=epoch, machine=(lambda: machine) if machine else this_machine)


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
    filed_in(path)
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
    filed_in(path)
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
    ids = filed_in(path)
    shutil.copy(path, tmp_path / "backup")
    path.unlink()
    filed_in(path)
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


def test_a_new_epoch_that_was_broken_off_is_no_incident_and_its_number_is_used_up(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrolled = database(path)
    assert enrolled.epoch() == 1
    with monkeypatch.context() as patch:
        patch.setattr(keeper, "all_or_nothing", power_cut)
        with pytest.raises(PowerCut):
            enrolled.begin_epoch(4)
    enrolled.close()
    later = database(path)
    assert (later.check(), later.epoch()) == ([], 5)
    later.close()
    assert (database(path).check(), database(path).epoch()) == ([], 5)


class PowerCut(BaseException):
    pass


def power_cut(connection: Connection) -> NoReturn:
    raise PowerCut


ENDLESS, HUGE = b'{"epoch": Infinity, "made": true}', b'{"epoch": 9e9, "made": true}'


@pytest.mark.parametrize("sidecar", [b"", b"{}", b"[1]", b"\xff", b'{"epoch": "x", "made": true}', ENDLESS, HUGE])
def test_a_damaged_note_of_the_epoch(path: Path, sidecar: bytes) -> None:
    ids = filed_in(path)
    note = path.with_name("queue.db.epoch")
    note.write_bytes(sidecar)
    again = database(path)
    assert (again.check(), again.epoch()) == ([], 1)
    again.close()
    assert ids_in(path) == ids
    assert json.loads(note.read_bytes()) == {"epoch": 1, "made": True, "borne": True}
    path.unlink()
    note.write_bytes(sidecar)
    assert [one.kind for one in database(path).check()] == ["missing"]
