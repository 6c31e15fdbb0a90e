"""Starts the terminal's processes, restarts what dies or hangs, and takes everything down with it."""

import contextlib
import logging
import select
import signal
import socket
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Final

from kiosk.bus import connection, messages
from kiosk.bus.connection import BusError, Connection
from kiosk.children import Child, Unit
from kiosk.restarts import DEFAULT_TIMINGS, Timings
from kiosk.systemd import sd_notify

log = logging.getLogger(__name__)

NAME: Final = "supervisor"


class AlreadyRunning(Exception):
    """Another supervisor answers in the same folder: stop it first."""


class Supervisor:
    """``run`` starts ``children`` in their order and returns 0 after SIGTERM, SIGINT or a ``Stop`` on the bus.

    ``on_healthy`` is called once, when all of them have been well for ``timings.healthy_after`` at the same time.
    ``settings_file`` is told to who asks.
    """

    def __init__(
        self,
        children: Sequence[Child],
        run_dir: Path,
        timings: Timings = DEFAULT_TIMINGS,
        *,
        on_healthy: Callable[[], None] = lambda: None,
        settings_file: str = "",
    ) -> None:
        self._units = {child.name: Unit(child, run_dir, timings, self._wake) for child in children}
        if unknown := {name for child in children for name in child.after} - self._units.keys():
            raise ValueError(f"no such child to wait for: {', '.join(sorted(unknown))}")
        self._timings = timings
        self._on_healthy: Callable[[], None] | None = on_healthy
        self._settings_file = settings_file
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
            self._report_healthy(now)
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

    def _report_healthy(self, now: float) -> None:
        if self._on_healthy and all(unit.healthy(now) for unit in self._units.values()):
            on_healthy, self._on_healthy = self._on_healthy, None
            on_healthy()

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
                asker.send(messages.Children(rows=self._rows, settings_file=self._settings_file))
            case messages.Stop():
                self._stopping = True
                asker.send(messages.Ok())
                self._wake()
            case _:
                asker.send(messages.Failed(reason=f"{NAME} does not know {message.type}"))


def _do_nothing(*_: object) -> None:
    """A handler at all is what lets the signal interrupt the sleep; the default would drop it unseen."""
