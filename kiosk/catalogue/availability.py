"""Whether a service can be done on this machine now, and if not, what is missing. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from drivers.contract import DeviceStatus, State
from kiosk.catalogue.items import ServiceItem

NETWORK: Final = "network"
QUEUE: Final = "queue"
QueueState = Literal["accepting", "full", "unavailable"]
"""``full``: so much waits for the network that nothing more is taken that could not be sent at once; ``unavailable``:
nothing can be written (disk full or damaged)."""
_ABSENT: Final = DeviceStatus(State.NO_DEVICE)


@dataclass(frozen=True)
class Reason:
    """``subject`` is the name of a device, :data:`NETWORK` or :data:`QUEUE`; ``fault`` an id of the fault catalogue, or
    the device's state where it names none."""

    subject: str
    fault: str = ""


@dataclass(frozen=True)
class Availability:
    """``limited``: it can be filed here, but the centre's answer comes later."""

    level: Literal["available", "limited", "unavailable"]
    reasons: tuple[Reason, ...] = ()


def availability(
    item: ServiceItem, devices: Mapping[str, DeviceStatus], online: bool | None, queue: QueueState
) -> Availability:
    """``online`` is ``None`` before the first contact, which counts as offline."""
    missing = [_device_reason(name, devices.get(name, _ABSENT)) for name in item.devices]
    reasons = [reason for reason in missing if reason]
    if queue == "unavailable" or (queue == "full" and item.network == "queueable"):
        reasons.append(Reason(QUEUE, f"queue.{queue}"))
    if not online and item.network == "online_only":
        reasons.append(Reason(NETWORK))
    if reasons:
        return Availability("unavailable", tuple(reasons))
    return Availability("available") if online else Availability("limited", (Reason(NETWORK),))


def _device_reason(name: str, status: DeviceStatus) -> Reason | None:
    return None if status.works else Reason(name, status.fault or str(status.state))
