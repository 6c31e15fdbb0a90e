"""How the queue and the way to the centre are, and which faults that makes: for staff and technicians. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from offline_queue.contract import MatterState, Quota, Room
from offline_queue.incidents import Incident, IncidentKind

DAY: Final = 86400.0
RECENT: Final = 30 * DAY
"""So long somebody should still look at what befell the queue."""
LATE: Final = 1 / 6
"""Of a certificate's life is left: by then it should have been renewed twice over."""
_MISHAPS: Final[dict[IncidentKind, str]] = {
    "damaged": "queue.salvaged",
    "missing": "queue.lost",
    "restored": "queue.lost",
    "cloned": "queue.lost",
}


@dataclass(frozen=True)
class Certificate:
    """Of this terminal at the centre; seconds since 1970 by the centre's clock."""

    issued: float
    not_after: float

    def late(self, now: float) -> bool:
        return now >= self.not_after - (self.not_after - self.issued) * LATE


@dataclass(frozen=True)
class Line:
    """What the sync process says of the centre; all empty while it does not run."""

    running: bool = False
    online: bool | None = None
    last_contact: float | None = None
    error: str = ""
    skew: float | None = None
    """Seconds by which this machine's clock is ahead of the centre's."""
    lost: int = 0
    """Matters the centre lost and has not got back yet."""


@dataclass(frozen=True)
class QueueStatus:
    """``counts``, ``room`` and ``incidents`` are of a queue that could be read; else ``error`` says why not."""

    terminal: str
    file: str
    quota: Quota
    now: float
    counts: Mapping[MatterState, int] = field(default_factory=dict[MatterState, int])
    room: Room | None = None
    epoch: int = 0
    incidents: Sequence[Incident] = ()
    error: str = ""
    fault: str = ""
    """Of the fault catalogue, for ``error``."""
    certificate: Certificate | None = None
    line: Line = Line()

    def faults(self) -> tuple[str, ...]:
        """Ids of the fault catalogue, the worst first."""
        return tuple(dict.fromkeys((*self._of_the_queue(), *self._of_the_centre())))

    def _of_the_queue(self) -> Iterator[str]:
        if self.fault:
            yield self.fault
        if self.room and self.room.full:
            yield "queue.unavailable" if self.room.full == "disk" else "queue.full"
        for incident in self.incidents:
            if self.now - incident.noticed < RECENT:
                yield _MISHAPS[incident.kind]
        if self.counts.get(MatterState.PARKED):
            yield "queue.parked"

    def _of_the_centre(self) -> Iterator[str]:
        if self.line.error.startswith("insecure"):
            yield "central.tls"
        elif self.line.online is False:
            yield "network.offline"
        if self.line.lost:
            yield "central.lost"
        if self.certificate and self.certificate.late(self.now - (self.line.skew or 0.0)):
            yield "central.certificate"

    def as_dict(self) -> dict[str, Any]:
        """Times in seconds since 1970, sizes in bytes."""
        return {
            "terminal": self.terminal,
            "file": self.file,
            "error": self.error,
            "counts": {str(state): count for state, count in self.counts.items()},
            "room": vars(self.room) if self.room else None,
            "quota": vars(self.quota),
            "epoch": self.epoch,
            "incidents": [vars(incident) for incident in self.incidents],
            "certificate": vars(self.certificate) if self.certificate else None,
            "line": vars(self.line),
            "faults": list(self.faults()),
        }
