"""What a terminal tells of itself and what it is told, on the wire (docs/sync-protocol.md). Nothing about a person.

Ages are seconds and not times of day: a terminal's wall clock may be wrong by a year.
"""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

LARGEST: Final = 1 << 15
"""Bytes of a heartbeat; one of a terminal with all its devices has some two thousand."""
MOST_DEVICES: Final = 40
MOST_RESULTS: Final = 50
MOST_COMMANDS: Final = 20
"""Unfinished ones in one answer."""

State = Literal["no_device", "offline", "starting", "online", "busy", "user_error", "hardware_error", "degraded"]
Who = Literal["nobody", "citizen", "staff", "technician"]
Kind = Literal[
    "restart", "out_of_service", "in_service", "reconfigure", "collect_bundle", "update", "sync_now",
    "refresh_catalogue",
]  # fmt: skip
Progress = Literal["accepted", "done", "failed", "refused", "unsupported", "expired"]
"""``accepted``: the terminal has it safely and does it when it may. All others are the end of it."""
ENDED: Final[frozenset[Progress]] = frozenset({"done", "failed", "refused", "unsupported", "expired"})

Word = Annotated[str, Field(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]
Line = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Version = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9.+-]*$")]
Count = Annotated[int, Field(ge=0, le=2**53)]
Age = Annotated[float, Field(ge=0, le=1e10, allow_inf_nan=False)]
CommandId = Annotated[str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")]
"""A UUID of version 7: later commands have higher ones."""


class _Told(BaseModel):
    """A newer terminal may tell more than this centre knows of."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Device(_Told):
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    state: State
    fault: Annotated[str, Field(max_length=64, pattern=r"^[a-z0-9_.]*$")] = ""
    """Of the terminals' catalogue of faults."""
    who: Who = "nobody"
    """Must act."""
    since: Age = 0.0
    """How many seconds it has been in this state."""
    substates: dict[Word, Word] = Field(default={}, max_length=16)
    needed: bool = True
    """Whether the terminal is out of order without it."""


class Supply(_Told):
    """What runs out: a roll, a stack, a cartridge."""

    device: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    left: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    """Of a full one."""
    exact: bool = False
    """Counted or measured; otherwise what a sensor with a few steps says."""


class Queue(_Told):
    waiting: Count = 0
    parked: Count = 0
    oldest: Age | None = None
    """How long the oldest of them has waited."""


class Disk(_Told):
    free: Count
    """Bytes, where the queue lies."""
    size: Count


class Result(_Told):
    """What became of a command. ``detail`` is for operators and holds nothing of a person."""

    state: Progress
    detail: Line = ""
    artefact: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    """Digest of what was uploaded under ``/v1/attachments`` for it, such as a bundle."""


class CommandResult(Result):
    id: CommandId


class Configuration(_Told):
    applied: Count = 0
    """0: none of the centre's."""
    refused: Count = 0
    """The newest that the terminal would not take."""
    reason: Line = ""


class Heartbeat(_Told):
    program: Version
    catalogue: Count = 0
    """Version of the catalogue in use; 0: none."""
    configuration: Configuration = Configuration()
    uptime: Age
    """Of the machine."""
    session: Literal["idle", "running", "staff"] = "idle"
    """That somebody is there, never who."""
    service: Literal["in_service", "out_of_service"] = "in_service"
    reason: Word = ""
    """Why it is out of service, a word of the command that said so."""
    devices: list[Device] = Field(default=[], max_length=MOST_DEVICES)
    supplies: list[Supply] = Field(default=[], max_length=MOST_DEVICES)
    queue: Queue = Queue()
    disk: Disk | None = None
    clock_trusted: bool = False
    results: list[CommandResult] = Field(default=[], max_length=MOST_RESULTS)


class Command(BaseModel):
    id: CommandId
    kind: Kind
    arguments: dict[str, str]
    expires: float
    """Seconds since 1970, by the centre's clock."""


class Desired(BaseModel):
    """What the terminal should have; what it has stands in its heartbeats."""

    configuration: int = 0
    """0: the centre has no wish. Its settings: ``GET /v1/configurations/{version}``."""
    catalogue: int = 0
    program: str = ""
    """Empty: the centre has no wish."""


class Commands(BaseModel):
    time: float
    """Seconds since 1970, by the centre's clock."""
    commands: list[Command]
    """Unfinished ones, the oldest first: each is repeated until its end is told, and done once."""


class Orders(Commands):
    interval: float
    """Seconds until the next heartbeat, to which the terminal adds a random part of ``splay``."""
    splay: float
    wait: float
    """How many seconds ``GET /v1/commands/next`` may be held open; 0: not to be asked."""
    desired: Desired


class SettingsView(BaseModel):
    version: int
    settings: dict[str, str]
    """``section.key`` to value, as kiosk.ini has it: all that the centre sets; what is not named is the terminal's."""


class Acknowledged(BaseModel):
    state: Literal["waiting", "accepted", "done", "failed", "refused", "unsupported", "expired", "cancelled"]
    """Of the command, as it stands now."""


class HelpCall(_Told):
    """Somebody at the terminal asks for staff."""

    id: Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{8,64}$")]
    topic: Word = ""
    """Code of the service or step, never what was typed."""


class Called(BaseModel):
    order: int
    """Number of the work order."""
