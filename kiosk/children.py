"""One process that the supervisor keeps alive: its runs, the thread that pings each, and when the next is due."""

import contextlib
import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from kiosk.bus import connection, messages
from kiosk.bus.connection import BusError
from kiosk.restarts import Life, Timings, deaths_in_a_row, in_crash_loop, restart_delay

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Child:
    """A process to keep alive. ``env`` is added to the supervisor's own; ``after`` names children whose bus socket
    must answer before this one starts. Without ``bus`` it has no such socket: all that is known is that it lives."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    after: tuple[str, ...] = ()
    bus: bool = True


# --- one run of one child ---------------------------------------------------------------------------------------------


class Run:
    """A started process and the thread that pings it."""

    def __init__(self, child: Child, run_dir: Path, timings: Timings, wake: Callable[[], None]) -> None:
        self.started = time.monotonic()
        self.answered = False
        self._missed = 0
        self._wake = wake
        self._timings = timings
        self._socket = run_dir / f"{child.name}.sock"
        self._over = threading.Event()
        self.process = _start(child)
        if child.bus:
            threading.Thread(target=self._ping, name=f"ping {child.name}", daemon=True).start()

    @property
    def hangs(self) -> bool:
        return self._missed >= self._timings.pings_missed

    @property
    def answers(self) -> bool:
        """Also the newest ping."""
        return self.answered and not self._missed

    @property
    def ended(self) -> bool:
        """Whether the process is dead, without reaping it: until then its number, and so its group, is not reused."""
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def kill(self) -> int:
        """End process and group for good, and reap. Returns the exit status as :mod:`subprocess` has it."""
        self._over.set()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        return self.process.wait()

    def stop(self) -> int:
        """Ask to end, and insist after the grace."""
        self._over.set()
        os.kill(self.process.pid, signal.SIGTERM)
        deadline = time.monotonic() + self._timings.stop_grace
        while not self.ended and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.kill()

    def _ping(self) -> None:
        while not self._over.is_set():
            began = time.monotonic()
            answers = self._answers()
            if answers and not self.answered:
                self.answered = True
                self._wake()
            # Misses are counted, not seconds: after a stopped or starved supervisor nobody looks late by mistake.
            self._missed = 0 if answers else self._missed + self.answered
            self._over.wait(self._pause(began))

    def _answers(self) -> bool:
        try:
            answer = connection.request(self._socket, messages.Ping(), self._timings.ping_interval)
        except BusError:
            return False
        return isinstance(answer, messages.Ok)

    def _pause(self, began: float) -> float:
        """Others may wait for the first answer: look for it more often at first."""
        if not self.answered and began < self.started + self._timings.start_gate:
            return self._timings.first_ping
        return max(0.0, began + self._timings.ping_interval - time.monotonic())


def _start(child: Child) -> "subprocess.Popen[bytes]":
    """Start it in a group of its own, bound to this process: the kernel kills it when the supervisor dies, however
    that dies. ``setpriv`` (util-linux) sets that in the new process itself; a ``preexec_fn`` would run Python between
    fork and exec of a process with threads, which can lock up."""
    private = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}
    inherited = {name: value for name, value in os.environ.items() if name not in private}
    return subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", "--", *child.argv],
        env=inherited | dict(child.env),
        stdin=subprocess.DEVNULL,
        process_group=0,
    )


# --- the life of one child --------------------------------------------------------------------------------------------


class Unit:
    """One child through all its runs. Used by the supervisor's thread alone."""

    def __init__(self, child: Child, run_dir: Path, timings: Timings, wake: Callable[[], None]) -> None:
        self.child = child
        self.run: Run | None = None
        self.starts = 0
        self._wake = wake
        self._run_dir = run_dir
        self._timings = timings
        self._history: list[Life] = []

    @property
    def answers(self) -> bool:
        return self.run is not None and self.run.answered

    def healthy(self, now: float) -> bool:
        """Whether it has lived long enough for what it was started with to have proved good."""
        if self.run is None or now - self.run.started < self._timings.healthy_after:
            return False
        return self.run.answers or not self.child.bus

    @property
    def crash_loop(self) -> bool:
        return in_crash_loop(self._history, self._timings)

    def delay(self, now: float) -> float:
        return restart_delay(self._history, now, self._timings)

    def step(self, now: float, *, may_start: bool) -> None:
        if self.run and (self.run.ended or self.run.hangs):
            self._bury(self.run, now)
        if self.run is None and may_start and self.delay(now) <= 0:
            self._begin(now)

    def _begin(self, now: float) -> None:
        self.starts += 1
        try:
            self.run = Run(self.child, self._run_dir, self._timings, self._wake)
        except OSError as error:  # out of memory or processes: a death like any other
            log.error("%s: cannot be started: %s", self.child.name, error.strerror)
            self._remember(Life(now, now))
        else:
            log.info("%s: started as %d", self.child.name, self.run.process.pid)

    def _bury(self, run: Run, now: float) -> None:
        reason = "hung, killed" if run.hangs else "ended"
        status = run.kill()
        self.run = None
        self._remember(Life(run.started, now))
        log.warning("%s: %s with status %d, again in %.1f s", self.child.name, reason, status, self.delay(now))
        if self.crash_loop:
            deaths = deaths_in_a_row(self._history, self._timings)
            log.error("%s: crash loop, died %d times in a row", self.child.name, deaths)

    def _remember(self, life: Life) -> None:
        # As many as the longest pause takes to reach, and a crash loop to be seen.
        self._history = [*self._history, life][-64:]

    def row(self) -> messages.Child:
        pid = self.run.process.pid if self.run else None
        return messages.Child(
            name=self.child.name, pid=pid, restarts=max(0, self.starts - 1), crash_loop=self.crash_loop
        )
