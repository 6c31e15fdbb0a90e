"""Which drivers there are. Each is an entry point of the group ``kiosk.drivers`` named ``class.driver``, so that a
package of somebody else adds one by being installed::

    [project.entry-points."kiosk.drivers"]
    "thermometer.toy" = "toy_thermometer.driver:TOY"

The object named there is a :class:`Driver`; the package it stands in holds ``faults.toml`` (see ``drivers.chapters``).
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Any, Final

from drivers.contract import Cancel, Device
from drivers.discovery import Probe
from drivers.monitor import AllPersonal, Redactor, Watch
from drivers.options import Options
from drivers.selftest import Check, status_only
from drivers.simulation.contract import Place, SimulatedDevice

GROUP: Final = "kiosk.drivers"
FAMILIES: Final = (
    "id_card",
    "smart_card",
    "receipt_printer",
    "document_printer",
    "camera",
    "document_camera",
    "code_scanner",
    "signature",
    "audio",
    "signals",
    "power",
)
"""The order of tables and documents; classes of other packages come behind."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Driver:
    """One way to run one class of device. Nothing here is called before the device is needed: a driver's module
    imports its libraries within these functions, so that a process loads only what it uses.

    ``open`` makes the device and does no I/O. ``simulated`` makes the byte-level device that this driver can be run
    over; the first driver of a class that has one is what ``driver = simulated`` means.
    """

    kind: str
    name: str
    options: type[Options]
    open: Callable[[Any, Watch], Device]
    redactor: Callable[[], Redactor] = AllPersonal
    probe: Probe | None = None
    selftest: Callable[[Any, Cancel], Iterable[Check]] = status_only
    simulated: Callable[[Place], SimulatedDevice] | None = None
    poll: float = 2.0
    """Seconds between two looks at the idle device."""

    @property
    def id(self) -> str:
        return f"{self.kind}.{self.name}"


Table = Mapping[str, Mapping[str, Driver]]
"""Device class -> driver's name -> driver."""


@cache
def table() -> Table:
    """All drivers that could be loaded; one that cannot is logged and left out, and takes no other with it."""
    found: dict[str, dict[str, Driver]] = {}
    for point in _in_order(entry_points(group=GROUP)):
        driver = _load(point)
        if driver and driver.name not in found.setdefault(driver.kind, {}):
            found[driver.kind][driver.name] = driver
    return MappingProxyType({kind: MappingProxyType(each) for kind, each in found.items() if each})


def simulated_driver(kind: str) -> Driver | None:
    """The driver that runs over the simulated device of this class; ``None`` if nothing simulates it."""
    return next((driver for driver in table()[kind].values() if driver.simulated), None)


def _load(point: EntryPoint) -> Driver | None:
    try:
        driver = point.load()
    except Exception as error:  # noqa: BLE001 - whatever a package of somebody else does at its import
        log.error("driver %s cannot be loaded: %s: %s", point.name, type(error).__name__, error)
        return None
    if isinstance(driver, Driver) and driver.id == point.name:
        return driver
    log.error("driver %s is none: %s is no Driver of this name", point.name, point.value)
    return None


def _in_order(points: Iterable[EntryPoint]) -> list[EntryPoint]:
    """Ours first: what else is installed must not take the place of a driver that was there."""

    def key(point: EntryPoint) -> tuple[int, bool, str]:
        kind = point.name.partition(".")[0]
        return (FAMILIES.index(kind) if kind in FAMILIES else len(FAMILIES), not _is_ours(point), point.name)

    return sorted(points, key=key)


def _is_ours(point: EntryPoint) -> bool:
    return point.module.startswith("drivers.")
