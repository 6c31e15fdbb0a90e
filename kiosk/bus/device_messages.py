"""What a process that owns devices (the window's, vision) is asked about them."""

from typing import Literal

from pydantic import Field

from kiosk.bus.message import Message

FROM_THE_START = -1
What = Literal["state", "threshold", "item", "plugged", "unplugged", "event"]


class DeviceStatusesRequest(Message):
    type: Literal["device_statuses_request"] = "device_statuses_request"


class DeviceRow(Message):
    """One device. ``state``, ``fault``, ``who``, ``detail`` and ``substates`` as in ``drivers.contract.DeviceStatus``;
    ``score``, ``suspect`` and ``advice`` as in ``drivers.health.Verdict``: 0 for a line on which nothing goes wrong."""

    type: Literal["device_row"] = "device_row"
    name: str
    port: str
    driver: str = ""
    state: str
    fault: str = ""
    who: str = "nobody"
    detail: str = ""
    substates: dict[str, str] = Field(default_factory=dict[str, str])
    model: str = ""
    serial_number: str = ""
    firmware: str = ""
    score: int = 0
    suspect: str = "none"
    advice: str = ""


class DeviceStatuses(Message):
    type: Literal["device_statuses"] = "device_statuses"
    rows: list[DeviceRow]


class DeviceEventsRequest(Message):
    """What happened after the event of this number; 0 for all that is remembered."""

    type: Literal["device_events_request"] = "device_events_request"
    after: int = 0


class DeviceEvent(Message):
    """``at`` is seconds since 1970. For ``plugged`` and ``unplugged`` the device is a kind of port."""

    type: Literal["device_event"] = "device_event"
    number: int
    at: float
    device: str
    what: What
    text: str


class DeviceEvents(Message):
    type: Literal["device_events"] = "device_events"
    events: list[DeviceEvent]


class DeviceTraceRequest(Message):
    """The records of one device's wire trace after this number; :data:`FROM_THE_START` for all that is kept."""

    type: Literal["device_trace_request"] = "device_trace_request"
    device: str
    after: int = FROM_THE_START


class DeviceTrace(Message):
    """``lines`` as in a trace file, as many as one message holds, the header first when asked from the start.

    ``newest`` is the last one's number, ``end`` the line that ends a file which is saved now.
    """

    type: Literal["device_trace"] = "device_trace"
    lines: list[str]
    newest: int
    end: str


class DeviceCommand(Message):
    """Have ``verb`` (``read``, ``print``, ``capture``, ``selftest``, ``status``) done by a device for a technician;
    refused while a citizen is at the terminal. Bytes to print come along as a file descriptor; answered with
    ``DeviceReport``."""

    type: Literal["device_command"] = "device_command"
    verb: str
    device: str
    timeout: float
    personal: bool = False


class DeviceReport(Message):
    """``fields`` in the order in which they are told; or an error with who must act. A picture comes along as a file
    descriptor of memory: it never touches a disk that nobody asked for."""

    type: Literal["device_report"] = "device_report"
    fields: dict[str, str] = Field(default_factory=dict[str, str])
    error: str = ""
    who: str = "nobody"
    sentence: str = ""
    picture: bool = False
