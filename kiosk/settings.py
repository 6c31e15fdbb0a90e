"""Every setting of the terminal: one frozen class a section of ``kiosk.ini``, a default and a meaning for each key.

Only values: no file is read here (see :mod:`kiosk.config`). The parts of the program are handed the section they need.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from kiosk.catalogue.items import Language

LONGEST_SOCKET_NAME: Final = "/supervisor.sock"
MAX_SOCKET_PATH: Final = 107
"""Bytes a Unix socket's path may have (unix(7): ``sun_path`` is 108 with the closing zero)."""


@dataclass(frozen=True)
class Folders:
    """Relative paths are meant from here: ``base`` holds the file itself, ``state`` is ``[terminal] state_dir``."""

    base: Path
    state: Path


@dataclass(frozen=True)
class Contradiction:
    """Values that are right alone and wrong together; ``keys[0]`` is where it is reported."""

    keys: tuple[str, ...]
    message: str


def _folder(info: ValidationInfo, which: Literal["base", "state"]) -> Path:
    folders = cast("Folders | None", info.context)
    return getattr(folders, which) if folders else Path()


def _from_base(path: Path, info: ValidationInfo) -> Path:
    return _folder(info, "base") / path


def _from_state(path: Path, info: ValidationInfo) -> Path:
    return _folder(info, "state") / path


def _fits_a_socket(path: Path) -> Path:
    if len(bytes(path)) + len(LONGEST_SOCKET_NAME) > MAX_SOCKET_PATH:
        limit = MAX_SOCKET_PATH - len(LONGEST_SOCKET_NAME)
        raise ValueError(f"is too long for a Unix socket: at most {limit} bytes, {path} has {len(bytes(path))}")
    return path


def _number(value: object) -> object:
    """Choices among numbers come as text from the file."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _given(value: object) -> object:
    if value == "":
        raise ValueError("is empty")
    return value


_NotEmpty = BeforeValidator(_given)
_EmptyIsNone = BeforeValidator(lambda value: None if value == "" else value)
FromBase = Annotated[Path, _NotEmpty, AfterValidator(_from_base)]
FromState = Annotated[Path, _NotEmpty, AfterValidator(_from_state)]
SocketFolder = Annotated[Path, _NotEmpty, AfterValidator(_from_base), AfterValidator(_fits_a_socket)]
MaybeFile = Annotated[Annotated[Path, AfterValidator(_from_base)] | None, _EmptyIsNone]
Seconds = Annotated[int, Field(ge=1, le=3600)]
Baud = Annotated[Literal[9600, 19200, 38400, 57600, 115200], BeforeValidator(_number)]
TcpPort = Annotated[int, Field(ge=1, le=65535)]
Distance = Annotated[float, Field(gt=0, le=2, allow_inf_nan=False)]
UrlText = Annotated[str, Field(pattern=r"^(https?://[^\s/]+\S*)?$")]
PrinterUri = Annotated[str, Field(pattern=r"^(ipps?://[^\s/]+\S*)?$")]


class Section(BaseModel):
    """Base of all sections. Subclasses list what may not stand together in :meth:`contradictions`."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
    required: ClassVar[dict[str, dict[str, tuple[str, ...]]]] = {}
    """Key -> its value -> the keys which that value needs."""

    def contradictions(self) -> Iterator[Contradiction]:
        for key, needs in self.required.items():
            value = getattr(self, key)
            for needed in needs.get(str(value), ()):
                if getattr(self, needed) in ("", None):
                    yield Contradiction((needed, key), f"is empty, but {key} = {_as_written(value)} needs it")

    @model_validator(mode="after")
    def _refuse_contradictions(self) -> "Section":
        if found := list(self.contradictions()):
            text = "; ".join(f"{each.keys[0]}: {each.message}" for each in found)
            raise PydanticCustomError("contradiction", "{text}", {"text": text, "found": found})
        return self


def _as_written(value: object) -> object:
    return ("yes" if value else "no") if isinstance(value, bool) else value


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
    token_file: MaybeFile = Field(default=None, description="file with this terminal's token")
    catalogue_key_file: MaybeFile = Field(default=None, description="file with the public key of the catalogue")
    timeout_seconds: float = Field(default=5.0, allow_inf_nan=False, gt=0, le=60, description="seconds")

    required = {"embedded": {"False": ("url", "token_file", "catalogue_key_file")}}


class Supervisor(Section):
    longest_delay_seconds: Seconds = Field(default=10, description="seconds")


class Sync(Section):
    interval_seconds: Seconds = Field(default=15, description="seconds")
    heartbeat_seconds: Seconds = Field(default=30, description="seconds")


class Queue(Section):
    file: FromState = Field(default=Path("queue.db"), description="the queue file, from state_dir")
    key_file: FromState = Field(default=Path("queue.key"), description="the key of the queue file, from state_dir")

    def contradictions(self) -> Iterator[Contradiction]:
        if self.file == self.key_file:
            yield Contradiction(("key_file", "file"), "is the same file as file")


class IdCard(Section):
    driver: Literal["simulated", "serial"] = Field(default="simulated", description="simulated or serial")
    port: str = Field(default="/dev/ttyUSB0", pattern=r"^\S*$", description="a serial device such as /dev/ttyUSB0")
    baud: Baud = Field(default=115200, description="speed of the serial line")

    required = {"driver": {"serial": ("port",)}}


class ReceiptPrinter(Section):
    driver: Literal["simulated", "tcp"] = Field(default="simulated", description="simulated or tcp")
    host: str = Field(default="", pattern=r"^[^\s/]*$", description="a name or an IP address, without http://")
    port: TcpPort = Field(default=9100, description="TCP port")
    columns: int = Field(default=48, ge=24, le=64, description="Latin characters a line")

    required = {"driver": {"tcp": ("host",)}}


class DocumentPrinter(Section):
    driver: Literal["simulated", "folder", "ipp"] = Field(default="simulated", description="simulated, folder or ipp")
    folder: MaybeFile = Field(default=None, description="folder that takes the PDF files")
    uri: PrinterUri = Field(default="", description="an address such as ipp://localhost:631/printers/NAME")

    required = {"driver": {"folder": ("folder",), "ipp": ("uri",)}}


class Camera(Section):
    driver: Literal["simulated", "opencv"] = Field(default="simulated", description="simulated or opencv")
    source: str = Field(default="0", min_length=1, description="a camera number, a video file or an address")


class Face(Section):
    photo_decoder: Literal["simulated", "none", "library"] = Field(
        default="simulated", description="simulated, none or library"
    )
    library: MaybeFile = Field(default=None, description="shared library that decodes the card's photo")
    symbol: str = Field(default="", pattern=r"^([A-Za-z_]\w*)?$", description="name of a C function")
    match_distance: Distance = Field(default=0.50, description="more than 0, at most 2")
    uncertain_distance: Distance = Field(default=0.60, description="more than 0, at most 2")

    required = {"photo_decoder": {"library": ("library", "symbol")}}

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


class Settings(BaseModel):
    """All of them, as :func:`kiosk.config.load` gives them; ``Settings()`` has the defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    terminal: Terminal = Terminal()
    window: Window = Window()
    journey: Journey = Journey()
    central: Central = Central()
    supervisor: Supervisor = Supervisor()
    sync: Sync = Sync()
    queue: Queue = Queue()
    id_card: IdCard = IdCard()
    receipt_printer: ReceiptPrinter = ReceiptPrinter()
    document_printer: DocumentPrinter = DocumentPrinter()
    camera: Camera = Camera()
    face: Face = Face()
    staff: Staff = Staff()
    simulation: Simulation = Simulation()
    log: Log = Log()

    @property
    def simulated(self) -> bool:
        """Whether no real device is configured."""
        devices = (self.id_card, self.receipt_printer, self.document_printer, self.camera)
        return all(device.driver == "simulated" for device in devices)

    @property
    def demo_pin(self) -> str | None:
        """The PIN of the demonstration, ``None`` as soon as one device is real."""
        return self.staff.demo_pin or None if self.simulated else None


SECTIONS: Final = {name: cast("type[Section]", field.annotation) for name, field in Settings.model_fields.items()}
"""Section name -> its class, in the order of the file."""
