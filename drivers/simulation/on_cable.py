"""What the simulated devices at the end of a cable have in common: the common verbs, but for ``busy``."""

from collections.abc import Mapping
from typing import Any

from drivers.simulation.cable import Answering, Cable, Line
from drivers.simulation.contract import Verb, verbs_of


class DeviceOnCable:
    """Base of simulated devices: a :class:`drivers.simulation.contract.SimulatedDevice` but for ``kind``, ``state`` and
    its own verbs. ``device`` answers at the end of ``line``, and is mostly the subclass itself.

    Verbs may be called from any thread; what they change is guarded by ``_lock``.
    """

    kind = ""

    def __init__(self, line: Line, device: Answering) -> None:
        self._cable = Cable(line, device, self._answered)
        self._lock = self._cable.lock

    @property
    def endpoint(self) -> str:
        return self._cable.path

    def start(self) -> None:
        self._cable.plug()

    def close(self) -> None:
        self._cable.unplug()

    def verbs(self) -> Mapping[str, Verb]:
        return verbs_of(self)

    def simulate_unplug(self, after: str = "") -> None:
        """Pull the cable, now or after so many more bytes."""
        self._cable.unplug(after)

    def simulate_plug(self, _: str = "") -> None:
        """Put the cable back."""
        self._cable.plug()

    def simulate_slow(self, seconds: str = "") -> None:
        """Answer late, by so many seconds or a tenth of one."""
        self._cable.slow(seconds)

    def simulate_garbage(self, answers: str = "") -> None:
        """Send noise instead of so many answers, else of all."""
        self._cable.garbage(answers)

    def simulate_mute(self, _: str = "") -> None:
        """Say nothing."""
        self._cable.mute()

    def simulate_wrong_model(self, _: str = "") -> None:
        """Be a modem instead."""
        self._cable.wrong_model()

    def simulate_heal(self, _: str = "") -> None:
        """Undo every fault of the cable; a subclass undoes its own first."""
        self._cable.heal()

    def _answered(self) -> None:
        """Called behind each answer: for devices that also speak unasked (``self._cable.send``)."""

    def _faults(self, own: Mapping[str, Any]) -> str:
        """The faults of the moment, for ``state``: the cable's, and those of ``own`` that are so."""
        return ", ".join((*self._cable.faults(), *(name for name, there in own.items() if there)))
