"""Can this machine do this service now? Pure: from the item, the devices' states and the network."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from drivers.contract import DeviceStatus
from kiosk.catalogue.items import ServiceItem

Level = Literal["available", "limited", "unavailable"]


@dataclass(frozen=True)
class Reason:
    """Why not, or not wholly: a device with its fault, or (``device`` empty) the network or the queue."""

    what: Literal["device", "network", "queue"]
    device: str = ""
    fault: str = ""


@dataclass(frozen=True)
class Availability:
    level: Level
    reasons: tuple[Reason, ...] = ()


def availability(
    item: ServiceItem, devices: Mapping[str, DeviceStatus], online: bool | None, accepting: bool
) -> Availability:
    """A device nobody has heard of yet does not count against the service: it may only be starting."""
    broken = tuple(
        Reason("device", name, devices[name].fault)
        for name in item.devices
        if name in devices and not devices[name].works and devices[name].state != "starting"
    )
    if broken:
        return Availability("unavailable", broken)
    if not accepting:
        return Availability("unavailable", (Reason("queue"),))
    if online is False:
        level = "unavailable" if item.network == "online_only" else "limited"
        return Availability(level, (Reason("network"),))
    return Availability("available")
