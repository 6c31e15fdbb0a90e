"""Room on the disk: told when it gets low, full, and well again."""

import itertools
import queue
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kiosk.hardware.disk import FULL, LOW, DiskWatch, Level, level
from tests.waiting import eventually

PATIENCE = 10.0


@pytest.mark.parametrize(
    ("free", "expected"),
    [(LOW, "ok"), (LOW - 1, "low"), (FULL, "low"), (FULL - 1, "full"), (0, "full"), (1 << 50, "ok")],
)
def test_levels(free: int, expected: Level) -> None:
    assert level(free) == expected


@contextmanager
def watching(free: Callable[[Path], int]) -> Generator["queue.SimpleQueue[Level]"]:
    told: queue.SimpleQueue[Level] = queue.SimpleQueue()
    watch = DiskWatch(Path("/somewhere"), told.put, free, look=0.001)
    watch.start()
    try:
        yield told
    finally:
        watch.close()


def test_each_change_is_told_once() -> None:
    rooms = iter([LOW, LOW, LOW - 1, LOW - 2, 0, LOW - 1])
    with watching(lambda _: next(rooms, LOW)) as told:
        assert [told.get(timeout=PATIENCE) for _ in range(4)] == ["low", "full", "low", "ok"]


def test_a_disk_that_cannot_be_asked_says_nothing() -> None:
    answers = iter([0])
    asked = itertools.count()
    looks: list[int] = []

    def free(_: Path) -> int:
        looks.append(next(asked))
        try:
            return next(answers)
        except StopIteration:
            raise OSError from None

    with watching(free) as told:
        assert told.get(timeout=PATIENCE) == "full"
        eventually(lambda: len(looks) > 5)
        assert told.empty()
