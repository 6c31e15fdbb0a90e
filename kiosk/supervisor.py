"""Starts the terminal's processes, restarts what dies or hangs, and takes everything down with it."""

import contextlib
import logging
import os
import select
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from kiosk.bus import connection, messages
from kiosk.bus.connection import BusError, Connection
from kiosk.restarts import DEFAULT_TIMINGS, Life, Timings, deaths_in_a_row, in_crash_loop, restart_delay
from kiosk.systemd import sd_notify

log = logging.getLogger(__name__)

NAME: Final = "supervisor"


class AlreadyRunning(Exception):
    """Another supervisor answers in the same folder: stop it first."""


@dataclass(frozen=True)
class Child:
    """A process to keep alive. ``env`` is added to the supervisor's own; ``after`` names children whose bus socket
    must answer before this one starts."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    after: tuple[str, ...] = ()


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
        threading.Thread(target=self._ping, name=f"ping {child.name}", daemon=True).start()

    @property
    def hangs(self) -> bool:
        return self._missed >= self._timings.pings_missed

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


# --- all of them ------------------------------------------------------------------------------------------------------


class Supervisor:
    """``run`` starts ``children`` in their order and returns 0 after SIGTERM, SIGINT or a ``Stop`` on the bus."""

    def __init__(self, children: Sequence[Child], run_dir: Path, timings: Timings = DEFAULT_TIMINGS) -> None:
        self._units = {child.name: Unit(child, run_dir, timings, self._wake) for child in children}
        if unknown := {name for child in children for name in child.after} - self._units.keys():
            raise ValueError(f"no such child to wait for: {', '.join(sorted(unknown))}")
        self._timings = timings
        self._socket_path = run_dir / f"{NAME}.sock"
        self._stopping = False
        self._gates_open_at = 0.0
        self._rows: list[messages.Child] = []
        self._woken, self._waker = socket.socketpair(type=socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self._server = connection.Server(self._socket_path, self._answer)

    def run(self) -> int:
        """Call it in the main thread: signals arrive there, and the kernel ties the children to the calling thread.

        Raises :class:`AlreadyRunning`."""
        with contextlib.suppress(BusError):
            connection.request(self._socket_path, messages.Ping(), timeout=1.0)
            raise AlreadyRunning(str(self._socket_path))
        with self._signals():
            self._server.start()
            try:
                self._keep_alive()
            finally:
                sd_notify("STOPPING=1")
                self._stop_all()
                self._close()
        return 0

    def _keep_alive(self) -> None:
        self._gates_open_at = time.monotonic() + self._timings.start_gate
        ready = False
        while not self._stopping:
            now = time.monotonic()
            for unit in self._units.values():
                unit.step(now, may_start=self._gate_open(unit, now))
            self._rows = [unit.row() for unit in self._units.values()]
            ready = ready or self._report_ready()
            sd_notify("WATCHDOG=1")
            self._sleep(now)

    def _gate_open(self, unit: Unit, now: float) -> bool:
        """Only the first start waits for others: who comes back later finds them, or copes."""
        return unit.starts > 0 or now >= self._gates_open_at or all(self._units[n].answers for n in unit.child.after)

    def _report_ready(self) -> bool:
        ready = all(unit.starts for unit in self._units.values())
        if ready:
            sd_notify("READY=1")
        return ready

    def _sleep(self, now: float) -> None:
        """Until a signal (a child's death is one), a message or the next thing due."""
        dues = [unit.delay(now) for unit in self._units.values() if unit.run is None]
        select.select([self._woken], [], [], min([self._timings.tick, *(due for due in dues if due > 0)]))
        with contextlib.suppress(BlockingIOError):
            self._woken.recv(4096)

    def _stop_all(self) -> None:
        for unit in reversed(self._units.values()):
            if unit.run:
                log.info("%s: stopped with status %d", unit.child.name, unit.run.stop())
                unit.run = None

    def _close(self) -> None:
        self._server.close()
        self._woken.close()
        self._waker.close()

    @contextlib.contextmanager
    def _signals(self) -> Generator[None]:
        """The handlers do next to nothing; that a signal came wakes :meth:`_sleep` through the socket."""
        handlers = {signal.SIGTERM: self._on_stop, signal.SIGINT: self._on_stop, signal.SIGCHLD: _do_nothing}
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        wakeup = signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(wakeup)
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_stop(self, *_: object) -> None:
        self._stopping = True

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # full: it is awake; closed: it is over
            self._waker.send(b"\0")

    def _answer(self, message: messages.AnyMessage, asker: Connection) -> None:
        match message:
            case messages.Ping():
                asker.send(messages.Ok())
            case messages.ChildrenRequest():
                asker.send(messages.Children(rows=self._rows))
            case messages.Stop():
                self._stopping = True
                asker.send(messages.Ok())
                self._wake()
            case _:
                asker.send(messages.Failed(reason=f"{NAME} does not know {message.type}"))


def _do_nothing(*_: object) -> None:
    """A handler at all is what lets the signal interrupt the sleep; the default would drop it unseen."""
