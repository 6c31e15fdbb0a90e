"""What the dock needs of the simulated cabinet."""

from collections.abc import Sequence
from typing import Protocol

from kiosk.bus.messages import SimulatedUnit


class DockClient(Protocol):
    """Both calls may take a while and are made off the UI thread; whatever they raise is shown on the dock."""

    def units(self) -> Sequence[SimulatedUnit]: ...

    def simulate(self, kind: str, verb: str, argument: str) -> None: ...
