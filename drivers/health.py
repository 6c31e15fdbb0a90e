"""How flaky a device's line is, and what to exchange first: cable, device or driver. Pure: everything takes ``now``."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from drivers.errors import DeadlineExceeded, DriverError, ProtocolError, Refused, Who


class Incident(StrEnum):
    """What can go wrong on a line without anybody noticing."""

    RECONNECT = "reconnect"
    """A device that was there went away and came back."""
    RETRY = "retry"
    CHECKSUM = "checksum"
    """Bytes came that make no valid reply."""
    TIMEOUT = "timeout"
    REFUSED = "refused"
    """The device understood the command and refused it."""
    CRASH = "crash"
    """The driver raised what no driver may raise."""


_INCIDENTS: Final = (
    (ProtocolError, Incident.CHECKSUM),
    (DeadlineExceeded, Incident.TIMEOUT),
    (Refused, Incident.REFUSED),
)


def incident_of(error: DriverError) -> Incident | None:
    """What an operation that ended with ``error`` counts as. A citizen who lays down no card is no incident, and a
    device that went away is one when it comes back."""
    if error.who is Who.CITIZEN:
        return None
    return next((incident for kind, incident in _INCIDENTS if isinstance(error, kind)), None)


def incident_in(fault: str) -> Incident | None:
    """The same for a status, whose ``fault`` is an id of the fault catalogue."""
    code = fault.rpartition(".")[2]
    return next((incident for kind, incident in _INCIDENTS if kind.code == code), None)


# --- counting --------------------------------------------------------------------------------------------------------

HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
_BUCKET: Final = 60.0
"""Incidents are counted by the minute, so that a line that does nothing else needs no more memory than a quiet one."""

Tally = Mapping[Incident, int]


@dataclass(frozen=True)
class Counts:
    """Incidents of the last hour and of the last day; the day includes the hour."""

    hour: Tally
    day: Tally


class History:
    """The incidents of one day. Not thread-safe."""

    def __init__(self) -> None:
        self._buckets: deque[tuple[float, Counter[Incident]]] = deque()

    def note(self, incident: Incident, now: float) -> None:
        if not self._buckets or now - self._buckets[-1][0] >= _BUCKET:
            self._buckets.append((now, Counter()))
            self._forget(now)
        self._buckets[-1][1][incident] += 1

    def counts(self, now: float) -> Counts:
        return Counts(self._since(now - HOUR), self._since(now - DAY))

    def _since(self, start: float) -> Tally:
        total: Counter[Incident] = Counter()
        for begun, tally in self._buckets:
            if begun >= start:
                total += tally
        return total

    def _forget(self, now: float) -> None:
        while self._buckets[0][0] < now - DAY:
            self._buckets.popleft()


# --- judging ---------------------------------------------------------------------------------------------------------


class Suspect(StrEnum):
    """What to look at first."""

    NONE = "none"
    CABLE = "cable"
    """Or plug, hub, power."""
    DEVICE = "device"
    DRIVER = "driver"


@dataclass(frozen=True)
class Verdict:
    """``score``: 0 steady to 100 unusable. ``sentence`` is for a technician."""

    score: int
    suspect: Suspect
    sentence: str


NOTICE: Final = 10
"""Below this score nothing is suspected: every line has a bad minute."""

_WEIGHTS: Final[Mapping[Incident, float]] = {
    Incident.RETRY: 1,
    Incident.REFUSED: 3,
    Incident.CHECKSUM: 4,
    Incident.TIMEOUT: 5,
    Incident.RECONNECT: 8,
    Incident.CRASH: 20,
}
"""What one incident of the last hour adds to the score."""

_OLD: Final = 1 / 12
"""How much of that it adds later in the day."""


@dataclass(frozen=True)
class _Row:
    """``shared`` incidents count here only beside enough of the row's ``own``."""

    suspect: Suspect
    own: frozenset[Incident]
    shared: frozenset[Incident]
    advice: str


_SILENCE: Final = frozenset({Incident.TIMEOUT, Incident.RETRY})
_ENOUGH: Final = 0.25

# The theory: a bad line is heard - bits flip, the device vanishes - and what it swallows shows as silence besides.
# Silence and refusals on a line that is clean otherwise are the device's own doing.
_ROWS: Final = (
    _Row(
        Suspect.DRIVER, frozenset({Incident.CRASH}), frozenset(), "the driver itself fails; send the log to its maker"
    ),
    _Row(
        Suspect.CABLE,
        frozenset({Incident.CHECKSUM, Incident.RECONNECT}),
        _SILENCE,
        "look at cable, plug, hub and power first",
    ),
    _Row(Suspect.DEVICE, _SILENCE | {Incident.REFUSED}, frozenset(), "the line is clean; the device itself is suspect"),
)


def judge(counts: Counts) -> Verdict:
    loads = {incident: _load(incident, counts) for incident in Incident}
    score = min(100, round(sum(loads.values())))
    if score < NOTICE:
        return Verdict(score, Suspect.NONE, f"steady{_evidence(counts)}")
    row = max(_ROWS, key=lambda row: _blame(row, loads))
    return Verdict(score, row.suspect, f"{row.advice}{_evidence(counts)}")


def _load(incident: Incident, counts: Counts) -> float:
    recent = counts.hour.get(incident, 0)
    return _WEIGHTS[incident] * (recent + _OLD * (counts.day.get(incident, 0) - recent))


def _blame(row: _Row, loads: Mapping[Incident, float]) -> float:
    own, shared = (sum(loads[incident] for incident in part) for part in (row.own, row.shared))
    return own + shared if own >= _ENOUGH * shared else own


def _evidence(counts: Counts) -> str:
    """`` (reconnect 3, checksum 12 in the last hour; ...)``"""
    spans = ((counts.hour, "hour"), (counts.day, "day"))
    told = [f"{_listed(tally)} in the last {span}" for tally, span in spans if any(tally.values())]
    return f" ({'; '.join(told)})" if told else ""


def _listed(tally: Tally) -> str:
    return ", ".join(f"{incident} {tally[incident]}" for incident in Incident if tally.get(incident))
