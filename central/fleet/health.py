"""What a heartbeat means: how a terminal stands, what is wrong with it, who must act and how soon. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal

from central.fleet.wire import Device, Heartbeat, State, Who

MINUTE: Final = 60.0
HOUR: Final = 3600.0
DAY: Final = 86400.0


class Standing(StrEnum):
    WORKING = "working"
    DEGRADED = "degraded"
    """Citizens are served, something is missing."""
    FAULTY = "faulty"
    """Something it cannot do without is missing."""
    CLOSED = "closed"
    """Taken out of service by somebody."""
    SILENT = "silent"
    """Not heard of: counts as down, whatever it may be doing."""


SERVING: Final = frozenset({Standing.WORKING, Standing.DEGRADED})

Severity = Literal["high", "normal", "low"]

_FINE: Final = frozenset({"online", "busy", "starting"})
_ORDER_OF_WHO: Final[tuple[Who, ...]] = ("technician", "staff", "citizen", "nobody")

WITHIN: Final[Mapping[tuple[Who, Severity], float]] = {
    ("staff", "high"): 30 * MINUTE,
    ("staff", "normal"): 2 * HOUR,
    ("staff", "low"): 8 * HOUR,
    ("technician", "high"): 4 * HOUR,
    ("technician", "normal"): 1 * DAY,
    ("technician", "low"): 3 * DAY,
}
"""Seconds in which a work order is to be done."""


@dataclass(frozen=True)
class Fault:
    """Something somebody must act on. The same subject on the same terminal is the same fault."""

    device: str
    fault: str
    who: Who
    severity: Severity

    @property
    def subject(self) -> str:
        return self.fault if self.fault.startswith(f"{self.device}.") else f"{self.device}.{self.fault}"


@dataclass(frozen=True)
class Judged:
    standing: Standing
    who: Who
    """Must act first; technicians before staff, since they have the longer way."""
    faults: tuple[Fault, ...]


def judge(beat: Heartbeat) -> Judged:
    faults = tuple(fault for device in beat.devices if (fault := _fault(device)))
    return Judged(_standing(beat), _first_who(faults), faults)


def picture(beat: Heartbeat) -> dict[str, Any]:
    """What of it goes into the history when it changes: no ages, no counts."""
    return {
        "service": beat.service,
        "reason": beat.reason,
        "program": beat.program,
        "catalogue": beat.catalogue,
        "configuration": beat.configuration.applied,
        "devices": {one.name: [_lasting(one.state), one.fault] for one in beat.devices},
    }


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Between two of :func:`picture`: a word for each thing that is otherwise, such as ``printer: online``."""
    told = [f"{name}: {after[name]}" for name in after if name != "devices" and after[name] != before.get(name)]
    old, new = before.get("devices", {}), after.get("devices", {})
    told += [f"{name}: {_said(new[name])}" for name in new if new[name] != old.get(name)]
    return told + [f"{name}: gone" for name in old if name not in new]


def _lasting(state: State) -> State:
    """Without what passes by itself in a moment."""
    return "online" if state in ("busy", "starting") else state


def _said(device: Sequence[str]) -> str:
    state, fault = device
    return f"{state} ({fault})" if fault else state


def _is_missed(device: Device) -> bool:
    """Not one that was never there, nor what a citizen puts right by taking her paper."""
    if device.state in _FINE or device.who == "citizen":
        return False
    return device.who != "nobody" or bool(device.fault)


def _fault(device: Device) -> Fault | None:
    if not _is_missed(device) or device.who == "nobody":
        return None
    severity: Severity = "low" if device.state == "degraded" else "high" if device.needed else "normal"
    return Fault(device.name, device.fault or device.state, device.who, severity)


def _standing(beat: Heartbeat) -> Standing:
    if beat.service == "out_of_service":
        return Standing.CLOSED
    wrong = [one for one in beat.devices if _is_missed(one)]
    if any(one.needed and one.state != "degraded" for one in wrong):
        return Standing.FAULTY
    return Standing.DEGRADED if wrong else Standing.WORKING


def _first_who(faults: Sequence[Fault]) -> Who:
    asked: list[Who] = [fault.who for fault in faults]
    return min(asked, key=_ORDER_OF_WHO.index) if asked else "nobody"
