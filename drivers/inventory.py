"""What is plugged in, by reading the kernel's lists: opens nothing, asks no device, and needs no permission.

A port text is chosen to stay the same: by the socket a device is plugged into rather than by the number it got.
"""

import logging
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from drivers.discovery import Attachment
from drivers.errors import NotConnected

log = logging.getLogger(__name__)

Source = Callable[[], Iterable[Attachment]]
"""Raises :class:`Unavailable` where it cannot look."""

_HUB: Final = "09"
_NO_UART: Final = "0"
_SOUND_CARD: Final = re.compile(r"^ *\d+ \[(\w+) *\]: (.+)$", re.MULTILINE)
_PCSC_TIMEOUT: Final = 2.0


class Unavailable(Exception):
    """This kind of device cannot be listed on this machine; the message says why."""


class Inventory:
    """``reasons`` says, after a scan, which sources could not look and why."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = sources
        self.reasons: Mapping[str, str] = {}

    def scan(self) -> tuple[Attachment, ...]:
        """Everything attached, also what no driver knows. Never raises."""
        found: list[Attachment] = []
        reasons: dict[str, str] = {}
        for name, source in self._sources.items():
            try:
                found += source()
            except (Unavailable, NotConnected, OSError) as error:
                reasons[name] = getattr(error, "detail", "") or str(error)
            except Exception as error:  # noqa: BLE001 - a source that fails must not hide what the others see
                log.error("%s in the list of %s devices", type(error).__name__, name)
                reasons[name] = type(error).__name__
        self.reasons = reasons
        return tuple(dict.fromkeys(found))


def kernel_sources(root: Path = Path("/")) -> dict[str, Source]:
    """What the kernel lists under ``root``: cheap enough to be looked at every few seconds."""
    kernel = _Kernel(root)
    return {
        "serial": kernel.serial,
        "usb": kernel.usb,
        "video": kernel.video,
        "input": kernel.input,
        "sound": kernel.sound,
    }


def all_sources(root: Path = Path("/"), neighbours: Callable[[], Iterable[str]] = tuple) -> dict[str, Source]:
    """The kernel's, the smart card service's, and ``neighbours``: port texts of what no list knows, such as devices
    on the network and simulated ones."""
    return {
        **kernel_sources(root),
        "smart_card": smart_card_readers,
        "neighbours": lambda: (each for text in neighbours() for each in attachments_at(text)),
    }


# --- the kernel's lists ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Usb:
    """What sysfs says of one USB device."""

    ids: tuple[int, int]
    serial_number: str
    description: str
    location: str


class _Kernel:
    def __init__(self, root: Path) -> None:
        self._dev = root / "dev"
        self._sys = root / "sys"
        self._cards = root / "proc/asound/cards"

    def serial(self) -> Iterator[Attachment]:
        by_path = self._links("serial/by-path", "*")
        for entry in _entries(self._sys / "class/tty"):
            device = entry / "device"
            if not device.exists() or _line(entry / "type") == _NO_UART or not (self._dev / entry.name).exists():
                continue
            if _line(entry / "console") == "Y":
                continue  # somebody logs in there, and the kernel's messages go out
            port = by_path.get(entry.name, f"/dev/{entry.name}")
            yield _attachment(port, "serial", _usb_above(device), entry.name)

    def usb(self) -> Iterator[Attachment]:
        """Hubs left out. The port text names the socket where there are several of a kind."""
        folder = self._sys / "bus/usb/devices"
        devices = [usb for entry in _entries(folder) if _line(entry / "bDeviceClass") != _HUB and (usb := _usb(entry))]
        several = Counter(usb.ids for usb in devices)
        for usb in devices:
            port = "usb:{:04x}:{:04x}".format(*usb.ids)
            yield _attachment(port + (f"?location={usb.location}" if several[usb.ids] > 1 else ""), "usb", usb, "")

    def video(self) -> Iterator[Attachment]:
        by_path = self._links("v4l/by-path", "*-video-index0")
        for entry in _entries(self._sys / "class/video4linux"):
            if _line(entry / "index") not in ("0", ""):
                continue  # a camera's second node brings measurements, no pictures
            port = by_path.get(entry.name, f"/dev/{entry.name}")
            yield _attachment(port, "video", _usb_above(entry / "device"), _line(entry / "name"))

    def input(self) -> Iterator[Attachment]:
        """Keyboards, which code scanners pass themselves off as; those without a name by id are built in."""
        for event, port in sorted(self._links("input/by-id", "*kbd").items()):
            device = self._sys / "class/input" / event / "device"
            yield _attachment(port, "input", _usb_above(device), _line(device / "name"))

    def sound(self) -> Iterator[Attachment]:
        try:
            cards = self._cards.read_text("utf-8", "replace")
        except OSError:
            raise Unavailable("this kernel has no sound") from None
        for name, description in _SOUND_CARD.findall(cards):
            yield Attachment(f"alsa:plughw:CARD={name}", "sound", description=description)

    def _links(self, folder: str, pattern: str) -> dict[str, str]:
        """Name of the device node -> the link to it that stays the same; the first one by name, if there are more."""
        links = sorted((self._dev / folder).glob(pattern), reverse=True)
        return {link.readlink().name: f"/dev/{folder}/{link.name}" for link in links if link.is_symlink()}


def _attachment(port: str, transport: Any, usb: _Usb | None, description: str) -> Attachment:
    if usb is None:
        return Attachment(port, transport, description=description)
    return Attachment(port, transport, usb.ids, usb.serial_number, usb.description or description, usb.location)


def _usb_above(device: Path) -> _Usb | None:
    """The USB device that a device node belongs to."""
    return next((usb for folder in device.resolve().parents if (usb := _usb(folder))), None)


def _usb(folder: Path) -> _Usb | None:
    vendor, product = _line(folder / "idVendor"), _line(folder / "idProduct")
    try:
        ids = int(vendor, 16), int(product, 16)
    except ValueError:
        return None
    names = filter(None, (_line(folder / "manufacturer"), _line(folder / "product")))
    return _Usb(ids, _line(folder / "serial"), " ".join(names), folder.name)


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _line(file: Path) -> str:
    """Empty where there is none: a device may go while its folder is read."""
    try:
        return file.read_text("utf-8", "replace").strip("\0 \n")
    except OSError:
        return ""


# --- the smart card service ------------------------------------------------------------------------------------------


def smart_card_readers() -> Iterable[Attachment]:
    """Under the names that the service gives them. It is asked in a thread: it may hang with a reader."""
    answer: list[Iterable[Attachment] | Exception] = []

    def ask() -> None:
        try:
            answer.append(_pcsc_readers())
        except Exception as error:  # noqa: BLE001 - told below, in the thread that asked
            answer.append(error)

    thread = threading.Thread(target=ask, name="list of card readers", daemon=True)
    thread.start()
    thread.join(_PCSC_TIMEOUT)
    result = answer[0] if answer else Unavailable("the smart card service does not answer")
    if isinstance(result, Exception):
        raise result
    return result


def _pcsc_readers() -> Iterable[Attachment]:
    try:
        scard: Any = import_module("smartcard.scard")
    except ImportError:
        raise Unavailable("pyscard is not installed") from None
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    if result != scard.SCARD_S_SUCCESS:
        raise Unavailable("the smart card service (pcscd) does not run")
    try:
        result, names = scard.SCardListReaders(context, [])
    finally:
        scard.SCardReleaseContext(context)
    return [Attachment(f"pcsc:{name}", "smart_card", description=name) for name in names or ()]


# --- what no list knows ----------------------------------------------------------------------------------------------


def attachments_at(text: str) -> Iterable[Attachment]:
    """What a port text may be. A simulated USB bus (``usb+unix:...``) brings what is plugged into it; of an address
    host and port are left, for what answers there is to be found out."""
    path = Path(text)
    if text.startswith(("usb:", "usb+unix:")):
        return _on_bus(text)
    if "://" in text:
        return _at_address(text)
    if text.startswith("alsa:"):
        return (Attachment(text, "sound"),)
    if path.is_file():
        return (Attachment(text, "video", description="a file"),)
    return (Attachment(text, "serial"),) if path.is_char_device() else ()


def _at_address(text: str) -> Iterable[Attachment]:
    try:
        address = urlsplit(text)
        return (Attachment(f"tcp://{address.hostname}:{address.port}", "tcp"),) if address.port else ()
    except ValueError:
        raise Unavailable(f"{text!r} is no address") from None


def _on_bus(text: str) -> Iterable[Attachment]:
    from drivers.usb.device import devices, parse  # noqa: PLC0415 - libusb is loaded only where USB devices are used

    try:
        address = parse(text)
    except NotConnected:
        return devices(text)
    return (Attachment(text, "usb", (address.vendor, address.product), address.serial, "", address.location),)
