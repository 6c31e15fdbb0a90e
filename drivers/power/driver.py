"""The power supplies that there are: any UPS that Network UPS Tools knows."""
# ruff: noqa: PLC0415 - a process imports only the libraries of the drivers it uses

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlsplit

from pydantic import Field

from drivers.contract import Cancel, Device
from drivers.discovery import Attachment, Finding, Probe
from drivers.errors import DriverError, NotConnected, Who
from drivers.monitor import Redactor, Watch
from drivers.options import Options
from drivers.registry import Driver
from drivers.selftest import Check, failed, status_only
from drivers.simulation.contract import Place, SimulatedDevice

if TYPE_CHECKING:
    from drivers.power.device import NutPowerSupply

_TEST_SECONDS: Final = 60.0


class NutOptions(Options):
    port: str = Field(
        default="",
        description="address of the power service and name of the UPS: nut://localhost:3493/NAME; "
        "without a name the first UPS that the service lists",
    )
    username: str = Field(default="", description="user of the power service; needed for the battery test only")
    password: str = Field(default="", repr=False, description="that user's password")
    answer_timeout: float = Field(default=3.0, ge=0.2, le=30, description="seconds for one answer")


def _open(options: NutOptions, watch: Watch) -> Device:
    from drivers.power.device import NutPowerSupply
    from drivers.power.protocol import PORT
    from drivers.transports import open_port

    place, ups = _address(options.port)
    return NutPowerSupply(
        watch.port(open_port(place, tcp_port=PORT)),
        ups,
        username=options.username,
        password=options.password,
        answer_timeout=options.answer_timeout,
        watch=watch,
    )


def _address(text: str) -> tuple[str, str]:
    """The port's text and the UPS's name. Raises ``NotConnected``."""
    if not text.startswith("nut://"):
        return text, ""
    try:
        parts = urlsplit(text)
    except ValueError:
        raise NotConnected(f"{text!r}: not nut://host:port/name") from None
    return f"tcp://{parts.netloc}", parts.path.strip("/")


def _redactor() -> Redactor:
    from drivers.power.protocol import NutRedactor

    return NutRedactor()


def _simulated(_: Place) -> SimulatedDevice:
    from drivers.power.simulated import SimulatedPowerSupply

    return SimulatedPowerSupply()


def _ask(attachment: Attachment, timeout: float) -> Finding | None:
    """``LIST UPS`` and the variables of the first one: questions that change nothing."""
    from drivers.power.device import NutPowerSupply
    from drivers.power.protocol import PORT
    from drivers.transports import open_port

    power = NutPowerSupply(open_port(attachment.port, tcp_port=PORT), answer_timeout=timeout / 2)
    try:
        ups = power.name(timeout / 2)
        status, told = power.status(), power.capabilities()
    except NotConnected:
        raise
    except DriverError:
        return None
    finally:
        power.close()
    address = attachment.port.removeprefix("tcp://")
    return Finding(f"nut://{address}/{ups}", f"LIST UPS: {ups}, {status.state}", model=told.model)


def _selftest(device: Device, cancel: Cancel) -> Iterator[Check]:
    """With credentials, the UPS's own quick battery test too: the terminal runs on its battery for some seconds."""

    yield from status_only(device, cancel)
    power = cast("NutPowerSupply", device)
    status = power.status()
    told = status.substates()
    yield Check("battery", status.battery == "ok", f"{told['battery']}, charge {told['charge']} %", status.who)
    if not power.can_test:
        yield Check("battery test", ok=True, evidence="not done: no user name and password are set")
        return
    try:
        result = power.test_battery(timeout=_TEST_SECONDS, cancel=cancel)
    except DriverError as error:
        yield failed("battery test", error)
    else:
        yield Check("battery test", ok=result.passed is True, evidence=result.text, who=Who.TECHNICIAN)


NUT: Final = Driver(
    kind="power",
    name="nut",
    options=NutOptions,
    open=_open,
    redactor=_redactor,
    probe=Probe(frozenset({"tcp"}), _ask, rank=4),
    selftest=_selftest,
    simulated=_simulated,
)
