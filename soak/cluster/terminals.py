"""Terminals that file all the time, each in a process, with the real queue and the real client."""

import multiprocessing
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Final

from kiosk.bootstrap.sending import Way, connected, send
from offline_queue.contract import WAITING
from offline_queue.store import SqliteQueue
from soak.cluster.programs import until
from tests.faults.filing import HOUR, NOW, View, tell, view
from tests.faults.terminal import PAGE, identity, matter, open_queue, place

ANSWER_SECONDS: Final = 10.0
"""As a terminal waits."""
PAUSE: Final = 0.2
"""Seconds until it tries again, or files the next: a citizen waits all the time."""
_OF_A_CASE: Final = 3
_WITH_A_PAGE: Final = 10
"""Every tenth."""
_FILED: Final = "at"


def file_steadily(folder: Path, name: str, url: str, code: str, stop: Path, output: Path) -> None:
    """Until ``stop`` exists and nothing waits. Says what it has put and what it was told, and when."""
    with (
        output.open("a", buffering=1, encoding="utf-8") as said,
        open_queue(folder, name) as queue,
        connected(place(folder, name), Way(url, seconds=ANSWER_SECONDS), lambda: code) as centre,
    ):
        number = tries = 0
        while not stop.exists() or _waits(queue):
            if not stop.exists() and not _waits(queue):
                number += 1
                _put(queue, number)
                print("put", identity(number), file=said)
            tries += 1
            report = send(queue, centre, now=NOW + tries * HOUR)
            tell(queue, report, lambda line: print(line, file=said))
            if report.filed:
                print(_FILED, time.monotonic(), file=said)
            time.sleep(PAUSE)


def _put(queue: SqliteQueue, number: int) -> None:
    pages = (queue.attachments.add("page", PAGE, "image/png", now=NOW),) if number % _WITH_A_PAGE == 0 else ()
    queue.put(matter(number, case=f"case {number // _OF_A_CASE}", attachments=pages), now=NOW)


def _waits(queue: SqliteQueue) -> bool:
    counts = queue.counts()
    return any(counts[state] for state in WAITING)


@dataclass(frozen=True)
class Terminal:
    name: str
    folder: Path
    output: Path
    process: ForkServerProcess

    def lines(self) -> list[str]:
        return self.output.read_text(encoding="utf-8").splitlines() if self.output.exists() else []

    def filed_at(self) -> list[float]:
        """By the monotonic clock."""
        words = (line.split() for line in self.lines())
        return [float(one[1]) for one in words if len(one) == 2 and one[0] == _FILED]

    def view(self) -> View:
        return view(self.folder, self.name, self.lines())


@dataclass(frozen=True)
class Fleet:
    terminals: Sequence[Terminal]
    _stop: Path

    def filed_at(self) -> list[list[float]]:
        """Of each terminal."""
        return [terminal.filed_at() for terminal in self.terminals]

    def wait_for_all(self, since: float) -> None:
        """Until each has been answered again. Raises ``NotInTime``."""
        until(lambda: all(max(times, default=0) > since for times in self.filed_at()), "an answer to each terminal")

    def finish(self) -> None:
        """Each sends what waits. Raises ``NotInTime``."""
        self._stop.touch()
        until(lambda: not any(terminal.process.is_alive() for terminal in self.terminals), "an end of the queues")
        for terminal in self.terminals:
            assert terminal.process.exitcode == 0, f"{terminal.name} ended with {terminal.process.exitcode}"


@contextmanager
def fleet(folder: Path, url: str, codes: Sequence[str]) -> Generator[Fleet]:
    """One terminal a code, named as :func:`names` has it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    stop = folder / "stop"
    made: list[Terminal] = []
    for name, code in zip(names(len(codes)), codes, strict=True):
        home, output = folder / name, folder / f"{name}.said"
        home.mkdir()
        process = context.Process(target=file_steadily, args=(home, name, url, code, stop, output), daemon=True)
        process.start()
        made.append(Terminal(name, home, output, process))
    try:
        yield Fleet(made, stop)
    finally:
        for terminal in made:
            terminal.process.kill()
            terminal.process.join()


def names(count: int) -> list[str]:
    return [f"T{number:06d}" for number in range(1, count + 1)]
