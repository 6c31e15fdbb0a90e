"""The code scanner drivers of the registry."""
# ruff: noqa: PLC0415 - a process imports only the drivers it uses

from collections.abc import Callable, Iterator
from contextlib import closing
from threading import Event
from typing import TYPE_CHECKING, Final

from pydantic import Field

from drivers.contract import Cancel
from drivers.discovery import Attachment, Finding, Probe
from drivers.errors import DriverError, NotConnected
from drivers.monitor import AllPersonal, Redactor, Watch
from drivers.options import Options
from drivers.registry import Driver
from drivers.selftest import Check, failed, status_only
from drivers.simulation.contract import Place, SimulatedDevice

if TYPE_CHECKING:
    from drivers.code_scanner.camera import CameraCodeScanner
    from drivers.code_scanner.contract import CodeScanner
    from drivers.code_scanner.device import LineCodeScanner

_SCAN_IN_TEST: Final = 10.0


class CameraOptions(Options):
    port: str = Field(
        default="", description="where the scanner is; a camera: number, /dev/video0, http or rtsp address"
    )
    hold_off: float = Field(
        default=1.5, ge=0, le=60, description="seconds in which the same code, still held there, is not a second one"
    )


class LineOptions(CameraOptions):
    ending: str = Field(
        default="line",
        pattern="^(line|silence)$",
        description="how the end of a code is known: line (CR, LF or both), or silence for scanners that send neither",
    )


class SerialOptions(LineOptions):
    baud: int = Field(default=9600, ge=1200, le=921600, description="speed of the serial line; over USB it has none")


# --- opening ----------------------------------------------------------------------------------------------------------


def _open_serial(dialect: str) -> Callable[[SerialOptions, Watch], "LineCodeScanner"]:
    def open_scanner(options: SerialOptions, watch: Watch) -> "LineCodeScanner":
        from drivers.code_scanner.device import Ending, LineCodeScanner, Timings
        from drivers.code_scanner.protocol import DIALECTS
        from drivers.transports import open_port

        return LineCodeScanner(
            open_port(options.port, baud=options.baud),
            DIALECTS[dialect],
            ending=Ending(options.ending),
            timings=Timings(hold_off=options.hold_off),
            watch=watch,
        )

    return open_scanner


def _open_wedge(options: LineOptions, watch: Watch) -> "LineCodeScanner":
    from drivers.code_scanner.device import Ending, LineCodeScanner, Timings
    from drivers.code_scanner.input_port import InputPort
    from drivers.code_scanner.keyboard import WEDGE as DIALECT

    return LineCodeScanner(
        InputPort(options.port),
        DIALECT,
        ending=Ending(options.ending),
        timings=Timings(hold_off=options.hold_off),
        watch=watch,
    )


def _open_camera(options: CameraOptions, watch: Watch) -> "CameraCodeScanner":
    from drivers.code_scanner.camera import CameraCodeScanner
    from drivers.video.reader import Video
    from drivers.video.source import Wishes

    # small codes on a telephone need more than the 640 pixels that do for a face
    wishes = Wishes(width=1280, height=720, exact=False)
    return CameraCodeScanner(Video(options.port, wishes, watch=watch), hold_off=options.hold_off)


def _line_redactor() -> Redactor:
    from drivers.code_scanner.redaction import LineRedactor

    return LineRedactor()


def _key_redactor() -> Redactor:
    from drivers.code_scanner.redaction import KeyRedactor

    return KeyRedactor()


# --- looking for one --------------------------------------------------------------------------------------------------

_VENDORS: Final = {0x0C2E: "honeywell", 0x1EAB: "newland"}
"""USB vendor number -> driver's name: Metrologic, which is Honeywell's, and Newland Auto-ID."""


def _ask_gm65(attachment: Attachment, timeout: float) -> Finding | None:
    from drivers.code_scanner.device import LineCodeScanner, Timings
    from drivers.code_scanner.protocol import GM65 as DIALECT
    from drivers.transports import open_port

    port = open_port(attachment.port, baud=SerialOptions().baud)
    with closing(LineCodeScanner(port, DIALECT, timings=Timings(command=timeout))) as scanner:
        status = scanner.status()
    if status.fault.endswith(f".{NotConnected.code}"):
        raise NotConnected(status.detail)
    return Finding(attachment.port, "answers when asked for its trigger", model="GM65 family") if status.works else None


def _ask_model(dialect: str, baud: int) -> Callable[[Attachment, float], Finding | None]:
    def ask(attachment: Attachment, timeout: float) -> Finding | None:
        from drivers.code_scanner.device import LineCodeScanner, Timings
        from drivers.code_scanner.protocol import DIALECTS
        from drivers.transports import open_port

        port = open_port(attachment.port, baud=baud)
        # asked when the line is opened, and once more if it was silent then
        with closing(LineCodeScanner(port, DIALECTS[dialect], timings=Timings(command=timeout / 2))) as scanner:
            try:
                told = scanner.identify(timeout / 2, Event())
            except NotConnected:
                raise
            except DriverError:
                return _looks_like(dialect, attachment)
        return Finding(attachment.port, "says what it is", {"baud": str(baud)}, told.model)

    return ask


def _looks_like(dialect: str, attachment: Attachment) -> Finding | None:
    vendor = attachment.ids[0] if attachment.ids else None
    if vendor is None or _VENDORS.get(vendor) != dialect:
        return None
    return Finding(attachment.port, f"USB vendor {vendor:04x}", model=attachment.description, sure=False)


def _ask_wedge(attachment: Attachment, timeout: float) -> Finding | None:
    """It cannot be asked; its name or its maker must do. A keyboard that is none of these is left alone."""
    del timeout
    words = attachment.description.lower()
    maker = attachment.ids is not None and attachment.ids[0] in _VENDORS
    if not (maker or any(word in words for word in ("barcode", "bar code", "scanner"))):
        return None
    return Finding(attachment.port, f"a keyboard called {attachment.description!r}", sure=False)


# --- the test, and the simulated one ----------------------------------------------------------------------------------


def selftest(device: "CodeScanner", cancel: Cancel) -> Iterator[Check]:
    """Light up and read the code that the technician holds there; what it says is not told."""
    yield from status_only(device, cancel)
    try:
        code = device.scan(timeout=_SCAN_IN_TEST, cancel=cancel)
    except DriverError as error:
        yield failed("reads a code that is held there", error)
    else:
        kind = code.symbology or "kind not told"
        yield Check("reads a code that is held there", ok=True, evidence=f"{len(code.text)} characters, {kind}")


def _simulated(place: Place) -> SimulatedDevice:
    from drivers.code_scanner.simulated import SimulatedCodeScanner

    return SimulatedCodeScanner(place.run_dir / "code_scanner")


GM65: Final = Driver(
    kind="code_scanner",
    name="gm65",
    options=SerialOptions,
    open=_open_serial("gm65"),
    redactor=_line_redactor,
    probe=Probe(frozenset({"serial"}), _ask_gm65, rank=3),
    selftest=selftest,
    simulated=_simulated,
)
HONEYWELL: Final = Driver(
    kind="code_scanner",
    name="honeywell",
    options=SerialOptions,
    open=_open_serial("honeywell"),
    redactor=_line_redactor,
    probe=Probe(frozenset({"serial"}), _ask_model("honeywell", 115200), rank=6),
    selftest=selftest,
)
NEWLAND: Final = Driver(
    kind="code_scanner",
    name="newland",
    options=SerialOptions,
    open=_open_serial("newland"),
    redactor=_line_redactor,
    probe=Probe(frozenset({"serial"}), _ask_model("newland", 9600), rank=6),
    selftest=selftest,
)
WEDGE: Final = Driver(
    kind="code_scanner",
    name="wedge",
    options=LineOptions,
    open=_open_wedge,
    redactor=_key_redactor,
    probe=Probe(frozenset({"input"}), _ask_wedge, rank=0),
    selftest=selftest,
)
CAMERA: Final = Driver(
    kind="code_scanner",
    name="camera",
    options=CameraOptions,
    open=_open_camera,
    redactor=AllPersonal,
    selftest=selftest,
)
"""Not looked for: any camera could be one."""
