"""Which driver serves which kind of device: the table that a new driver joins."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from drivers.contract import Device
from drivers.id_card.contract import IdCardReader
from drivers.id_card.device import SamIdCardReader
from drivers.serial_port import SerialPort

D_co = TypeVar("D_co", bound=Device, covariant=True)


@dataclass(frozen=True)
class DeviceKind(Generic[D_co]):
    """``open`` takes the port's name and makes the device; like every constructor of a device it does no I/O."""

    kind: str
    open: Callable[[str], D_co]


ID_CARD: Final[DeviceKind[IdCardReader]] = DeviceKind("id_card", lambda port: SamIdCardReader(SerialPort(port)))
