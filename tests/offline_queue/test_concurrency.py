"""Processes and threads at once: one sequence, one effect each, and "database is locked" reaches nobody."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from offline_queue import envelope as wire
from offline_queue.contract import MatterState, QueueFull, Quota
from offline_queue.store import SqliteQueue
from tests.offline_queue.helpers import KEY, NOW, TERMINAL, new_matter, stamp

ROOT = Path(__file__).parents[2]
WRITER = """
import sys, threading
from pathlib import Path
from offline_queue.contract import NewMatter
from offline_queue.store import SqliteQueue
path, name = Path(sys.argv[1]), sys.argv[2]
queue = SqliteQueue(path, bytes(range(32)), "GD440100")
done = []
def write(thread):
    for number in range(15):
        matter_id = f"{name}-{thread}-{number}"
        done.append(queue.put(NewMatter(matter_id, "item", 1, {"n": number}, case=f"case-{number % 3}"), now=1.0).id)
threads = [threading.Thread(target=write, args=(thread,)) for thread in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
queue.close()
print(*done)
"""
SENDER = """
import sys
from pathlib import Path
from offline_queue.contract import Answer, MatterState, Outcome
from offline_queue.store import SqliteQueue
queue = SqliteQueue(Path(sys.argv[1]), bytes(range(32)), "GD440100")
left = int(sys.argv[2])
while left:
    claimed = queue.claim(7, now=2.0)
    filed = [Outcome(one.envelope.id, MatterState.FILED, Answer(number="44-1"), wipe=True) for one in claimed]
    queue.settle(filed, now=2.0)
    left -= len(claimed)
    for one in claimed:
        print(one.envelope.case, one.envelope.seq, flush=True)
queue.close()
"""


def start(script: str, *arguments: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)


def test_writers_sender_and_reader_at_once(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    writers = [start(WRITER, path, name) for name in "ab"]
    sender = start(SENDER, path, 2 * 3 * 15)
    reader = SqliteQueue(path, KEY, TERMINAL, stamp)
    while sender.poll() is None and any(writer.poll() is None for writer in writers):
        assert sum(reader.counts().values()) <= 90
        reader.room(now=NOW)
    outputs = [process.communicate(timeout=60) for process in (*writers, sender)]
    assert [error for _, error in outputs] == ["", "", ""]
    assert [process.returncode for process in (*writers, sender)] == [0, 0, 0]
    matters = reader.matters()
    assert [matter.envelope.seq for matter in matters] == list(range(1, 91))
    assert {matter.state for matter in matters} == {MatterState.FILED}
    assert {matter.envelope.id for matter in matters} == {name for out, _ in outputs[:2] for name in out.split()}
    assert reader.counts() == dict.fromkeys(MatterState, 0) | {MatterState.FILED: 90}
    sent = [line.split() for line in outputs[2][0].splitlines()]
    for case in {name for name, _ in sent}:
        order = [int(seq) for name, seq in sent if name == case]
        assert order == sorted(order)
    assert reader.room(now=NOW).waiting == 0
    reader.close()


def test_one_of_many_threads_with_a_bad_payload_and_a_full_queue(tmp_path: Path) -> None:
    queue = SqliteQueue(tmp_path / "queue.db", KEY, TERMINAL, stamp, quota=Quota(count=20))
    barrier = threading.Barrier(6, timeout=30)
    taken: list[str] = []
    refused: list[type[Exception]] = []

    def work(name: str) -> None:
        barrier.wait()
        for number in range(5):
            try:
                matter = new_matter(f"{name}-{number}", text="\ud800" if name == "bad" else "good")
                taken.append(queue.put(matter, now=NOW).id)
            except (ValueError, QueueFull) as error:
                refused.append(type(error))

    threads = [threading.Thread(target=work, args=(name,)) for name in ("bad", *"abcde")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(taken) == 20
    assert refused.count(QueueFull) == 5
    assert len(refused) == 10
    matters = queue.matters()
    assert sorted(matter.envelope.id for matter in matters) == sorted(taken)
    assert [matter.envelope.seq for matter in matters] == list(range(1, 21))
    assert [one.envelope.previous for one in matters[1:]] == [wire.digest(one.envelope) for one in matters[:-1]]
    queue.close()


@pytest.mark.parametrize("suite", ["standard", "gm"])
def test_what_another_process_files_meanwhile_is_seen(tmp_path: Path, suite: str) -> None:
    first, second = (
        SqliteQueue(tmp_path / "queue.db", KEY, TERMINAL, stamp, suite="gm" if suite == "gm" else "standard")
        for _ in range(2)
    )
    one = first.put(new_matter("one"), now=NOW)
    two = second.put(new_matter("two"), now=NOW)
    three = first.put(new_matter("three"), now=NOW)
    assert (one.seq, two.seq, three.seq) == (1, 2, 3)
    assert (two.previous, three.previous) == (wire.digest(one), wire.digest(two))
    assert first.get("two").envelope == two
    first.close()
    second.close()
