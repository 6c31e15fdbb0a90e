"""A small disk that is really full, of a real file system: nothing taken is lost, and room is all that is missing."""

import gc
import subprocess
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from offline_queue.contract import Answer, MatterState, Outcome, QueueFull, QueueUnavailable, Quota
from offline_queue.store import SqliteQueue
from tests.offline_queue.helpers import KEY, NOW, TERMINAL, new_matter, stamp

TEXT = "x" * 100_000
SIZE, FLOOR, LARGER = "48m", 32 << 20, "96m"


@dataclass
class SmallDisk:
    folder: Path

    def resize(self, size: str) -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}", self.folder], check=True, capture_output=True)

    def queue(self, floor: int) -> SqliteQueue:
        return SqliteQueue(self.folder / "queue.db", KEY, TERMINAL, stamp, quota=Quota(free=floor))


@pytest.fixture
def disk(tmp_path: Path) -> Generator[SmallDisk]:
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", tmp_path]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("this user may not mount a file system")
    yield SmallDisk(tmp_path)
    gc.collect()  # of a test that failed, too
    subprocess.run(["umount", tmp_path], check=True)


def fill(queue: SqliteQueue) -> list[str]:
    """Ids of what was taken before the first refusal."""
    taken = list[str]()
    with suppress(QueueUnavailable):
        while True:
            taken.append(queue.put(new_matter(text=TEXT), now=NOW).id)
    return taken


def waiting(queue: SqliteQueue) -> list[str]:
    return [matter.envelope.id for matter in queue.matters(MatterState.QUEUED)]


def test_full_to_the_last_byte(disk: SmallDisk) -> None:
    queue = disk.queue(floor=0)
    taken = fill(queue)
    assert taken
    queue.close()
    again = disk.queue(floor=0)
    assert waiting(again) == taken
    disk.resize(LARGER)
    later = new_matter(text=TEXT)
    again.put(later, now=NOW)
    assert waiting(again) == [*taken, later.id]
    assert again.verify().good
    again.close()


def test_what_was_taken_above_the_floor_is_settled_without_more_room(disk: SmallDisk) -> None:
    queue = disk.queue(floor=FLOOR)
    taken = fill(queue)
    assert queue.room(now=NOW).full == "disk"
    with pytest.raises(QueueFull):
        queue.put(new_matter(), now=NOW)
    while claimed := queue.claim(20, now=NOW):
        words = [Outcome(one.envelope.id, MatterState.FILED, Answer(number="44-1"), wipe=True) for one in claimed]
        queue.settle(words, now=NOW)
    assert queue.counts()[MatterState.FILED] == len(taken)
    queue.close()
