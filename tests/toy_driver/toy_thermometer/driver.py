"""What the entry point names. Libraries and the driver itself are imported when the device is opened, not before."""

from typing import Any

from pydantic import Field

from drivers.discovery import Attachment, Finding, Probe
from drivers.errors import DriverError, NotConnected
from drivers.monitor import NothingPersonal, Unwatched, Watch
from drivers.options import Options
from drivers.registry import Driver
from drivers.simulation.contract import Place


class ToyOptions(Options):
    port: str = Field(default="", description="a serial device such as /dev/ttyUSB0")
    offset: float = Field(default=0.0, ge=-10, le=10, description="degrees to add, -10 to 10")


def _open(options: Options, watch: Watch) -> Any:
    from drivers.transports import open_port
    from toy_thermometer.device import Thermometer

    return Thermometer(watch.port(open_port(options.port, baud=9600)))


def _probe(attachment: Attachment, timeout: float) -> Finding | None:
    device = _open(ToyOptions(port=attachment.port), Unwatched())
    try:
        return Finding(attachment.port, f"answered T? with {device.read():.1f} degrees", model="toy thermometer")
    except NotConnected:
        raise
    except DriverError:
        return None


def _simulated(place: Place) -> Any:
    from toy_thermometer.simulated import SimulatedThermometer

    return SimulatedThermometer(place.run_dir / "thermometer.tty")


TOY = Driver(
    kind="thermometer",
    name="toy",
    options=ToyOptions,
    open=_open,
    redactor=NothingPersonal,
    probe=Probe(frozenset({"serial"}), _probe, rank=6),
    simulated=_simulated,
)
