"""One thread a device: it opens the device, watches it, does one operation after another, and never dies of either."""

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic
from typing import Generic, TypeVar

from drivers.contract import Cancel, Capabilities, Device, DeviceStatus, State
from drivers.errors import Cancelled, DeviceFault, DriverError, DriverFailed, NotConnected, Who
from drivers.health import Incident, incident_in, incident_of
from drivers.monitor import AllPersonal, Monitor

log = logging.getLogger(__name__)

D = TypeVar("D", bound=Device)
T = TypeVar("T")

_MISSING = frozenset({State.NO_DEVICE, State.OFFLINE})


@dataclass(frozen=True)
class WorkerTimings:
    """Seconds, but for ``misses``."""

    poll: float = 2.0
    """Between two looks at an idle device."""
    retry: float = 0.5
    """Between two looks at one that did not answer, and the first wait before it is opened again."""
    retry_at_most: float = 8.0
    """The wait before opening doubles up to this."""
    misses: int = 3
    """So many looks in a row without an answer make a disconnect."""
    grace: float = 5.0
    """So long after ``start`` a device that does not answer yet is starting, not missing."""
    close: float = 2.0
    """How long ``close`` waits for the thread."""


class Operation:
    """One submitted operation; ``cancel`` may be called from any thread and more than once."""

    def __init__(self) -> None:
        self.cancelled = Cancel()

    def cancel(self) -> None:
        self.cancelled.set()


_Job = Callable[[], None]


class DeviceWorker(Generic[D]):
    """Owns the device that ``open_device`` makes. Both callbacks are called on the worker's thread.

    ``on_status(name, status)`` is called when the status changes, first with ``STARTING``. Nobody misses an
    ``optional`` device that never answered: it is ``NO_DEVICE`` without a fault. ``monitor`` should be the one that
    the device was opened with.
    """

    def __init__(
        self,
        name: str,
        open_device: Callable[[], D],
        on_status: Callable[[str, DeviceStatus], None],
        timings: WorkerTimings | None = None,
        *,
        optional: bool = False,
        monitor: Monitor | None = None,
    ) -> None:
        self.name = name
        self.monitor = monitor or Monitor(AllPersonal())
        self._open_device = open_device
        self._on_status = on_status
        self._timings = timings or WorkerTimings()
        self._optional = optional
        self._device: D | None = None
        self._capabilities: Capabilities | None = None
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._pending: set[Operation] = set()
        self._closed = False
        self._reported: DeviceStatus | None = None
        self._fault = ""
        self._misses = 0
        self._was_there = False
        self._wait = self._timings.retry
        self._next_look = 0.0
        self._grace_ends = 0.0
        self._thread = threading.Thread(target=self._run, name=f"device {name}", daemon=True)

    @property
    def status(self) -> DeviceStatus:
        """As last reported."""
        return self._reported or DeviceStatus(State.STARTING)

    @property
    def capabilities(self) -> Capabilities:
        """What the device said of itself when it was first seen to work, the last time it was opened. No I/O."""
        return self._capabilities or Capabilities()

    def start(self) -> None:
        self._thread.start()

    def submit(self, operation: Callable[[D, Cancel], T], *, on_done: Callable[[T | DriverError], None]) -> Operation:
        """Have ``operation`` done after those submitted before; ``on_done`` is called exactly once with its result
        (on the caller's thread if the worker is closed already).

        An error arrives as a value: ``Cancelled`` when it was cancelled before its turn or the worker is closed,
        ``DriverFailed`` for an exception that is no ``DriverError``. It never raises.
        """
        handle = Operation()

        def job() -> None:
            self._finish(handle, on_done, self._perform(handle, operation))

        with self._lock:
            accepted = not self._closed
            if accepted:
                self._pending.add(handle)
                self._jobs.put(job)
        if not accepted:
            self._finish(handle, on_done, Cancelled("the terminal closes"))
        return handle

    def tell(self, status: DeviceStatus) -> None:
        """How the device is in the middle of an operation, which alone may call this: else nobody looks at it then."""
        self._report(status)

    def wake(self) -> None:
        """Look at the device now, and let it be opened soon again: something was plugged in or out."""
        with self._lock:
            if not self._closed:
                self._jobs.put(self._hurry)

    def close(self) -> None:
        """Cancel everything, close the device and end the thread. Idempotent."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
            for handle in self._pending:
                handle.cancel()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(self._timings.close)
            if self._thread.is_alive():
                log.warning("%s: does not end, it hangs in the driver", self.name)

    # --- the thread --------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        self._grace_ends = monotonic() + self._timings.grace
        self._report(DeviceStatus(State.STARTING))
        while self._turn():
            pass
        self._drop_device()

    def _turn(self) -> bool:
        """Do the next operation or, with none submitted until it is due, look at the device; false at the end."""
        try:
            job = self._jobs.get(timeout=max(0.0, self._next_look - monotonic()))
        except queue.Empty:
            self._look()
            return True
        if job is not None:
            job()
        return job is not None

    # --- operations --------------------------------------------------------------------------------------------------

    def _perform(self, handle: Operation, operation: Callable[[D, Cancel], T]) -> T | DriverError:
        if handle.cancelled.is_set():
            return Cancelled()
        try:
            return operation(self._opened(), handle.cancelled)
        except DriverError as error:
            self._note_error(error)
            return error
        except Exception as error:  # noqa: BLE001 - a fault in one driver must not take the device away for good
            # The type alone: message and traceback could hold what stands on a card.
            log.error("%s: %s in the driver", self.name, type(error).__name__)
            self.monitor.note(Incident.CRASH)
            return DriverFailed(type(error).__name__)

    def _note_error(self, error: DriverError) -> None:
        if isinstance(error, NotConnected):
            self.monitor.gone()
        if isinstance(error, NotConnected | DeviceFault | DriverFailed):
            self._look_anew()
        if incident := incident_of(error):
            self.monitor.note(incident)

    def _finish(self, handle: Operation, on_done: Callable[[T | DriverError], None], result: T | DriverError) -> None:
        with self._lock:
            self._pending.discard(handle)
        try:
            on_done(result)
        except Exception as error:  # noqa: BLE001 - as above
            log.error("%s: %s in the receiver of a result", self.name, type(error).__name__)

    def _opened(self) -> D:
        if self._device is None:
            self._device = self._open_device()
        return self._device

    # --- watching the device -----------------------------------------------------------------------------------------

    def _look_anew(self) -> None:
        """Who met the fault waits to hear that it is over, also when it was too short to count as a disconnect."""
        self._next_look = 0.0
        self._reported = None

    def _hurry(self) -> None:
        self._next_look, self._wait = 0.0, self._timings.retry

    def _look(self) -> None:
        status = self._ask_status()
        self._watch(status)
        if status.state in _MISSING:
            self._missed(status)
            return
        self._ask_capabilities(status)
        self._was_there, self._misses, self._wait = True, 0, self._timings.retry
        self._next_look = monotonic() + self._timings.poll
        self._report(status)

    def _missed(self, status: DeviceStatus) -> None:
        self._misses += 1
        now = monotonic()
        starting = not self._was_there and now < self._grace_ends
        if starting or self._misses < self._timings.misses:
            self._next_look = now + self._timings.retry
            return
        self._drop_device()
        self._report(self._forgiven(status))
        self._next_look = now + self._wait
        self._wait = min(2 * self._wait, self._timings.retry_at_most)

    def _forgiven(self, status: DeviceStatus) -> DeviceStatus:
        if not self._optional or self._was_there:
            return status
        return replace(status, state=State.NO_DEVICE, fault="", who=Who.NOBODY)

    def _watch(self, status: DeviceStatus) -> None:
        """A fault that lasts is one incident, not one a look."""
        if status.state is State.NO_DEVICE:
            self.monitor.gone()
        elif status.state not in _MISSING:
            self.monitor.back()
        if status.fault != self._fault and (incident := incident_in(status.fault)):
            self.monitor.note(incident)
        self._fault = status.fault

    def _ask_capabilities(self, status: DeviceStatus) -> None:
        if self._capabilities is None and self._device is not None and status.works:
            try:
                self._capabilities = self._device.capabilities()
            except Exception as error:  # noqa: BLE001 - as above
                log.error("%s: %s when asked what it is", self.name, type(error).__name__)
                self._capabilities = Capabilities()

    def _ask_status(self) -> DeviceStatus:
        try:
            return self._opened().status()
        except DriverError as error:
            return DeviceStatus(State.NO_DEVICE, f"{self.name}.{error.code}", error.who, error.detail)
        except Exception as error:  # noqa: BLE001 - as above
            fault = f"{self.name}.{DriverFailed.code}"
            if fault != self._fault:
                self.monitor.note(Incident.CRASH)
            return DeviceStatus(State.HARDWARE_ERROR, fault, Who.TECHNICIAN, type(error).__name__)

    def _report(self, status: DeviceStatus) -> None:
        if status == self._reported:
            return
        self._reported = status
        try:
            self._on_status(self.name, status)
        except Exception as error:  # noqa: BLE001 - as above
            log.error("%s: %s in the receiver of a status", self.name, type(error).__name__)

    def _drop_device(self) -> None:
        device, self._device, self._capabilities = self._device, None, None
        try:
            if device is not None:
                device.close()
        except Exception as error:  # noqa: BLE001 - as above
            log.error("%s: %s while closing", self.name, type(error).__name__)
