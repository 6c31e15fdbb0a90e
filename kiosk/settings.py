"""Every setting of the terminal: one frozen class a section of ``kiosk.ini``, a default and a meaning for each key.

Only values: no file is read here (see :mod:`kiosk.config`). The parts of the program are handed the section they need.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar, Final, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny

from kiosk.catalogue.items import Language
from kiosk.device_settings import NONE, SIMULATED, DeviceSection, device_sections
from kiosk.section import (
    Contradiction,
    Distance,
    FromBase,
    FromState,
    MaybeFile,
    Seconds,
    Section,
    SocketFolder,
    UrlText,
)
from offline_queue.contract import Quota


class Terminal(Section):
    id: str = Field(default="GD4401001", pattern=r"^[A-Z0-9]{2,16}$", description="2 to 16 capital letters and digits")
    hall: str = Field(
        default="广州市示例区政务服务中心 一楼大厅", min_length=1, max_length=60, description="where it stands"
    )
    language: Language = Field(default="zh-Hans", description="language of the idle screen")
    state_dir: FromBase = Field(default=Path("var/state"), description="folder of what must survive a restart")
    run_dir: SocketFolder = Field(default=Path("var/run"), description="folder of the sockets between the processes")
    cache_dir: FromBase = Field(default=Path(".cache"), description="folder of what can be made again")


class Window(Section):
    width: int = Field(default=1080, ge=360, le=7680, description="pixels")
    height: int = Field(default=1920, ge=360, le=7680, description="pixels")
    fullscreen: bool = Field(default=False, description="yes or no")
    dock: bool = Field(default=True, description="yes or no")
    display: str = Field(default="", pattern=r"^\S*$", description="an X display such as :0, or empty")

    def contradictions(self) -> Iterator[Contradiction]:
        if self.fullscreen and self.dock:
            yield Contradiction(("dock", "fullscreen"), "cannot be yes together with fullscreen = yes")


class Journey(Section):
    idle_seconds: Seconds = Field(default=60, description="seconds")
    warning_seconds: Seconds = Field(default=20, description="seconds")
    face_seconds: Seconds = Field(default=30, description="seconds")
    farewell_seconds: Seconds = Field(default=30, description="seconds")
    rating_seconds: Seconds = Field(default=20, description="seconds")
    interrupted_seconds: Seconds = Field(default=60, description="seconds")
    face_attempts: int = Field(
        default=2, ge=1, le=5, description="how often the face is tried before another way is offered"
    )


class Central(Section):
    embedded: bool = Field(default=True, description="yes or no")
    url: UrlText = Field(default="", description="an address that begins with https:// or http://")
    ca_file: MaybeFile = Field(default=None, description="file with the certificates that sign the centre's, or empty")
    identity: FromState = Field(
        default=Path("identity"), description="folder of this terminal's own key and certificate, from state_dir"
    )
    enrolment_code_file: MaybeFile = Field(default=None, description="file with a one-time code, or empty")
    catalogue_key_file: MaybeFile = Field(default=None, description="file with the public key of the catalogue")
    timeout_seconds: float = Field(default=5.0, allow_inf_nan=False, gt=0, le=60, description="seconds")

    required: ClassVar = {"embedded": {"False": ("url", "catalogue_key_file")}}


class Supervisor(Section):
    longest_delay_seconds: Seconds = Field(default=10, description="seconds")


class Sync(Section):
    interval_seconds: Seconds = Field(default=15, description="seconds")
    heartbeat_seconds: Seconds = Field(default=30, description="seconds")


class Queue(Section):
    file: FromState = Field(default=Path("queue.db"), description="the queue file, from state_dir")
    key: Literal["auto", "file", "tpm"] = Field(default="auto", description="auto, file or tpm")
    key_file: FromState = Field(default=Path("queue.key"), description="the key of the queue file, from state_dir")
    profile: Literal["standard", "gm"] = Field(default="standard", description="standard or gm")
    max_waiting: int = Field(default=20_000, ge=1, le=10_000_000, description="how many matters may wait")
    max_megabytes: int = Field(default=2048, ge=1, le=1_000_000, description="megabytes of what waits")
    max_days: int = Field(default=30, ge=1, le=3650, description="days the oldest may have waited")
    free_megabytes: int = Field(default=64, ge=32, le=1_000_000, description="megabytes that stay free on the disk")
    draft_hours: int = Field(default=12, ge=1, le=720, description="hours after which nobody comes back")
    keep_days: int = Field(default=90, ge=1, le=3650, description="days sealed copies are kept")

    def contradictions(self) -> Iterator[Contradiction]:
        if self.file == self.key_file:
            yield Contradiction(("key_file", "file"), "is the same file as file")

    @property
    def quota(self) -> Quota:
        return Quota(self.max_waiting, self.max_megabytes << 20, self.max_days * 86400.0, self.free_megabytes << 20)


class Face(Section):
    photo_decoder: Literal["simulated", "none", "library"] = Field(
        default="simulated", description="simulated, none or library"
    )
    library: MaybeFile = Field(default=None, description="shared library that decodes the card's photo")
    symbol: str = Field(default="", pattern=r"^([A-Za-z_]\w*)?$", description="name of a C function")
    match_distance: Distance = Field(default=0.50, description="more than 0, at most 2")
    uncertain_distance: Distance = Field(default=0.60, description="more than 0, at most 2")

    required: ClassVar = {"photo_decoder": {"library": ("library", "symbol")}}

    def contradictions(self) -> Iterator[Contradiction]:
        yield from super().contradictions()
        if self.uncertain_distance < self.match_distance:
            message = f"{self.uncertain_distance} is less than match_distance = {self.match_distance}"
            yield Contradiction(("uncertain_distance", "match_distance"), message)


class Staff(Section):
    pin_file: FromState = Field(default=Path("staff.json"), description="the staff's PINs, from state_dir")
    demo_pin: str = Field(default="246810", pattern=r"^(\d{4,8})?$", description="4 to 8 digits, or empty")


class Simulation(Section):
    portraits: FromBase = Field(
        default=Path(".cache/portraits"), description="folder of the synthetic persons' portraits"
    )
    tray: FromBase = Field(default=Path("out/tray"), description="folder of what the simulated printers put out")


class Log(Section):
    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="debug, info, warning or error"
    )
    file: MaybeFile = Field(default=None, description="log file; empty for standard error")
    max_megabytes: int = Field(default=10, ge=1, le=1000, description="megabytes")
    keep: int = Field(default=5, ge=1, le=100, description="how many old log files stay")


def _default_devices() -> Mapping[str, DeviceSection]:
    return {kind: section() for kind, section in device_sections().items()}


class Settings(BaseModel):
    """All of them, as :func:`kiosk.config.load` gives them; ``Settings()`` has the defaults.

    ``devices`` has a section for each device class there is a driver for (see :mod:`kiosk.device_settings`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    terminal: Terminal = Terminal()
    window: Window = Window()
    journey: Journey = Journey()
    central: Central = Central()
    supervisor: Supervisor = Supervisor()
    sync: Sync = Sync()
    queue: Queue = Queue()
    devices: Mapping[str, SerializeAsAny[DeviceSection]] = Field(default_factory=_default_devices)
    face: Face = Face()
    staff: Staff = Staff()
    simulation: Simulation = Simulation()
    log: Log = Log()

    @property
    def simulated(self) -> bool:
        """Whether no real device is configured."""
        return all(device.driver in (SIMULATED, NONE) for device in self.devices.values())

    @property
    def demo_pin(self) -> str | None:
        """The PIN of the demonstration, ``None`` as soon as one device is real."""
        return self.staff.demo_pin or None if self.simulated else None


def _sections() -> Iterator[tuple[str, type[Section]]]:
    for name, field in Settings.model_fields.items():
        if name == "devices":
            yield from device_sections().items()
        else:
            yield name, cast("type[Section]", field.annotation)


SECTIONS: Final = dict(_sections())
"""Section name -> its class, in the order of the file."""
