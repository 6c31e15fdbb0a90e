"""How any camera is, and what it says of itself."""

from dataclasses import dataclass
from typing import Final

from drivers.contract import Capabilities, DeviceStatus, State, state_of
from drivers.errors import NeedsStaff, Refused
from drivers.video.picture import Picture
from drivers.video.reader import Health, Video


class NothingSeen(NeedsStaff):
    """All pictures are black: the lens is covered, the light off or the sensor dead."""

    code = "black"


class StandsStill(NeedsStaff):
    """The same picture comes again and again: the camera hangs."""

    code = "frozen"


_FAULTS: Final = {Picture.BLACK: NothingSeen, Picture.FROZEN: StandsStill}


@dataclass(frozen=True)
class VideoCapabilities(Capabilities):
    """As measured and read back while the camera runs; empty before. ``unmet`` says which settings it did not take,
    and what it has instead."""

    resolution: str = ""
    frame_rate: float = 0.0
    unmet: tuple[str, ...] = ()


def judged(kind: str, health: Health) -> DeviceStatus:
    """The state of a channel, with faults of the device class ``kind``."""
    if error := health.error:
        return DeviceStatus(state_of(error, (Refused, State.BUSY)), f"{kind}.{error.code}", error.who, error.detail)
    if fault := _FAULTS.get(health.picture):
        return DeviceStatus(State.DEGRADED, f"{kind}.{fault.code}", fault.who)
    return DeviceStatus(State.STARTING if health.starting else State.ONLINE)


def capabilities_of(video: Video) -> VideoCapabilities:
    told = video.told()
    size = "x".join(map(str, told.size)) if any(told.size) else ""
    unmet = tuple(f"{name}: {now}" for name, now in told.unmet.items())
    return VideoCapabilities(told.model, resolution=size, frame_rate=round(video.rate(), 1), unmet=unmet)
