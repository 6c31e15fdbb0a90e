"""Damaged files: whatever is whole comes over, the rest is counted, and the damaged file stays."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from offline_queue import pages
from offline_queue.contract import MatterState, QueueUnavailable
from offline_queue.database import Database, migrations, open_encrypted
from offline_queue.envelope import Attachment
from offline_queue.contract import NewMatter
from offline_queue.incidents import Incident
from offline_queue.pages import PAGE, PageCipher
from offline_queue.store import SqliteQueue
from tests.offline_queue.helpers import CANARY, KEY, NOW, TERMINAL, canary_matter, new_matter, stamp

MATTERS = 200
CIPHER = PageCipher(KEY)


def opened(path: Path) -> SqliteQueue:
    return SqliteQueue(path, KEY, TERMINAL, stamp)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200 matters of many sizes, some of which run over several pages; nothing in the log."""
    path = tmp_path_factory.mktemp("whole") / "queue.db"
    queue = opened(path)
    sizes = [13_000 if number % 40 == 7 else number * 61 % 900 for number in range(MATTERS)]
    queue.put_all([new_matter(text="x" * size) for size in sizes], now=NOW)
    queue.claim(20, now=NOW)
    queue.save_draft("session", b"draft", now=NOW)
    queue.begin_effect("print-1", "print")
    queue.close()
    return path


@pytest.fixture
def path(whole: Path, tmp_path: Path) -> Path:
    for file in whole.parent.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
        (tmp_path / file.name).chmod(0o600)
    return tmp_path / whole.name


def damage(path: Path, offset: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 0x40]))


def checked(path: Path) -> list[Incident]:
    database = Database(path, KEY)
    try:
        return database.check()
    finally:
        database.close()


def seqs_on(path: Path, damaged: int) -> set[int]:
    """The matters that have a part of themselves on that page, told by the undamaged file."""
    content = path.read_bytes()
    count = len(content) // PAGE
    whole = {
        number: CIPHER.open(number, content[(number - 1) * PAGE : number * PAGE]) for number in range(1, count + 1)
    }
    found = set[int]()
    for number in range(1, count + 1):
        touched = {number}

        def follow(other: int, touched: set[int] = touched) -> bytes | None:
            touched.add(other)
            return whole[other]

        for record in pages.rows(whole[number] or b"", number, follow):
            if len(record.values) == 33 - 1 and damaged in touched:
                found.add(record.rowid)
            touched.intersection_update({number})
    return found


def page_count(path: Path) -> int:
    return path.stat().st_size // PAGE


def test_each_page_damaged_in_turn(whole: Path, tmp_path: Path) -> None:
    lost_somewhere, original = 0, whole.read_bytes()
    for number in range(1, page_count(whole) + 1):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = folder / "queue.db"
        path.write_bytes(original)
        damage(path, (number - 1) * PAGE + 1000)
        (folder / "queue.db.epoch").write_bytes((whole.parent / "queue.db.epoch").read_bytes())
        incidents = checked(path)
        queue = opened(path)
        there = {matter.envelope.seq for matter in queue.matters()}
        gone = set(range(1, MATTERS + 1)) - there
        assert gone == seqs_on(whole, number)
        assert [(one.kind, one.saved, one.lost, one.epoch) for one in incidents] == [
            ("damaged", MATTERS - len(gone), len(gone), 2)
        ]
        assert (folder / incidents[0].file).stat().st_size == len(original)
        assert not queue.matters(MatterState.IN_FLIGHT)
        assert queue.counts()[MatterState.QUEUED] == len(there)
        assert queue.put(new_matter(), now=NOW).reference not in {m.envelope.reference for m in queue.matters()[:-1]}
        queue.close()
        lost_somewhere += len(gone)
    assert lost_somewhere >= MATTERS
