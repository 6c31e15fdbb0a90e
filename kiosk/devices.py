"""Devices for the command line: ask the process that owns them, open them here when nobody does."""

from drivers.contract import Cancel
from drivers.errors import DriverError, Who
from kiosk.bootstrap.devices import DEVICES, opener, port_of
from kiosk.bus.connection import BusError, request
from kiosk.bus.messages import CardReport, DeviceRow, DeviceStatuses, DeviceStatusesRequest, Failed, ReadCardRequest
from kiosk.settings import Settings
from kiosk.ui import READ_SECONDS, card_report

PATIENCE = READ_SECONDS + 5.0
"""Seconds more than the wait for a card, until the answer is there."""


def statuses(settings: Settings) -> list[DeviceRow]:
    try:
        answer = request(settings.terminal.run_dir / "ui.sock", DeviceStatusesRequest())
    except BusError:
        answer = None
    return answer.rows if isinstance(answer, DeviceStatuses) else [_look(settings, name) for name in DEVICES]


def _look(settings: Settings, name: str) -> DeviceRow:
    port = port_of(settings, name)
    try:
        device = opener(settings, name)()
    except DriverError as error:
        fault = f"{name}.{error.code}"
        return DeviceRow(name=name, port=port, state="no_device", fault=fault, who=error.who, detail=error.detail)
    try:
        status = device.status()
    finally:
        device.close()
    return DeviceRow(name=name, port=port, state=status.state, fault=status.fault, who=status.who, detail=status.detail)


def read_card(settings: Settings, device: str, port: str | None, *, timeout: float, personal: bool) -> CardReport:
    """``port`` opens that port here; without one the window's process is asked first."""
    if port is None:
        try:
            return _read_by_owner(settings, timeout=timeout, personal=personal)
        except BusError:
            pass
    try:
        return _read_here(settings, device, port, timeout=timeout, personal=personal)
    except DriverError as error:
        return CardReport(fields={}, error=error.code, who=error.who, sentence=str(error))


def _read_by_owner(settings: Settings, *, timeout: float, personal: bool) -> CardReport:
    socket = settings.terminal.run_dir / "ui.sock"
    answer = request(socket, ReadCardRequest(timeout=timeout, personal=personal), timeout + PATIENCE)
    match answer:
        case CardReport():
            return answer
        case Failed(reason=reason):
            return CardReport(fields={}, error="busy", who=Who.STAFF, sentence=reason)
        case _:
            raise BusError("unexpected answer")


def _read_here(settings: Settings, device: str, port: str | None, *, timeout: float, personal: bool) -> CardReport:
    overrides = {"driver": "serial", "port": port} if port else {}
    section = settings.id_card.model_copy(update=overrides)
    reader = opener(settings.model_copy(update={"id_card": section}), device)()
    try:
        return card_report(reader.read(timeout=timeout, cancel=Cancel()), personal=personal)
    finally:
        reader.close()
