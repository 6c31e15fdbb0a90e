"""The row of the registry: what can be set, and how the reader is opened, found, tested and simulated."""
# ruff: noqa: PLC0415 - a process loads the libraries of the devices it has, and no others

from collections.abc import Iterator
from time import monotonic
from typing import TYPE_CHECKING, Final, Literal

from pydantic import Field

from drivers.contract import Cancel, State
from drivers.discovery import Attachment, Finding, Probe
from drivers.errors import DriverError, NotConnected, Who
from drivers.id_card.contract import SecurityModuleFault
from drivers.id_card.redactor import SamRedactor
from drivers.monitor import Watch
from drivers.options import Options
from drivers.ports import Port
from drivers.registry import Driver
from drivers.selftest import Check, answers, failed
from drivers.simulation.contract import Place, SimulatedDevice

if TYPE_CHECKING:
    from drivers.id_card.device import SamIdCardReader

Baud = Literal["auto", "115200", "57600", "38400", "19200", "9600"]
_AUTO: Final = "auto"
_STATUS_ROUNDS: Final = 20
_LEAST_ANSWER: Final = 0.05
"""Seconds that a rate is given at least; below that no answer says nothing."""


class SamOptions(Options):
    port: str = Field(
        default="",
        description="where the reader is: /dev/serial/by-path/..., usb:0400:c35a (with ?location=1-1.2 where there are "
        "two) or tcp://host:port",
    )
    baud: Baud = Field(default=_AUTO, description="speed of a serial line; auto asks at each and keeps what answers")
    usb_framing: Literal["auto", "split", "single", "hid", "miaxis"] = Field(
        default=_AUTO,
        description="how frames go over USB; auto counts the endpoints. hid and miaxis were never seen on real readers",
    )
    fingerprint: bool = Field(default=False, description="read the card's fingerprints, too; they stay opaque")
    newest_address: bool = Field(default=True, description="ask each card with an address for a newer one")
    sam_digits: Literal["9", "10"] = Field(
        default="10", description="digits of the last two numbers in the security module's number, as its label has it"
    )


def _open(options: SamOptions, watch: Watch) -> "SamIdCardReader":
    from drivers.id_card.device import Reading, SamIdCardReader

    port = _port(options)
    reading = Reading(options.fingerprint, options.newest_address, int(options.sam_digits))
    return SamIdCardReader(
        watch.port(port), watch=watch, reading=reading, model=lambda: str(getattr(port, "product", ""))
    )


def _port(options: SamOptions) -> Port:
    from drivers.id_card.line import BAUD, DetectingPort
    from drivers.id_card.usb_framing import UsbFraming
    from drivers.id_card.usb_line import SamUsbPort
    from drivers.transports import open_port

    if options.port.startswith("usb"):
        return SamUsbPort(options.port, UsbFraming(options.usb_framing))
    if options.baud != _AUTO:
        return open_port(options.port, baud=int(options.baud))
    return DetectingPort(options.port) if options.port.startswith("/") else open_port(options.port, baud=BAUD)


# --- is it there? ----------------------------------------------------------------------------------------------------


def _ask(attachment: Attachment, timeout: float) -> Finding | None:
    """A question for the security module's status, which disturbs no card, and for its number."""
    from drivers.id_card.line import RATES, DetectingPort, LineTimings
    from drivers.id_card.usb_line import KNOWN_IDS, SamUsbPort

    if attachment.transport == "usb":
        return _identified(SamUsbPort(attachment.port), attachment, {}) if attachment.ids in KNOWN_IDS else None
    port = DetectingPort(attachment.port, timings=LineTimings(answer=max(_LEAST_ANSWER, timeout / (len(RATES) + 2))))
    try:
        port.open()
    finally:
        port.close()
    return _identified(port, attachment, {"baud": str(port.baud)}) if port.answered else None


def _identified(port: Port, attachment: Attachment, options: dict[str, str]) -> Finding | None:
    from drivers.id_card.device import SamIdCardReader
    from drivers.id_card.exchange import Timings

    reader = SamIdCardReader(port, Timings(command=0.3, gap=0.1))
    try:
        status = reader.status()
    finally:
        reader.close()
    if status.state is State.NO_DEVICE:
        raise NotConnected(status.detail)
    if status.state is not State.ONLINE and not status.fault.endswith(SecurityModuleFault.code):
        return None
    evidence = f"security module {status.sam_id}" if status.sam_id else f"security module: {status.detail}"
    return Finding(attachment.port, evidence, options, attachment.description)


# --- its own test ----------------------------------------------------------------------------------------------------


def _selftest(reader: "SamIdCardReader", cancel: Cancel) -> Iterator[Check]:
    """Steps of a technician: does it answer, is the line clean, does the antenna search? No card is read."""
    status = reader.status()
    yield answers(status)
    if status.works and not cancel.is_set():
        yield Check("security module number", bool(status.sam_id), status.sam_id, status.who)
        yield _line(reader, cancel)
        yield _antenna(reader, cancel)


def _line(reader: "SamIdCardReader", cancel: Cancel) -> Check:
    """A cable that is good once may be bad in one of twenty."""
    began = monotonic()
    told = [reader.status() for _ in range(_STATUS_ROUNDS) if not cancel.is_set()]
    each = (monotonic() - began) / max(len(told), 1)
    bad = [status for status in told if not status.works]
    evidence = f"{len(told) - len(bad)} of {len(told)} questions answered, {each * 1000:.0f} ms each"
    return Check("line", not bad, evidence, bad[0].who if bad else Who.NOBODY)


def _antenna(reader: "SamIdCardReader", cancel: Cancel) -> Check:
    try:
        found = reader.search(cancel)
    except DriverError as error:
        return failed("card search", error)
    return Check("card search", ok=True, evidence="a card lies there" if found else "no card lies there")


def _simulated(place: Place) -> SimulatedDevice:
    from drivers.id_card.simulated import SimulatedReader

    return SimulatedReader(place.run_dir / "id_card.tty")


SAM: Final = Driver(
    kind="id_card",
    name="sam",
    options=SamOptions,
    open=_open,
    redactor=SamRedactor,
    probe=Probe(frozenset({"serial", "usb"}), _ask, rank=1),
    selftest=_selftest,
    simulated=_simulated,
)
