"""Is there a camera? For the search of attached devices.

A video device is opened for one picture, so its lamp lights up for a moment. An address is asked over HTTP for two
paths that motion-JPEG cameras use; ports at which a printer would print the question are left alone.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from time import monotonic
from typing import Final

from drivers.discovery import Attachment
from drivers.errors import DriverError
from drivers.video.capture import Limits
from drivers.video.reader import Video
from drivers.video.source import HTTP, Wishes

PATHS: Final = ("/stream", "/?action=stream")
"""The simulated cameras' and mjpg-streamer's."""
_PRINTERS: Final = frozenset({"515", "631", *map(str, range(9100, 9110))})


@dataclass(frozen=True)
class Seen:
    port: str
    model: str
    size: tuple[int, int]

    @property
    def looks_down(self) -> bool:
        """Whether the camera's own name says that it is one for documents."""
        return any(word in self.model.lower() for word in ("document", "scanner", "高拍"))


def see(attachment: Attachment, timeout: float, wishes: Wishes) -> Seen | None:
    """Take one picture there, within ``timeout`` seconds; ``None`` if it is no camera."""
    deadline = monotonic() + timeout
    for port in _ports(attachment):
        left = deadline - monotonic()
        if left <= 0:
            break
        limits = Limits(open=left / 2, read=left / 2)
        with closing(Video(port, wishes, limits=limits)) as video:
            try:
                image = video.read(left).image
            except DriverError:
                continue
            told = video.told()
            return Seen(port, told.model or attachment.description, (image.shape[1], image.shape[0]))
    return None


def _ports(attachment: Attachment) -> Iterator[str]:
    if attachment.transport == "video" or attachment.port.startswith(HTTP):
        yield attachment.port
    elif attachment.port.rpartition(":")[2] not in _PRINTERS:
        yield from (f"http://{attachment.port.removeprefix('tcp://')}{path}" for path in PATHS)
