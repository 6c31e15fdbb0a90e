"""A new key or a new file while others use the old one; and whoever is killed on the way."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from offline_queue import generations
from offline_queue.contract import QueueUnavailable
from offline_queue.database import Database
from offline_queue.keys import FixedKeys, choose_keys
from offline_queue.store import SqliteQueue
from tests.offline_queue.helpers import CANARY, KEY, NOW, TERMINAL, canary_matter, new_matter, stamp

ROOT = Path(__file__).parents[2]
WRITER = """
import sys
from pathlib import Path
from offline_queue.contract import NewMatter
from offline_queue.keys import choose_keys
from offline_queue.store import SqliteQueue
path = Path(sys.argv[1])
queue = SqliteQueue(path, choose_keys(path.with_name("key"), "file"), "GD440100")
for number in range(int(sys.argv[3])):
    queue.put(NewMatter(f"{sys.argv[2]}-{number}", "item", 1, {"n": number}), now=1790000000.0)
    print(number, flush=True)
"""
REKEY = """
import os, signal, sys
from pathlib import Path
from offline_queue import folder, generations
from offline_queue.database import Database
from offline_queue.keys import choose_keys
path, deadly = Path(sys.argv[1]), int(sys.argv[2])
steps = 0
def audit(event, arguments):
    global steps
    if event in {"open", "os.rename", "os.symlink", "os.link", "os.remove"}:
        steps += 1
        if steps == deadly:
            os.kill(os.getpid(), signal.SIGKILL)
database = Database(path, choose_keys(path.with_name("key"), "file"))
database.read("matters")
sys.addaudithook(audit)
getattr(database, sys.argv[3])()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "queue.db"


def keys(path: Path) -> Path:
    return path.with_name("key")


def opened(path: Path) -> SqliteQueue:
    return SqliteQueue(path, choose_keys(keys(path), "file"), TERMINAL, stamp)


def database(path: Path) -> Database:
    return Database(path, choose_keys(keys(path), "file"))


def run(script: str, *arguments: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


CHANGES: list[Callable[[Database], None]] = [Database.rekey, Database.compact]


@pytest.mark.parametrize("change", CHANGES)
def test_everything_is_in_the_new_file_and_the_old_one_is_gone(path: Path, change: Callable[[Database], None]) -> None:
    queue = opened(path)
    envelopes = [queue.put(new_matter(text="x" * size), now=NOW) for size in (10, 3000, 30_000)]
    for generation in (2, 3, 4):
        other = database(path)
        change(other)
        other.close()
        assert path.is_symlink()
        assert path.readlink() == Path(f"queue.db.g{generation}")
        assert [matter.envelope for matter in queue.matters()] == envelopes
        envelopes.append(queue.put(new_matter(), now=NOW))
    queue.close()
    assert sorted(file.name for file in path.parent.iterdir()) == [
        "key",
        "queue.db",
        "queue.db.epoch",
        "queue.db.g4",
        "queue.db.lock",
        "queue.db.turn",
    ]
    assert [matter.envelope for matter in opened(path).matters()] == envelopes


def test_old_key_opens_nothing_any_more(path: Path) -> None:
    queue = opened(path)
    queue.put(canary_matter(), now=NOW)
    queue.close()
    old = keys(path).read_bytes()
    changing = database(path)
    changing.rekey()
    changing.close()
    assert keys(path).read_bytes() != old
    with pytest.raises(QueueUnavailable, match="key"):
        Database(path, old).epoch()
    for file in path.parent.iterdir():
        assert CANARY.encode() not in file.read_bytes()


def test_compacting_gives_space_back(path: Path) -> None:
    queue = opened(path)
    queue.save_draft("s", bytes(500_000), now=NOW)
    queue.drop_draft()
    database(path).forget_log()
    before = path.stat().st_size
    shrinking = database(path)
    shrinking.compact()
    shrinking.close()
    assert before > 500_000 > path.stat().st_size
    queue.close()


def test_others_write_on_and_hear_of_nothing_while_the_key_changes(path: Path) -> None:
    opened(path).close()
    children = [run(WRITER, path, name, 150) for name in "abc"]
    changing = database(path)
    for child in children:
        assert child.stdout
        child.stdout.readline()
    for _ in range(5):
        changing.rekey()
    assert [child.communicate(timeout=60)[0].splitlines()[-1:] for child in children] == [["149"]] * 3
    assert [child.returncode for child in children] == [0] * 3
    changing.close()
    queue = opened(path)
    assert [matter.envelope.seq for matter in queue.matters()] == list(range(1, 451))
    assert queue.put(new_matter(), now=NOW).epoch == 1
    queue.close()


@pytest.mark.parametrize("change", ["rekey", "compact"])
def test_killed_at_any_step_the_queue_is_whole_under_one_key(path: Path, change: str) -> None:
    queue = opened(path)
    envelopes = [queue.put(new_matter(text="x" * 5000), now=NOW) for _ in range(3)]
    queue.close()
    killed, step = 0, 1
    while True:
        child = run(REKEY, path, step, change)
        child.communicate(timeout=60)
        if child.returncode == 0:
            break
        assert child.returncode == -signal.SIGKILL
        killed, step = killed + 1, step + 1
        queue = opened(path)
        assert queue.put(new_matter(), now=NOW).seq == 3 + killed
        assert [matter.envelope for matter in queue.matters()][:3] == envelopes
        assert database(path).check() == []
        queue.close()
        left = [file.name for file in path.parent.iterdir() if ".g" in file.name and "-" not in file.name]
        assert left == ([os.readlink(path)] if path.is_symlink() else [])  # noqa: PTH115
    assert killed > 8


def test_no_room_for_the_new_file_changes_nothing(path: Path, file_size_limit: Callable[[int], None]) -> None:
    queue = opened(path)
    envelopes = [queue.put(new_matter(text="x" * 5000), now=NOW) for _ in range(50)]
    changing = database(path)
    changing.forget_log()
    file_size_limit(100_000)
    with pytest.raises(QueueUnavailable, match=r"[Dd]isk"):
        changing.rekey()
    file_size_limit(-1)
    assert [matter.envelope for matter in queue.matters()] == envelopes
    assert not [file for file in path.parent.iterdir() if ".g" in file.name]
    changing.rekey()
    assert [matter.envelope for matter in queue.matters()] == envelopes


def test_lock_file_taken_away_with_all_the_rest(path: Path) -> None:
    first = Database(path, FixedKeys(KEY))
    assert first.epoch() == 1
    for file in path.parent.iterdir():
        file.unlink()
    assert first.epoch() == 1
    assert Database(path, FixedKeys(KEY)).epoch() == 1
    first.close()


def test_numbers_go_on_behind_whatever_is_there(path: Path) -> None:
    path.write_bytes(b"")
    path.with_name("queue.db.g7").write_bytes(b"")
    path.with_name("queue.db.g10-wal").write_bytes(b"")
    path.with_name("queue.database.g20").write_bytes(b"")
    assert generations.fresh(path).name == "queue.db.g8"
