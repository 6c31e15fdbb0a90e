"""The room on the disk that holds what must survive a restart: told before it is used up, and afterwards."""

import logging
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

log = logging.getLogger(__name__)

Level = Literal["ok", "low", "full"]
LOW: Final = 500 << 20
"""Bytes: some ten thousand filed matters, or a week of logs."""
FULL: Final = 20 << 20
"""Bytes below which the next matter might find no room."""
LOOK_SECONDS: Final = 30.0


def level(free: int) -> Level:
    if free < FULL:
        return "full"
    return "low" if free < LOW else "ok"


class DiskWatch:
    """``on_level(level)`` is called in this thread, first unless all is well, and then whenever it changes."""

    def __init__(
        self,
        folder: Path,
        on_level: Callable[[Level], None],
        free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
        look: float = LOOK_SECONDS,
    ) -> None:
        self._folder, self._on_level, self._free, self._look = folder, on_level, free, look
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="disk", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closed.set()

    def _run(self) -> None:
        last: Level = "ok"
        while True:
            now = self._level(last)
            if now != last:
                log.warning("disk of %s: %s", self._folder, now)
                self._on_level(now)
            last = now
            if self._closed.wait(self._look):
                return

    def _level(self, last: Level) -> Level:
        try:
            return level(self._free(self._folder))
        except OSError:  # a disk that cannot be asked says nothing about its room
            return last
