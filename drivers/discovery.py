"""What is plugged in, and which driver would serve it: values only (see ``inventory`` and ``probe`` for the search)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Transport = Literal["serial", "usb", "tcp", "video", "input", "smart_card", "sound"]


@dataclass(frozen=True)
class Attachment:
    """Something plugged in. ``port`` is a port text as in the settings; ``ids`` are USB vendor and product numbers.

    ``location`` is the physical place (``1-1.2``), which stays the same when the device is exchanged.
    """

    port: str
    transport: Transport
    ids: tuple[int, int] | None = None
    serial_number: str = ""
    description: str = ""
    location: str = ""


@dataclass(frozen=True)
class Finding:
    """A driver's answer to "is this yours?". ``options`` are the settings besides ``port``; ``evidence`` is what the
    device said, for a technician's eye. ``sure``: a protocol answered; otherwise something merely looks like it."""

    port: str
    evidence: str
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    model: str = ""
    sure: bool = True


@dataclass(frozen=True)
class Probe:
    """How a driver recognises its device. ``ask(attachment, timeout)`` sends its most harmless query and returns
    within ``timeout`` seconds; it raises ``DriverError`` only if the port cannot be opened at all.

    Lower ``rank`` asks first: 0 for queries no device mistakes for its own work (a status request of two or three
    control bytes), up to 9 for texts that a printer at the same port would print.
    """

    transports: frozenset[Transport]
    ask: Callable[[Attachment, float], Finding | None]
    rank: int = 5
