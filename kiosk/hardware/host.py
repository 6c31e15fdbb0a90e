"""The devices of one process: a worker each, what happened to them, and the bus messages that ask about them."""

import mmap
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any, Final

from drivers.contract import Cancel, DeviceStatus
from drivers.discovery import Attachment
from drivers.errors import DeadlineExceeded, DriverError
from drivers.events import Event, ItemMoved, StateChanged, ThresholdReached, events
from drivers.worker import DeviceWorker, Operation
from kiosk.bus.connection import Connection
from kiosk.bus.device_messages import (
    DeviceCommand,
    DeviceEvent,
    DeviceEvents,
    DeviceEventsRequest,
    DeviceReport,
    DeviceStatuses,
    DeviceStatusesRequest,
    DeviceTraceRequest,
    What,
)
from kiosk.bus.message import Message
from kiosk.bus.messages import AnyMessage, Failed
from kiosk.hardware.commands import COMMANDS, OF_EVERY_CLASS, Report, Request, failed, perform
from kiosk.hardware.unit import Unit

REMEMBERED: Final = 1000
MARGIN_SECONDS: Final = 20.0
"""What an operation may take beyond its own time: a card found in the last moment is still read whole."""
MAX_DATA: Final = 64 << 20
BUSY: Final = "a citizen is at the terminal"
MESSAGES: Final = (DeviceStatusesRequest, DeviceEventsRequest, DeviceTraceRequest, DeviceCommand)


class Host:
    """``on_status(name, status)`` is called on the devices' threads. While ``occupied()`` nobody gets at a device."""

    def __init__(
        self,
        units: Sequence[Unit],
        on_status: Callable[[str, DeviceStatus], None],
        occupied: Callable[[], bool] = lambda: False,
    ) -> None:
        self.units: Mapping[str, Unit] = {unit.name: unit for unit in units}
        self._on_status = on_status
        self._occupied = occupied
        self._lock = threading.Lock()
        self._events: deque[DeviceEvent] = deque(maxlen=REMEMBERED)
        self._number = 0
        self._running: set[Operation] = set()
        """A technician's operations, which must not get hold of what a citizen lays down."""

    def start(self) -> None:
        for unit in self.units.values():
            unit.start(self._changed)

    def close(self) -> None:
        for unit in self.units.values():
            unit.close()

    def worker(self, name: str) -> DeviceWorker[Any]:
        return self.units[name].worker

    def wake(self) -> None:
        """Something was plugged in or out: look now."""
        for unit in self.units.values():
            unit.worker.wake()

    def yield_to_citizen(self) -> None:
        """Cancel what a technician has a device do."""
        with self._lock:
            running = tuple(self._running)
        for operation in running:
            operation.cancel()

    # --- events ------------------------------------------------------------------------------------------------------

    def plugged(self, added: Iterable[Attachment], removed: Iterable[Attachment]) -> None:
        """Something was plugged in or out: remember it, known to a driver or not, and look at every device now."""
        changes: tuple[tuple[What, Iterable[Attachment]], ...] = (("plugged", added), ("unplugged", removed))
        for what, attachments in changes:
            for each in attachments:
                self._remember(each.transport, what, f"{each.port} {each.description}".rstrip())
        self.wake()

    def disk(self, level: str) -> None:
        """How much room there is for what must survive a restart."""
        self._remember("disk", "threshold", f"space {level}")

    def _changed(self, name: str, before: DeviceStatus, now: DeviceStatus) -> None:
        for event in events(name, before, now):
            self._remember(name, *_told(event))
        self._on_status(name, now)

    def _remember(self, device: str, what: What, text: str) -> None:
        with self._lock:
            self._number += 1
            self._events.append(DeviceEvent(number=self._number, at=time.time(), device=device, what=what, text=text))

    def events_after(self, number: int) -> list[DeviceEvent]:
        """As far as they are remembered."""
        with self._lock:
            return [event for event in self._events if event.number > number]

    # --- the bus: any thread -----------------------------------------------------------------------------------------

    def answer(self, message: AnyMessage, connection: Connection) -> None:
        """Answer one of :data:`MESSAGES`."""
        match message:
            case DeviceStatusesRequest():
                connection.send(DeviceStatuses(rows=[unit.row() for unit in self.units.values()]))
            case DeviceEventsRequest(after=after):
                connection.send(DeviceEvents(events=self.events_after(after)))
            case DeviceTraceRequest():
                connection.send(self._trace(message))
            case DeviceCommand():
                self._command(message, connection)
            case _:
                connection.send(Failed(reason=f"{message.type} is not about a device"))

    def _trace(self, message: DeviceTraceRequest) -> Message:
        if (unit := self.units.get(message.device)) is None:
            return Failed(reason=f"no {message.device} here")
        return unit.trace(message.after)

    def _command(self, message: DeviceCommand, connection: Connection) -> None:
        data = _take_data(connection)
        unit = self.units.get(message.device)
        if unit is None or not (message.verb in OF_EVERY_CLASS or (message.verb, unit.driver.kind) in COMMANDS):
            connection.send(Failed(reason=f"no {message.verb} for {message.device} here"))
        elif self._occupied():
            connection.send(Failed(reason=BUSY))
        else:
            request = Request(message.timeout, message.personal, data)
            _send(connection, self._perform(message.verb, unit, request))

    def _perform(self, verb: str, unit: Unit, request: Request) -> Report | None:
        done: Future[Report | DriverError] = Future()

        def operation(device: Any, cancel: Cancel) -> Report:
            return perform(verb, unit.driver, device, request, cancel)

        running = unit.worker.submit(operation, on_done=done.set_result)
        with self._lock:
            self._running.add(running)
        try:
            result = done.result(request.timeout + MARGIN_SECONDS)
        except FutureTimeout:
            result = DeadlineExceeded("hangs")
        finally:
            running.cancel()
            with self._lock:
                self._running.discard(running)
        return None if self._occupied() else failed(result) if isinstance(result, DriverError) else result


def _send(connection: Connection, report: Report | None) -> None:
    """``None``: the operation gave way to a citizen."""
    if report is None:
        connection.send(Failed(reason=BUSY))
        return
    message = DeviceReport(
        fields=dict(report.fields),
        error=report.error,
        who=report.who,
        sentence=report.sentence,
        picture=bool(report.picture),
    )
    if not report.picture:
        connection.send(message)
        return
    descriptor = memory_of(report.picture)
    try:
        connection.send(message, descriptor)
    finally:
        os.close(descriptor)


def memory_of(data: bytes) -> int:
    """A descriptor of anonymous memory that holds ``data``; the caller closes it."""
    descriptor = os.memfd_create("kiosk")
    os.write(descriptor, data)
    return descriptor


def data_of(descriptor: int) -> bytes:
    """What the memory holds; closes the descriptor."""
    try:
        size = min(os.fstat(descriptor).st_size, MAX_DATA)
        if not size:
            return b""
        with mmap.mmap(descriptor, size, prot=mmap.PROT_READ) as memory:
            return memory[:]
    finally:
        os.close(descriptor)


def _take_data(connection: Connection) -> bytes:
    descriptor = connection.take_descriptor()
    return b"" if descriptor is None else data_of(descriptor)


def _told(event: Event) -> tuple[What, str]:
    match event:
        case StateChanged(before=before, now=now):
            return "state", f"{before} -> {now.state} {now.fault}".rstrip()
        case ThresholdReached(supply=supply, level=level):
            return "threshold", f"{supply} {level}"
        case ItemMoved(item=item, move=move):
            return "item", f"{item} {move}"
        case _:
            return "event", type(event).__name__
