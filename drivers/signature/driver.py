"""The signature driver of the registry."""
# ruff: noqa: PLC0415 - a process imports only the drivers it uses

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from pydantic import Field

from drivers.contract import Cancel
from drivers.errors import DriverError
from drivers.monitor import Redactor, Watch
from drivers.options import Options
from drivers.registry import Driver
from drivers.selftest import Check, failed, status_only
from drivers.simulation.contract import Place, SimulatedDevice

if TYPE_CHECKING:
    from drivers.signature.contract import SignaturePad
    from drivers.signature.device import TouchSignaturePad

ON_SCREEN: Final = "touch:screen"
_SIGN_IN_TEST: Final = 60.0


class SignatureOptions(Options):
    port: str = Field(
        default=ON_SCREEN, description="touch:screen for the terminal's own window, else a pad's serial line"
    )


def _open(options: SignatureOptions, watch: Watch) -> "TouchSignaturePad":
    from drivers.signature.device import TouchSignaturePad
    from drivers.signature.surfaces import SCREEN, LineSurface

    if options.port == ON_SCREEN:
        return TouchSignaturePad(SCREEN)
    from drivers.transports import open_port

    return TouchSignaturePad(LineSurface(open_port(options.port), watch))


def _redactor() -> Redactor:
    from drivers.signature.redaction import StrokeRedactor

    return StrokeRedactor()


def selftest(device: "SignaturePad", cancel: Cancel) -> Iterator[Check]:
    """Let the technician sign: did points come in, evenly, from all of the pad?"""
    from drivers.signature.protocol import judge

    yield from status_only(device, cancel)
    try:
        signature = device.capture(timeout=_SIGN_IN_TEST, cancel=cancel)
    except DriverError as error:
        yield failed("takes a signature", error)
        return
    look = judge(signature)
    yield Check("takes a signature", look == "plausible", f"{len(signature.strokes)} strokes, {look}")
    points = [point for stroke in signature.strokes for point in stroke]
    seconds = sum(stroke[-1].t - stroke[0].t for stroke in signature.strokes)
    rate = len(points) / seconds if seconds else 0.0
    yield Check("feels the finger often enough", rate >= 20, f"{rate:.0f} points a second")


def _simulated(place: Place) -> SimulatedDevice:
    from drivers.signature.simulated import SimulatedSignaturePad

    return SimulatedSignaturePad(place.run_dir / "signature")


TOUCH: Final = Driver(
    kind="signature",
    name="touch",
    options=SignatureOptions,
    open=_open,
    redactor=_redactor,
    selftest=selftest,
    simulated=_simulated,
)
"""Not looked for: a window has a pad, and nothing else at a serial line speaks its language."""
