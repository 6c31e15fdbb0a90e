"""One device of a process: its driver, its worker, and what is watched of its line."""

from collections.abc import Callable
from importlib.metadata import version
from typing import Any, Final

from drivers.contract import Capabilities, Device, DeviceStatus, State
from drivers.errors import DriverError, NotConnected
from drivers.monitor import Monitor, Watch
from drivers.options import Options
from drivers.registry import Driver
from drivers.trace import Header, header_line, record_line
from drivers.worker import DeviceWorker, WorkerTimings
from kiosk.bus.device_messages import FROM_THE_START, DeviceRow, DeviceTrace

OnChange = Callable[[str, DeviceStatus, DeviceStatus], None]
"""Name, before, now."""

PAGE: Final = 250_000
"""Characters: a message of the bus is at most 1 MB, and JSON within JSON grows."""
_STARTING: Final = DeviceStatus(State.STARTING)
_UNTOLD: Final = Capabilities()


def _nobody(_name: str, _before: DeviceStatus, _now: DeviceStatus) -> None:
    """Nobody wants to hear of it."""


class Unit:
    """``options`` is asked each time the device is opened: a simulated one may have moved. ``port`` is for people."""

    def __init__(
        self, name: str, port: str, driver: Driver, options: Callable[[], Options], *, optional: bool = False
    ) -> None:
        self.name = name
        self.port = port
        self.driver = driver
        self._options = options
        self._optional = optional
        self.monitor = Monitor(driver.redactor())
        self._before = _STARTING
        self._on_change: OnChange = _nobody
        self.worker: DeviceWorker[Any] = DeviceWorker(
            name, self.open, self._status, WorkerTimings(poll=driver.poll), monitor=self.monitor, optional=optional
        )

    def open(self) -> Any:
        """A new device of this class. Raises ``NotConnected`` where a simulated one is not there."""
        return self.driver.open(self._options(), self.monitor)

    def start(self, on_change: OnChange = _nobody) -> None:
        self._on_change = on_change
        self.worker.start()

    def close(self) -> None:
        self.worker.close()

    def _status(self, name: str, status: DeviceStatus) -> None:
        before, self._before = self._before, status
        self._on_change(name, before, status)

    def row(self) -> DeviceRow:
        """As the worker knows it now."""
        return self._row(self.worker.status, self.worker.capabilities)

    def look(self) -> DeviceRow:
        """Open the device for one look, without the worker."""
        try:
            device = self.open()
        except DriverError as error:
            return self._looked(DeviceStatus(State.NO_DEVICE, f"{self.name}.{error.code}", error.who, error.detail))
        try:
            return self._looked(device.status(), device.capabilities())
        finally:
            device.close()

    def _looked(self, status: DeviceStatus, told: Capabilities = _UNTOLD) -> DeviceRow:
        """One look cannot tell whether an optional device was ever there: it is given the benefit of the doubt."""
        missing = self._optional and status.state is State.NO_DEVICE
        return self._row(DeviceStatus(State.NO_DEVICE) if missing else status, told)

    def trace(self, after: int) -> DeviceTrace:
        """The records after this number, as many as a message of the bus holds."""
        lines = [header_line(self._header())] if after == FROM_THE_START else []
        newest = max(after, 0)
        for record in self.monitor.trace.records(after):
            lines.append(record_line(record))
            newest = record.number
            if sum(map(len, lines)) > PAGE:
                break
        return DeviceTrace(lines=lines, newest=newest, end=record_line(self.monitor.recording(newest)[-1]))

    def _header(self) -> Header:
        started = self.monitor.started.isoformat(timespec="seconds")
        return Header(self.driver.kind, self.driver.name, self.port, started, version("gov-service-terminal"))

    def _row(self, status: DeviceStatus, told: Capabilities = _UNTOLD) -> DeviceRow:
        verdict = self.monitor.verdict()
        return DeviceRow(
            name=self.name,
            port=self.port,
            driver=self.driver.name,
            state=status.state,
            fault=status.fault,
            who=status.who,
            detail=status.detail,
            substates=dict(status.substates()),
            model=told.model,
            serial_number=told.serial_number,
            firmware=told.firmware,
            score=verdict.score,
            suspect=verdict.suspect,
            advice=verdict.sentence if verdict.score else "",
        )


def absent(name: str) -> Unit:
    """What stands for a device that this terminal does not have: it is missed by nobody."""

    def open_nothing(_options: Options, _watch: Watch) -> Device:
        raise NotConnected("this terminal has none")

    return Unit(name, "", Driver(name, "none", Options, open_nothing), Options, optional=True)
