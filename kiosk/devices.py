"""Devices for the command line: ask the process that owns them, open them here when nobody does."""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from drivers.contract import Cancel
from drivers.errors import DriverError, Who
from kiosk.bootstrap.devices import OF_VISION, host, unit, units
from kiosk.bus.connection import BusError, connect, request
from kiosk.bus.device_messages import (
    FROM_THE_START,
    DeviceCommand,
    DeviceEvent,
    DeviceEvents,
    DeviceEventsRequest,
    DeviceReport,
    DeviceRow,
    DeviceStatuses,
    DeviceStatusesRequest,
    DeviceTrace,
    DeviceTraceRequest,
)
from kiosk.bus.message import Message
from kiosk.bus.messages import AnyMessage, Failed
from kiosk.hardware import commands
from kiosk.hardware.commands import Report, Request
from kiosk.hardware.host import MARGIN_SECONDS, Host, data_of, memory_of
from kiosk.hardware.unit import Unit
from kiosk.settings import Settings

PATIENCE: Final = MARGIN_SECONDS + 5.0
"""Seconds beyond an operation's own time until its answer is there."""
LOOK_SECONDS: Final = 0.3


def owner(settings: Settings, device: str) -> Path:
    """The socket of the process that owns this device while the terminal runs."""
    return settings.terminal.run_dir / ("vision.sock" if device in OF_VISION else "ui.sock")


# --- state ----------------------------------------------------------------------------------------------------------


def statuses(settings: Settings) -> list[DeviceRow]:
    """One row a device class, in the order of the registry."""
    known = {row.name: row for row in rows_in_use(settings)}
    mine = {name: each for name, each in units(settings).items() if name not in known}
    if mine:
        with ThreadPoolExecutor(len(mine), "look") as pool:
            known |= {row.name: row for row in pool.map(Unit.look, mine.values())}
    return [known[name] for name in settings.devices]


def rows_in_use(settings: Settings) -> list[DeviceRow]:
    """Of the devices that a running terminal has open; none is opened here."""
    return [row for socket in _sockets(settings) for row in _rows_of(socket)]


def _sockets(settings: Settings) -> Sequence[Path]:
    return [settings.terminal.run_dir / name for name in ("ui.sock", "vision.sock")]


def _rows_of(socket: Path) -> list[DeviceRow]:
    answer = _ask(socket, DeviceStatusesRequest())
    return answer.rows if isinstance(answer, DeviceStatuses) else []


def _ask(socket: Path, message: Message) -> AnyMessage | None:
    try:
        return request(socket, message)
    except BusError:
        return None


def works(row: DeviceRow) -> bool:
    """Whether nobody has to do anything about it: a device that this terminal does not have is no fault."""
    return row.state in ("online", "busy", "degraded") or (row.state == "no_device" and not row.fault)


# --- what happens ---------------------------------------------------------------------------------------------------


class Watcher:
    """Follows the devices of a running terminal or, without one, opened here. Context manager.

    ``here`` names a single device that is opened here in any case.
    """

    def __init__(self, settings: Settings, here: str = "") -> None:
        sockets = () if here else _sockets(settings)
        self._sockets: list[Path] = [socket for socket in sockets if _ask(socket, DeviceStatusesRequest())]
        self._seen = dict.fromkeys(self._sockets, 0)
        self._hosts = [] if self._sockets else _hosts(settings, here)
        self._newest = [0 for _ in self._hosts]

    def __enter__(self) -> "Watcher":
        for each in self._hosts:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._hosts:
            each.close()

    def rows(self) -> list[DeviceRow]:
        here = [each.row() for one in self._hosts for each in one.units.values()]
        return here or [row for socket in self._sockets for row in _rows_of(socket)]

    def news(self) -> Iterator[DeviceEvent]:
        """What happened since it was asked last."""
        for number, one in enumerate(self._hosts):
            for event in one.events_after(self._newest[number]):
                self._newest[number] = event.number
                yield event
        for socket, after in self._seen.items():
            answer = _ask(socket, DeviceEventsRequest(after=after))
            for event in answer.events if isinstance(answer, DeviceEvents) else []:
                self._seen[socket] = event.number
                yield event


def _hosts(settings: Settings, only: str) -> list[Host]:
    if only:
        return [Host([unit(settings, only)], lambda _name, _status: None)]
    return [host(settings, each) for each in ("ui", "vision")]


# --- wire trace -----------------------------------------------------------------------------------------------------


def trace(settings: Settings, device: str, stop: threading.Event, *, follow: bool, here: bool = False) -> Iterator[str]:
    """The lines of a trace file: what is kept and, with ``follow``, what comes until ``stop`` is set.

    ``here`` opens the device in this process, as is done when no terminal runs.
    """
    socket = owner(settings, device)
    if here or _ask(socket, DeviceStatusesRequest()) is None:
        yield from _trace_here(settings, device, stop)
    else:
        yield from _pages(lambda after: _trace_page(socket, device, after), stop, follow=follow)


def _trace_here(settings: Settings, device: str, stop: threading.Event) -> Iterator[str]:
    """There is nothing to see yet: it is always followed."""
    one = unit(settings, device)
    one.start()
    try:
        yield from _pages(one.trace, stop, follow=True)
    finally:
        one.close()


def _trace_page(socket: Path, device: str, after: int) -> DeviceTrace:
    answer = request(socket, DeviceTraceRequest(device=device, after=after))
    if isinstance(answer, DeviceTrace):
        return answer
    raise BusError(answer.reason if isinstance(answer, Failed) else "unexpected answer")


def _pages(page: Callable[[int], DeviceTrace], stop: threading.Event, *, follow: bool) -> Iterator[str]:
    after = FROM_THE_START
    while True:
        answer = page(after)
        yield from answer.lines
        more, after = answer.newest > max(after, 0), answer.newest
        if not more and (not follow or stop.wait(LOOK_SECONDS)):
            yield answer.end
            return


# --- commands -------------------------------------------------------------------------------------------------------


def perform(settings: Settings, verb: str, device: str, order: Request, *, here: bool) -> Report:
    """``here`` opens the device in this process; else its owner is asked first."""
    if not here:
        try:
            return _by_owner(owner(settings, device), verb, device, order)
        except BusError:
            pass
    return _here(settings, verb, device, order)


def _by_owner(socket: Path, verb: str, device: str, order: Request) -> Report:
    message = DeviceCommand(verb=verb, device=device, timeout=order.timeout, personal=order.personal)
    with connect(socket) as connection:
        descriptor = memory_of(order.data)
        try:
            connection.send(message, descriptor)
        finally:
            os.close(descriptor)
        try:
            answer = connection.receive(order.timeout + PATIENCE)
        except TimeoutError:
            return Report(error="deadline_exceeded", who=Who.TECHNICIAN, sentence="the terminal does not answer")
        picture = connection.take_descriptor()
    match answer:
        case DeviceReport():
            shown = data_of(picture) if picture is not None else b""
            return Report(answer.fields, answer.error, Who(answer.who), answer.sentence, shown)
        case Failed(reason=reason):
            return Report(error="busy", who=Who.STAFF, sentence=reason)
        case _:
            raise BusError("unexpected answer")


def _here(settings: Settings, verb: str, device: str, order: Request) -> Report:
    one, cancel = unit(settings, device), Cancel()
    try:
        opened = one.open()
    except DriverError as error:
        return commands.failed(error)
    try:
        return commands.perform(verb, one.driver, opened, order, cancel)
    finally:
        opened.close()
