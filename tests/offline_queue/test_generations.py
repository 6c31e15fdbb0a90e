"""A new key or a new file while others use the old one; and whoever is killed on the way."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from offline_queue import generations, pages
from offline_queue.contract import QueueUnavailable
from offline_queue.database import Database
from offline_queue.keys import FixedKeys, choose_keys
from offline_queue.store import SqliteQueue
from tests.offline_queue.helpers import CANARY, KEY, NOW, TERMINAL, canary_matter, new_matter, stamp
from tests.waiting import eventually

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
KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from offline_queue.database import Database
from offline_queue.keys import choose_keys
template, folder, method, opened = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4] == "True"
STEPS = {"open", "os.rename", "os.symlink", "os.link", "os.remove", "os.mkdir"}
def play(path, deadly):
    steps = 0
    def audit(event, arguments):
        nonlocal steps
        if event in STEPS:
            steps += 1
            if steps == deadly:
                os.kill(os.getpid(), signal.SIGKILL)
    database = Database(path, choose_keys(path.with_name("key"), "file"))
    if opened:
        database.read("matters")
    sys.addaudithook(audit)
    getattr(database, method)()
    os._exit(0)
step, status = 0, -1
while status != 0:
    step += 1
    shutil.copytree(template, folder / str(step))
    child = os.fork()
    if child == 0:
        play(folder / str(step) / "queue.db", step)
    status = os.waitpid(child, 0)[1]
    assert status in (0, signal.SIGKILL), status
print(step)
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
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)


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
    queue = opened(path)
    queue.counts()
    children = [run(WRITER, path, name, 150) for name in "abc"]
    changing = database(path)

    def all_write() -> bool:
        return {matter.envelope.id[0] for matter in queue.matters()} == set("abc")

    eventually(lambda: all_write() or any(child.poll() for child in children), "a matter of each")
    for _ in range(5):
        changing.rekey()
    assert [child.communicate(timeout=60)[0].splitlines()[-1:] for child in children] == [["149"]] * 3
    assert [child.returncode for child in children] == [0] * 3
    changing.close()
    assert [matter.envelope.seq for matter in queue.matters()] == list(range(1, 451))
    assert queue.put(new_matter(), now=NOW).epoch == 1
    queue.close()


def killed_at_each_step(template: Path, folder: Path, method: str, *, opened: bool) -> list[Path]:
    """A copy of the queue for each step at which ``method`` was killed; in the last one it came to its end."""
    output, _ = run(KILLED, template, folder, method, opened).communicate(timeout=100)
    return [folder / str(step + 1) / "queue.db" for step in range(int(output))]


@pytest.mark.parametrize("change", ["rekey", "compact"])
def test_killed_at_any_step_the_queue_is_whole_under_one_key(tmp_path: Path, change: str) -> None:
    template = tmp_path / "template" / "queue.db"
    queue = opened(template)
    envelopes = [queue.put(new_matter(text="x" * 5000), now=NOW) for _ in range(3)]
    queue.close()
    results = killed_at_each_step(template.parent, tmp_path, change, opened=True)
    assert len(results) > 8
    for path in results:
        queue = opened(path)
        assert [matter.envelope for matter in queue.matters()] == envelopes
        assert queue.put(new_matter(), now=NOW).seq == 4
        assert database(path).check() == []
        queue.close()
        left = [file.name for file in path.parent.iterdir() if ".g" in file.name and "-" not in file.name]
        assert left == ([path.readlink().name] if path.is_symlink() else [])
        again = database(path)
        again.rekey()
        again.close()
        assert len(choose_keys(keys(path), "file").candidates()) == 1


def test_killed_at_any_step_of_a_first_start_there_is_no_incident(tmp_path: Path) -> None:
    (tmp_path / "template").mkdir()
    results = killed_at_each_step(tmp_path / "template", tmp_path, "epoch", opened=False)
    assert len(results) > 8
    for path in results:
        first = database(path)
        assert (first.check(), first.epoch()) == ([], 1)
        first.close()


def test_killed_at_any_step_of_a_salvage_it_is_done_the_next_time(tmp_path: Path) -> None:
    template = tmp_path / "template" / "queue.db"
    queue = opened(template)
    envelopes = [queue.put(new_matter(text="x" * 2000), now=NOW) for _ in range(5)]
    queue.close()
    with template.open("r+b") as file:
        file.write(bytes(pages.PAGE))
    results = killed_at_each_step(template.parent, tmp_path, "check", opened=False)
    assert len(results) > 15
    for path in results:
        mended = database(path)
        mended.check()
        incidents = mended.incidents()
        assert [(one.kind, one.saved, one.lost) for one in incidents] == [("damaged", 5, 0)]
        assert incidents[0].epoch == mended.epoch() > 1
        assert path.with_name(incidents[0].file).read_bytes() == template.read_bytes()
        mended.close()
        queue = opened(path)
        assert [matter.envelope for matter in queue.matters()] == envelopes
        queue.close()


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
