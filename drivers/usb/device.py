"""One USB device over pyusb, and what is plugged in; libusb's errors become the driver's here and nowhere else."""

import contextlib
import errno
import re
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, quote

import usb.core
import usb.util

from drivers.discovery import Attachment
from drivers.errors import ConnectionLost, DeadlineExceeded, NotConnected
from drivers.usb.bus import BusBackend, Pipe
from drivers.usb.socket import SCHEME, RemoteBus

_core: Any = usb.core
_util: Any = usb.util
_TEXT: Final = re.compile(
    rf"(?P<bus>usb|{re.escape(SCHEME)}:/.*?):(?P<vendor>[0-9a-f]{{4}}):(?P<product>[0-9a-f]{{4}})(?:\?(?P<query>.*))?",
    re.IGNORECASE,
)
_KINDS: Final = {usb.util.ENDPOINT_TYPE_BULK: "bulk", usb.util.ENDPOINT_TYPE_INTR: "interrupt"}
_NO_LIBUSB: Final = "libusb is not installed: apt install libusb-1.0-0"
_PORTION: Final = 16384
"""Bytes of one transfer out: what the kernel takes at once; a time-out then loses count of no more."""


@dataclass(frozen=True)
class UsbAddress:
    """Which device a port text means: ``usb:0400:c35a``, and where there are several of the kind, of these the one
    with ``?serial=A1`` or in the socket ``?location=1-1.2``; ``?interface=1`` of a device with several functions.

    ``usb+unix:/run/usb.sock:0400:c35a`` is a device on a simulated bus.
    """

    bus: str
    vendor: int
    product: int
    serial: str = ""
    location: str = ""
    interface: int | None = None

    @property
    def ids(self) -> str:
        return f"{self.vendor:04x}:{self.product:04x}"


def parse(text: str) -> UsbAddress:
    """Raise ``NotConnected`` for a text that is no USB device's."""
    found = _TEXT.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        return UsbAddress(
            found["bus"], int(found["vendor"], 16), int(found["product"], 16), **_choices(found["query"] or "")
        )
    except (ValueError, TypeError):
        raise NotConnected(f"{text!r}: not usb:vendor:product, with ?serial=, ?location= or ?interface=") from None


def _choices(query: str) -> dict[str, Any]:
    choices: dict[str, Any] = dict(parse_qsl(query, strict_parsing=True)) if query else {}
    return {key: int(value) if key == "interface" else value for key, value in choices.items()}


def devices(bus: str = "usb") -> tuple[Attachment, ...]:
    """What is plugged into ``usb`` or ``usb+unix:/run/usb.sock``, hubs left out. Raises ``NotConnected``."""
    with _connection(bus) as backend:
        found = [_attachment(device) for device in _find(backend) if device.bDeviceClass != usb.CLASS_HUB]
    return tuple(_named(bus, each, found) for each in found)


def _attachment(device: Any) -> Attachment:
    name = " ".join(filter(None, (_told(device, "manufacturer"), _told(device, "product"))))
    return Attachment(
        "", "usb", (device.idVendor, device.idProduct), _told(device, "serial_number"), name, _location(device)
    )


def _named(bus: str, one: Attachment, among: list[Attachment]) -> Attachment:
    """With the shortest port text that means this one alone. The socket tells two apart better than a serial number:
    cheap devices of one kind have the same."""
    vendor, product = one.ids or (0, 0)
    several = sum(each.ids == one.ids for each in among) > 1
    port = f"{bus}:{vendor:04x}:{product:04x}" + (f"?location={quote(one.location)}" if several else "")
    return Attachment(port, "usb", one.ids, one.serial_number, one.description, one.location)


def _told(device: Any, name: str) -> str:
    """A device's own words; empty when it has none or this user may not ask."""
    try:
        return (getattr(device, name) or "").strip("\0 ")
    except (usb.core.USBError, ValueError, NotImplementedError):
        return ""


def _location(device: Any) -> str:
    return f"{device.bus}-{'.'.join(map(str, device.port_numbers or ()))}"


@contextlib.contextmanager
def _connection(bus: str) -> Generator[Any]:
    """pyusb's backend for a bus; ``None`` means libusb's."""
    if bus.lower() == "usb":
        yield None
        return
    remote = RemoteBus(bus.partition(":")[2])
    try:
        yield BusBackend(remote)
    finally:
        remote.close()


def _find(backend: Any, **wanted: int) -> list[Any]:
    try:
        return list(_core.find(find_all=True, backend=backend, **wanted))
    except usb.core.NoBackendError:
        raise NotConnected(_NO_LIBUSB) from None
    except usb.core.USBError as error:
        raise NotConnected(f"the USB bus cannot be looked at: {error.strerror}") from None


class UsbDevice:
    """The device that a port text means, opened and claimed for this program alone; for one thread at a time.

    The constructor does no I/O; it raises ``NotConnected`` for a text that is none. ``pipes`` are the bulk and
    interrupt endpoints of the claimed interface, known while open.
    """

    def __init__(self, text: str) -> None:
        self.name = text
        self.address = parse(text)
        self.pipes: tuple[Pipe, ...] = ()
        self.product = ""
        """Its own name for itself, known once it was open."""
        self._device: Any = None
        self._closing = contextlib.ExitStack()

    @property
    def is_open(self) -> bool:
        return self._device is not None

    def open(self) -> None:
        """Raise ``NotConnected`` with the reason: not plugged in, no permission, in use, no libusb."""
        self.close()
        try:
            self._device = self._one(self._closing.enter_context(_connection(self.address.bus)))
            self._claim()
        except usb.core.USBError as error:
            self.close()
            raise NotConnected(f"{self.name}: {self._reason(error)}") from None
        except NotConnected:
            self.close()
            raise

    def write(self, endpoint: int, data: bytes, timeout: float) -> int:
        """Send at most a portion of ``data``; return how many bytes went. Raises ``DeadlineExceeded`` for none."""
        try:
            count = self._opened().write(endpoint, data[:_PORTION], _milliseconds(timeout))
        except usb.core.USBTimeoutError:
            count = 0
        except usb.core.USBError as error:
            raise self._lost(error) from None
        if data and not count:
            raise DeadlineExceeded(f"{self.name}: the device takes no bytes")
        return count

    def read(self, endpoint: int, size: int, timeout: float) -> bytes:
        """One transfer; ``size`` must hold a whole packet of the endpoint, else the packet is lost."""
        try:
            return bytes(self._opened().read(endpoint, size, _milliseconds(timeout)))
        except usb.core.USBTimeoutError:
            return b""
        except usb.core.USBError as error:
            raise self._lost(error) from None

    def close(self) -> None:
        device, self._device = self._device, None
        if device is not None:
            with contextlib.suppress(usb.core.USBError):
                _util.dispose_resources(device)
        self._closing.close()

    def _one(self, backend: Any) -> Any:
        alike = _find(backend, idVendor=self.address.vendor, idProduct=self.address.product)
        mine = [device for device in alike if self._is_meant(device)]
        if not mine:
            others = f" ({len(alike)} like it: another place or serial number, or no permission to ask)"
            raise NotConnected(f"{self.name}: no such USB device is plugged in{others if alike else ''}")
        if len(mine) > 1:
            places = ", ".join(map(_location, mine))
            raise NotConnected(f"{self.name}: {len(mine)} are plugged in; add ?location= with one of {places}")
        return mine[0]

    def _is_meant(self, device: Any) -> bool:
        wanted = self.address
        return wanted.location in ("", _location(device)) and (
            not wanted.serial or wanted.serial == _told(device, "serial_number")
        )

    def _claim(self) -> None:
        device = self._device
        try:
            configuration = device.get_active_configuration()
        except usb.core.USBError as error:
            if error.errno in (errno.EACCES, errno.ENODEV):
                raise
            device.set_configuration()  # a device that no kernel driver knows may have none yet
            configuration = device.get_active_configuration()
        interface = self._interface(configuration)
        number = interface.bInterfaceNumber
        with contextlib.suppress(NotImplementedError):  # only Linux has kernel drivers that can be sent away
            if device.is_kernel_driver_active(number):
                device.detach_kernel_driver(number)
        _util.claim_interface(device, number)
        self.pipes = _pipes(interface)
        self.product = _told(device, "product")

    def _interface(self, configuration: Any) -> Any:
        """The one that the text names, or else the first with pipes both ways, or else the first that listens."""
        wanted = self.address.interface
        choice = [each for each in configuration if wanted in (None, each.bInterfaceNumber)]
        ways = [{pipe.sends for pipe in _pipes(each)} for each in choice]
        for fit in ({True, False}, {False}):
            if fit in ways:
                return choice[ways.index(fit)]
        raise NotConnected(f"{self.name}: the device has no such interface with endpoints to write to")

    def _opened(self) -> Any:
        if self._device is None:
            raise ConnectionLost(f"{self.name}: not open")
        return self._device

    def _lost(self, error: OSError) -> ConnectionLost:
        """Whatever goes wrong but a time-out: the next ``open`` begins anew."""
        return ConnectionLost(f"{self.name}: {error.strerror}")

    def _reason(self, error: OSError) -> str:
        match error.errno:
            case errno.EACCES:
                it = self.address
                rule = f'SUBSYSTEM=="usb", ATTR{{idVendor}}=="{it.vendor:04x}", ATTR{{idProduct}}=="{it.product:04x}"'
                return f'no permission: needs the udev rule {rule}, MODE="0660", GROUP="plugdev"'
            case errno.EBUSY:
                return "another program has it open"
            case errno.ENODEV:
                return "it was unplugged"
            case _:
                return error.strerror or str(error)


def _pipes(interface: Any) -> tuple[Pipe, ...]:
    kinds = {endpoint: _KINDS.get(_util.endpoint_type(endpoint.bmAttributes)) for endpoint in interface}
    return tuple(
        Pipe(endpoint.bEndpointAddress, "bulk" if kind == "bulk" else "interrupt", endpoint.wMaxPacketSize)
        for endpoint, kind in kinds.items()
        if kind
    )


def _milliseconds(timeout: float) -> int:
    """At least one: libusb takes 0 for ever."""
    return max(1, round(timeout * 1000))
