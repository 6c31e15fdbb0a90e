"""A USB bus that is no kernel's: what is plugged in, and transfers to it; and pyusb's backend over such a bus."""

import errno
import os
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final, Literal, Protocol

import usb.backend
import usb.core
import usb.util

_KINDS: Final = {"bulk": usb.util.ENDPOINT_TYPE_BULK, "interrupt": usb.util.ENDPOINT_TYPE_INTR}
_GET_DESCRIPTOR: Final = 6
_STRING: Final = 3
_ENGLISH: Final = b"\x04\x03\x09\x04"
"""String descriptor 0: the one language there is."""
_IN: Final = 0x80


@dataclass(frozen=True)
class Pipe:
    """One endpoint. ``address`` has bit 7 set when the device sends on it."""

    address: int
    kind: Literal["bulk", "interrupt"] = "bulk"
    max_packet: int = 64

    @property
    def sends(self) -> bool:
        return bool(self.address & _IN)


@dataclass(frozen=True)
class Descriptors:
    """What a device with one interface says of itself. ``location`` is its socket, as in sysfs: bus, ports."""

    vendor: int
    product: int
    pipes: tuple[Pipe, ...]
    interface_class: int = 0xFF
    manufacturer: str = ""
    name: str = ""
    serial_number: str = ""
    location: str = "1-1"


class Bus(Protocol):
    """One program's view of a bus. Everything raises ``OSError`` with the number that libusb would give: ``ENODEV``
    (gone), ``EBUSY`` (another program has it), ``ETIMEDOUT``."""

    def attached(self) -> Mapping[int, Descriptors]:
        """By address; a device that is plugged in again has a new one."""
        ...

    def claim(self, address: int) -> None: ...

    def release(self, address: int) -> None: ...

    def write(self, address: int, endpoint: int, data: bytes, timeout: float) -> int:
        """How many bytes the device took within ``timeout`` seconds."""
        ...

    def read(self, address: int, endpoint: int, size: int, timeout: float) -> bytes:
        """One transfer of at most ``size`` bytes."""
        ...

    def close(self) -> None: ...


_IBackend: Any = usb.backend.IBackend
"""pyusb has no types, and its base class returns nothing."""


class BusBackend(_IBackend):
    """pyusb's backend over a :class:`Bus`. A device, opened or not, is its address.

    What a device is, is known from the last enumeration: as with libusb, one that is gone can still be described.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._known: Mapping[int, Descriptors] = {}

    def enumerate_devices(self) -> Iterator[int]:
        with _Translated():
            self._known = self._bus.attached()
        return iter(self._known)

    def get_parent(self, dev: int) -> None: ...

    def get_device_descriptor(self, dev: int) -> SimpleNamespace:
        it = self._descriptors(dev)
        bus, _, ports = it.location.partition("-")
        numbers = tuple(int(number) for number in ports.split("."))
        return SimpleNamespace(
            bLength=18,
            bDescriptorType=1,
            bcdUSB=0x0200,
            bDeviceClass=0,
            bDeviceSubClass=0,
            bDeviceProtocol=0,
            bMaxPacketSize0=64,
            idVendor=it.vendor,
            idProduct=it.product,
            bcdDevice=0x0100,
            iManufacturer=1 if it.manufacturer else 0,
            iProduct=2 if it.name else 0,
            iSerialNumber=3 if it.serial_number else 0,
            bNumConfigurations=1,
            address=dev,
            bus=int(bus),
            port_number=numbers[-1],
            port_numbers=numbers,
            speed=None,
        )

    def get_configuration_descriptor(self, dev: int, config: int) -> SimpleNamespace:
        del dev
        _only(config)
        return SimpleNamespace(
            bLength=9,
            bDescriptorType=2,
            wTotalLength=32,
            bNumInterfaces=1,
            bConfigurationValue=1,
            iConfiguration=0,
            bmAttributes=0x80,
            bMaxPower=50,
            extra_descriptors=[],
        )

    def get_interface_descriptor(self, dev: int, intf: int, alt: int, config: int) -> SimpleNamespace:
        _only(intf, alt, config)
        it = self._descriptors(dev)
        return SimpleNamespace(
            bLength=9,
            bDescriptorType=4,
            bInterfaceNumber=0,
            bAlternateSetting=0,
            bNumEndpoints=len(it.pipes),
            bInterfaceClass=it.interface_class,
            bInterfaceSubClass=0,
            bInterfaceProtocol=0,
            iInterface=0,
            extra_descriptors=[],
        )

    def get_endpoint_descriptor(self, dev: int, ep: int, intf: int, alt: int, config: int) -> SimpleNamespace:
        _only(intf, alt, config)
        pipe = self._descriptors(dev).pipes[ep]
        return SimpleNamespace(
            bLength=7,
            bDescriptorType=5,
            bEndpointAddress=pipe.address,
            bmAttributes=_KINDS[pipe.kind],
            wMaxPacketSize=pipe.max_packet,
            bInterval=1,
            bRefresh=0,
            bSynchAddress=0,
            extra_descriptors=[],
        )

    def open_device(self, dev: int) -> int:
        self._descriptors(dev)
        return dev

    def close_device(self, dev_handle: int) -> None: ...

    def set_configuration(self, dev_handle: int, config_value: int) -> None: ...

    def get_configuration(self, dev_handle: int) -> int:
        del dev_handle
        return 1

    def set_interface_altsetting(self, dev_handle: int, intf: int, altsetting: int) -> None: ...

    def claim_interface(self, dev_handle: int, intf: int) -> None:
        del intf
        with _Translated():
            self._bus.claim(dev_handle)

    def release_interface(self, dev_handle: int, intf: int) -> None:
        del intf
        with _Translated():
            self._bus.release(dev_handle)

    def bulk_write(self, dev_handle: int, ep: int, intf: int, data: "array[int]", timeout: int) -> int:
        del intf
        with _Translated():
            return self._bus.write(dev_handle, ep, data.tobytes(), timeout / 1000)

    def bulk_read(self, dev_handle: int, ep: int, intf: int, buff: "array[int]", timeout: int) -> int:
        del intf
        with _Translated():
            return _fill(buff, self._bus.read(dev_handle, ep, len(buff), timeout / 1000))

    intr_write = bulk_write
    intr_read = bulk_read

    def ctrl_transfer(
        self,
        dev_handle: int,
        bmRequestType: int,  # noqa: N803 - pyusb's names
        bRequest: int,  # noqa: N803
        wValue: int,  # noqa: N803
        wIndex: int,  # noqa: N803
        data: "array[int]",
        timeout: int,
    ) -> int:
        """Answers what the names of a device are; whatever else is asked succeeds with nothing."""
        del wIndex, timeout
        it = self._descriptors(dev_handle)
        if not (bmRequestType & _IN and bRequest == _GET_DESCRIPTOR and wValue >> 8 == _STRING):
            return 0
        names = (it.manufacturer, it.name, it.serial_number)
        index = wValue & 0xFF
        return _fill(data, _string(names[index - 1]) if index else _ENGLISH)

    def clear_halt(self, dev_handle: int, ep: int) -> None: ...

    def reset_device(self, dev_handle: int) -> None: ...

    def is_kernel_driver_active(self, dev_handle: int, intf: int) -> bool:
        del dev_handle, intf
        return False

    def _descriptors(self, address: int) -> Descriptors:
        if address not in self._known:
            raise _usb_error(errno.ENODEV)
        return self._known[address]


def _only(*indices: int) -> None:
    """There is one of each; pyusb goes on asking until it hears so."""
    if any(indices):
        raise IndexError


def _string(text: str) -> bytes:
    encoded = text.encode("utf-16-le")
    return bytes([len(encoded) + 2, _STRING]) + encoded


def _fill(buffer: "array[int]", data: bytes) -> int:
    data = data[: len(buffer)]
    buffer[: len(data)] = array("B", data)
    return len(data)


class _Translated:
    """A bus's ``OSError`` leaves as pyusb's error of the same number."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, OSError) and not isinstance(error, usb.core.USBError):
            raise _usb_error(error.errno or errno.EIO, error.strerror) from None


def _usb_error(number: int, reason: str | None = None) -> Exception:
    kind: Any = usb.core.USBTimeoutError if number == errno.ETIMEDOUT else usb.core.USBError
    return kind(reason or os.strerror(number), number, number)
