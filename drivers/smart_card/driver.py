"""The smart card reader's row in the registry."""
# ruff: noqa: PLC0415 - the library below is loaded only in a process that uses the reader

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from pydantic import Field

from drivers.contract import Cancel
from drivers.discovery import Attachment, Finding, Probe
from drivers.errors import ConnectionLost, DeadlineExceeded, DeviceFault, NotConnected, ProtocolError, Refused
from drivers.monitor import Redactor, Unwatched, Watch
from drivers.options import Options
from drivers.registry import Driver
from drivers.selftest import Check
from drivers.simulation.contract import Place, SimulatedDevice
from drivers.smart_card.contract import ServiceDown, SmartCardReader
from drivers.smart_card.protocol import ReadStyle
from drivers.smart_card.transport import CardTransport

if TYPE_CHECKING:
    from drivers.smart_card.pcsc_transport import PcscTransport

_PCSC: Final = "pcsc:"


class PcscOptions(Options):
    port: str = Field(
        default=_PCSC,
        description="pcsc: for the first reader, pcsc:PART OF ITS NAME for one of several,"
        " vpcd://host:port for a virtual one",
    )
    read_style: ReadStyle = Field(
        default=ReadStyle.AUTO,
        description="how records are asked for: by tag, by record number, or auto to try both",
    )
    left_after: float = Field(
        default=60.0, ge=5, le=3600, description="seconds after which a card that nobody reads counts as left behind"
    )


def _open(options: PcscOptions, watch: Watch) -> SmartCardReader:
    from drivers.smart_card.device import SocialSecurityCardReader, Timings

    transport = _transport(options.port, watch)
    return SocialSecurityCardReader(transport, options.read_style, Timings(left=options.left_after), watch)


def _transport(port: str, watch: Watch) -> CardTransport:
    if port.startswith(_PCSC):
        return _pcsc(port.removeprefix(_PCSC), watch)
    from drivers.smart_card.vpcd_transport import VpcdTransport
    from drivers.transports import open_port

    if not port.startswith(("vpcd:", "replay:")):
        raise NotConnected(f"{port!r} is no reader: pcsc:, pcsc:NAME, vpcd://host:port or replay:FILE")
    return VpcdTransport(watch.port(open_port(port.replace("vpcd:", "tcp:", 1))))


def _pcsc(pattern: str, watch: Watch) -> CardTransport:
    from drivers.smart_card.traced import TracedTransport

    return TracedTransport(_service(pattern), watch)


def _service(pattern: str = "") -> "PcscTransport":
    """Raises ``ServiceDown`` where the library of PC/SC is not installed."""
    try:
        from drivers.smart_card.pcsc_transport import PcscTransport
    except ImportError as error:
        raise ServiceDown(f"PC/SC is not installed: {error}") from None
    return PcscTransport(pattern)


def _redactor() -> Redactor:
    from drivers.smart_card.redaction import CardRedactor

    return CardRedactor()


def _ask(attachment: Attachment, timeout: float) -> Finding | None:
    """Of PC/SC: is it a reader of the service? At a TCP port: does it answer with a slot's state?"""
    if attachment.transport == "smart_card":
        return _listed(attachment, timeout)
    address = urlsplit(attachment.port)
    transport = _transport(f"vpcd://{address.netloc}", Unwatched())
    try:
        slot = transport.slot(timeout, Cancel())
    except (ConnectionLost, ProtocolError, DeadlineExceeded, DeviceFault, Refused):
        return None
    finally:
        transport.close()
    return Finding(f"vpcd://{address.netloc}", "a card is in" if slot.present else "no card is in", model="vpcd")


def _listed(attachment: Attachment, timeout: float) -> Finding | None:
    name = attachment.port.removeprefix(_PCSC)
    transport = _service()
    try:
        found = next((each for each in transport.readers(timeout) if name.casefold() in each.casefold()), None)
    finally:
        transport.close()
    return Finding(attachment.port, f"the smart card service lists {found}", model=found) if found else None


def _selftest(device: Any, cancel: Cancel) -> Iterable[Check]:
    from drivers.smart_card.selftest import selftest

    return selftest(device, cancel)


def _simulated(place: Place) -> SimulatedDevice:
    from drivers.smart_card.simulated import SimulatedCardReader

    del place
    return SimulatedCardReader()


PCSC: Final = Driver(
    kind="smart_card",
    name="pcsc",
    options=PcscOptions,
    open=_open,
    redactor=_redactor,
    probe=Probe(frozenset({"smart_card", "tcp"}), _ask, rank=2),
    selftest=_selftest,
    simulated=_simulated,
)
