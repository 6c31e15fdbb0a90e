"""Several processes that answer on one socket. They share nothing but it, the folder and the database.

The kernel gives each connection to one of them. What one of them counts, as the limits of requests are, it counts for
itself. One that dies is started again, later and later the sooner it dies; they end together, and with whoever
started them.
"""

import logging
import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from types import FrameType
from typing import Final

from prometheus_client import multiprocess

log = logging.getLogger(__name__)

SHARED_METRICS: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Where workers add up what they count; read when the library is imported, so it is set before they start."""
READY: Final = b"ready"
_FIRST_PAUSE: Final = 0.25
_LONGEST_PAUSE: Final = 30.0
_SOUND_SECONDS: Final = 60.0
"""A worker that lived so long died of something new."""

Work = Callable[[socket.socket, Connection], None]
"""What a worker does: it sends :data:`READY` when it answers, and ends when the other end of the line is closed."""


def pause_after(early_deaths: int) -> float:
    """Seconds before the next try, when so many in a row died early."""
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** (early_deaths - 1)) if early_deaths else 0.0


@dataclass
class _Place:
    """One worker's, whoever fills it."""

    early_deaths: int = 0
    due: float = 0.0
    """When the next may start, by a clock that never goes back."""
    began: float = 0.0
    process: SpawnProcess | None = None
    line: Connection | None = None


@dataclass
class Crew:
    listener: socket.socket
    work: Work
    """Can be pickled."""
    count: int
    longest_end: float
    """Seconds a worker may take to end before it is killed."""
    begun: Callable[[], None]
    """Called once, when the first of them answers."""
    ending: Callable[[], None]
    """Called when they are about to end."""
    clock: Callable[[], float] = time.monotonic
    _places: list[_Place] = field(default_factory=list[_Place])
    _answers: bool = False

    def run(self) -> None:
        """Until SIGTERM or SIGINT, which let what has begun end."""
        self._places = [_Place() for _ in range(self.count)]
        with _shared_metrics(), _asked_to_end() as asked:
            try:
                while not asked.heard:
                    self._fill()
                    self._wait(asked)
            finally:
                self.ending()
                self._end()

    def _fill(self) -> None:
        now = self.clock()
        for place in self._places:
            if place.process is None and place.due <= now:
                self._start(place, now)

    def _start(self, place: _Place, now: float) -> None:
        ours, theirs = connection.Pipe()
        place.process = get_context("spawn").Process(target=self.work, args=(self.listener, theirs))
        place.process.start()
        theirs.close()
        place.line, place.began = ours, now

    def _wait(self, asked: "_Asked") -> None:
        """Until one of them answers or dies, somebody asks for the end, or the next is due."""
        due = [place.due for place in self._places if place.process is None]
        patience = max(0.0, min(due) - self.clock()) if due else None
        lines = [place.line for place in self._places if place.line]
        deaths = [place.process.sentinel for place in self._places if place.process]
        connection.wait([asked.fileno(), *lines, *deaths], patience)
        for place in self._places:
            self._look_at(place)

    def _look_at(self, place: _Place) -> None:
        if place.line and place.line.poll():
            with suppress(EOFError, OSError):
                if place.line.recv_bytes() == READY and not self._answers:
                    self._answers = True
                    self.begun()
        if place.process and not place.process.is_alive():
            self._bury(place)

    def _bury(self, place: _Place) -> None:
        now, process, line = self.clock(), place.process, place.line
        place.early_deaths = 0 if now - place.began >= _SOUND_SECONDS else place.early_deaths + 1
        place.due = now + pause_after(place.early_deaths)
        if process and line:
            log.error("worker %s ended (%s); the next starts in %.2f s", process.pid, process.exitcode, place.due - now)
            _forget_gauges(process.pid)
            line.close()
            process.close()
        place.process = place.line = None

    def _end(self) -> None:
        running = [place.process for place in self._places if place.process]
        for process in running:
            process.terminate()
        until = self.clock() + self.longest_end
        for process in running:
            process.join(max(0.0, until - self.clock()))
            if process.exitcode is None:
                log.error("worker %s did not end and is killed", process.pid)
                process.kill()
                process.join()


class _Asked:
    """A pipe that signals write to: waiting for it and for processes is one call."""

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe()
        self.heard = False

    def fileno(self) -> int:
        return self._reading

    def note(self, _signal: int, _frame: FrameType | None) -> None:
        self.heard = True
        os.write(self._writing, b".")

    def close(self) -> None:
        os.close(self._reading)
        os.close(self._writing)


@contextmanager
def _asked_to_end() -> Generator[_Asked]:
    asked = _Asked()
    before = {number: signal.signal(number, asked.note) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        asked.close()


@contextmanager
def _shared_metrics() -> Generator[None]:
    with tempfile.TemporaryDirectory(prefix="central-metrics-") as folder:
        os.environ[SHARED_METRICS] = folder
        try:
            yield
        finally:
            del os.environ[SHARED_METRICS]


def _forget_gauges(pid: int | None) -> None:
    """Of a worker that is gone; what it counted still counts."""
    multiprocess.mark_process_dead(pid)  # pyright: ignore[reportUnknownMemberType]


def ended(line: Connection) -> bool:
    """Whether whoever started this worker is gone: for a worker that is told its line is readable."""
    with suppress(EOFError, OSError):
        return not line.recv_bytes()
    return True
