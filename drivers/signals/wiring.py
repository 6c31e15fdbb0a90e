"""Which light and which contact is where on the board, and what the contacts say. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from drivers.signals.contract import Door, Inputs, Light
from drivers.signals.protocol import span

_BLINK: Final = 0.5
"""Seconds on, and as many off."""


@dataclass(frozen=True)
class Wiring:
    """Only what is fitted. ``inverted`` names inputs whose contact is closed when nothing is the matter."""

    lights: Mapping[str, int]
    inputs: Mapping[str, int]
    inverted: frozenset[str] = frozenset()
    lock: int | None = None
    call_counter: int | None = None
    """Input register in which the board counts presses of the call button."""

    def coils(self, wished: Mapping[str, Light], now: float) -> dict[int, bool]:
        """What each coil should be at ``now`` seconds; the lock's is always off between two pulses."""
        blink = int(now / _BLINK) % 2 == 0
        lit = {Light.OFF: False, Light.ON: True, Light.BLINK: blink}
        coils = {number: lit[wished.get(name, Light.OFF)] for name, number in self.lights.items()}
        return coils if self.lock is None else coils | {self.lock: False}


class Contacts:
    """From readings to what they mean: a person who stands still stays present, a press that was counted is told."""

    def __init__(self, wiring: Wiring, presence_hold: float) -> None:
        self._wiring = wiring
        self._hold = presence_hold
        self._seen_at: float | None = None
        self._presses: int | None = None

    def update(self, bits: Sequence[bool], presses: int | None, now: float) -> Inputs:
        """``bits`` are the inputs of the block ``span(wiring.inputs.values())``, ``presses`` is the counter."""
        raw = self._raw(bits)
        door = Door.UNKNOWN if "door" not in raw else Door.OPEN if raw["door"] else Door.CLOSED
        return Inputs(
            door=door,
            tamper=raw.get("tamper", False),
            presence=self._presence(raw.get("presence", False), now),
            call_button=raw.get("call_button", False) | self._was_pressed(presses),
        )

    def _raw(self, bits: Sequence[bool]) -> dict[str, bool]:
        if not self._wiring.inputs:
            return {}
        first, _ = span(self._wiring.inputs.values())
        return {
            name: bits[number - first] != (name in self._wiring.inverted)
            for name, number in self._wiring.inputs.items()
        }

    def _presence(self, seen: bool, now: float) -> bool:
        if seen:
            self._seen_at = now
        return self._seen_at is not None and now - self._seen_at <= self._hold

    def _was_pressed(self, presses: int | None) -> bool:
        """Any change counts: the counter wraps, and a board that restarted begins at nought."""
        before, self._presses = self._presses, presses
        return None not in (before, presses) and before != presses and presses != 0
