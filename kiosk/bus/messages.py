"""Every message of the local control bus, one class each; a line on the wire is one message as JSON."""

from typing import Annotated, Literal

from pydantic import Base64Bytes, Field, TypeAdapter

from kiosk.bus.device_messages import (
    DeviceCommand,
    DeviceEvents,
    DeviceEventsRequest,
    DeviceReport,
    DeviceStatuses,
    DeviceStatusesRequest,
    DeviceTrace,
    DeviceTraceRequest,
)
from kiosk.bus.message import Message

# --- any process -------------------------------------------------------------------------------------------------


class Ping(Message):
    type: Literal["ping"] = "ping"


class Ok(Message):
    type: Literal["ok"] = "ok"


class Failed(Message):
    """The request could not be done; ``reason`` is for technicians and holds no personal data."""

    type: Literal["failed"] = "failed"
    reason: str


class Stop(Message):
    """Please end; answered with ``Ok`` first."""

    type: Literal["stop"] = "stop"


# --- vision ------------------------------------------------------------------------------------------------------


class OpenPreview(Message):
    """Answered with ``Preview`` and, as ancillary data, the descriptor of the anonymous frame memory."""

    type: Literal["open_preview"] = "open_preview"


class Preview(Message):
    type: Literal["preview"] = "preview"
    width: int
    height: int


class Verify(Message):
    """Compare the person before the camera with the card's opaque photo bytes; answered by ``Guidance`` lines and one
    ``Verified``. A newer ``Verify`` replaces a running one."""

    type: Literal["verify"] = "verify"
    session: str
    photo: Base64Bytes
    timeout: float


GuidanceCode = Literal["no_face", "several_faces", "too_far", "too_near", "off_centre", "too_dark", "hold_still"]


class Guidance(Message):
    type: Literal["guidance"] = "guidance"
    session: str
    code: GuidanceCode


FaceOutcome = Literal["match", "uncertain", "no_match", "no_face", "no_reference", "camera_failed", "cancelled"]


class Verified(Message):
    type: Literal["verified"] = "verified"
    session: str
    outcome: FaceOutcome
    distance: float | None = None


class Forget(Message):
    """The session is over: stop, wipe reference, templates and frame memory; answered with ``Ok``."""

    type: Literal["forget"] = "forget"


class CameraStatusRequest(Message):
    type: Literal["camera_status_request"] = "camera_status_request"


class CameraStatus(Message):
    """``state``, ``fault``, ``who``, ``detail`` as in ``drivers.contract.DeviceStatus``."""

    type: Literal["camera_status"] = "camera_status"
    state: str
    fault: str = ""
    who: str = "nobody"
    detail: str = ""


# --- sync --------------------------------------------------------------------------------------------------------


class Nudge(Message):
    """Something new is in the queue, or the network is back: try now; answered with ``Ok``. ``matter`` is the id of
    the one whose citizen waits for the answer, if somebody does: it goes first."""

    type: Literal["nudge"] = "nudge"
    matter: str = ""


class SyncStatusRequest(Message):
    type: Literal["sync_status_request"] = "sync_status_request"


class SyncStatus(Message):
    """``online`` is ``None`` before the first contact was tried; ``last_contact`` is seconds since 1970 or ``None``;
    ``waiting`` counts matters on their way, ``parked`` those that wait for a person, ``oldest`` is when the oldest of
    both was filed; ``error`` begins with the kind of the failure; ``skew`` is by how many seconds this machine's clock
    is ahead of the centre's; ``certificate_days`` is how long the terminal's certificate is still good; ``lost`` counts
    matters that the centre lost and has not got back, ``restored`` those it has, since this process began."""

    type: Literal["sync_status"] = "sync_status"
    online: bool | None
    last_contact: float | None
    waiting: int
    parked: int = 0
    oldest: float | None = None
    error: str = ""
    skew: float | None = None
    certificate_days: float | None = None
    lost: int = 0
    restored: int = 0


# --- simulated cabinet -------------------------------------------------------------------------------------------


class SimulationRequest(Message):
    type: Literal["simulation_request"] = "simulation_request"


class SimulatedUnit(Message):
    type: Literal["simulated_unit"] = "simulated_unit"
    kind: str
    endpoint: str
    state: dict[str, str]
    verbs: list[str]


class Simulation(Message):
    """All simulated devices, the network link among them."""

    type: Literal["simulation"] = "simulation"
    units: list[SimulatedUnit]


class Simulate(Message):
    """Do verb ``verb`` on the simulated device ``kind``; answered with ``Ok`` or ``Failed``."""

    type: Literal["simulate"] = "simulate"
    kind: str
    verb: str
    argument: str = ""


# --- ui ----------------------------------------------------------------------------------------------------------


class DescribeScreen(Message):
    """What is on the screen now: for the self-playing demo and for tests. No personal data."""

    type: Literal["describe_screen"] = "describe_screen"


class Touchable(Message):
    """A control and the centre of it in window pixels, y downwards."""

    type: Literal["touchable"] = "touchable"
    id: str
    label: str
    x: float
    y: float
    width: float
    height: float
    enabled: bool


class Screen(Message):
    """``drawn`` is false until the newest view is on the glass; ``settled`` is false while the machine works."""

    type: Literal["screen"] = "screen"
    step: str
    phase: str
    drawn: bool
    settled: bool
    touchables: list[Touchable]


# --- supervisor --------------------------------------------------------------------------------------------------


class ChildrenRequest(Message):
    type: Literal["children_request"] = "children_request"


class Child(Message):
    type: Literal["child"] = "child"
    name: str
    pid: int | None
    restarts: int
    crash_loop: bool = False


class Children(Message):
    """``settings_file`` is the one with which they were started."""

    type: Literal["children"] = "children"
    rows: list[Child]
    settings_file: str = ""


AnyMessage = Annotated[
    Ping | Ok | Failed | Stop
    | OpenPreview | Preview | Verify | Guidance | Verified | Forget | CameraStatusRequest | CameraStatus
    | Nudge | SyncStatusRequest | SyncStatus
    | SimulationRequest | Simulation | Simulate
    | DescribeScreen | Screen
    | DeviceStatusesRequest | DeviceStatuses | DeviceEventsRequest | DeviceEvents | DeviceTraceRequest | DeviceTrace
    | DeviceCommand | DeviceReport
    | ChildrenRequest | Children,
    Field(discriminator="type"),
]  # fmt: skip
_adapter: TypeAdapter[AnyMessage] = TypeAdapter(AnyMessage)


def encode(message: Message) -> bytes:
    """One line, newline included."""
    return message.model_dump_json().encode() + b"\n"


def decode(line: bytes) -> AnyMessage:
    """Raise ``ValueError`` (without the contents) when the line is no known message."""
    return _adapter.validate_json(line)
