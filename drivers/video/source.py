"""Where pictures come from: a device, a file or an address, named by one text."""

import contextlib
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from drivers.errors import NotConnected

_SYSFS: Final = Path("/sys/class/video4linux")
_PORTS: Final = {"https": 443, "rtsp": 554, "rtsps": 322}
HTTP: Final = ("http", "https")
SCHEMES: Final = (*HTTP, "rtsp", "rtsps")


@dataclass(frozen=True)
class Wishes:
    """What is asked of a camera; ``unmet`` of :class:`Told` says what it did not do.

    With ``exact`` every picture has the size ``width`` x ``height`` after turning: what does not fit is cut at the
    borders. Without, the camera is asked for that size, and pictures have what it chose, turned.
    """

    width: int = 640
    height: int = 480
    fps: int = 0
    """0: what the camera likes."""
    exposure: int | None = None
    """In units of 100 microseconds; ``None`` for automatic."""
    brightness: int | None = None
    rotate: int = 0
    """Clockwise: 0, 90, 180, 270."""
    mirror: bool = False
    loop: bool = False
    """Play a video file again and again."""
    exact: bool = True

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height

    @property
    def sensor_size(self) -> tuple[int, int]:
        """What the camera itself is asked for."""
        return (self.height, self.width) if self.exact and self.rotate in (90, 270) else self.size


@dataclass(frozen=True)
class Told:
    """What an open source says of itself. ``size``: width and height of its own pictures, 0 if not known yet."""

    model: str = ""
    size: tuple[int, int] = (0, 0)
    unmet: Mapping[str, str] = field(default_factory=dict[str, str])
    """Setting -> what it is instead."""


def is_device(source: str) -> bool:
    return source.isdigit() or source.startswith("/dev/")


def is_url(source: str) -> bool:
    return "://" in source


def is_file(source: str) -> bool:
    return not (is_device(source) or is_url(source))


def device_path(source: str) -> Path:
    """``0`` is ``/dev/video0``."""
    return Path(f"/dev/video{source}" if source.isdigit() else source)


def model(source: str) -> str:
    """What the kernel calls a device (the product name of a USB camera); empty for everything else, or unknown."""
    if not is_device(source):
        return ""
    with contextlib.suppress(OSError, RuntimeError):
        node = device_path(source).resolve().name  # /dev/v4l/by-id/... is a link
        return (_SYSFS / node / "name").read_text("utf-8", "replace").strip()
    return ""


def look(source: str, timeout: float) -> None:
    """Is a camera there? A device stays closed (its lamp off), a network camera is asked for nothing but the head of
    its answer. Raises the ``DriverError`` that opening it would most likely raise."""
    if not is_url(source):
        _look_at_path(device_path(source) if is_device(source) else Path(source))
        return
    scheme = urlsplit(source).scheme
    if scheme not in SCHEMES:
        raise NotConnected(f"no address of a camera: {scheme}://")
    if scheme in HTTP:
        from drivers.video.http import HttpVideo  # noqa: PLC0415 - most cameras are no network cameras

        with contextlib.closing(HttpVideo(source, timeout, timeout)) as camera:
            camera.open()
    else:
        _reach(source, timeout)


def _look_at_path(path: Path) -> None:
    if not str(path) or not path.exists() or path.is_dir():
        raise NotConnected("nothing is there")
    if not os.access(path, os.R_OK):
        raise NotConnected("it is there, but this user may not use it: group video")


def _reach(source: str, timeout: float) -> None:
    try:
        url = urlsplit(source)
        address = (url.hostname or "", url.port or _PORTS.get(url.scheme, 80))
        socket.create_connection(address, timeout).close()
    except (OSError, ValueError) as error:
        raise NotConnected(type(error).__name__) from None
