"""What every simulated device shares: an endpoint the real driver opens, and fault verbs for dock and scenarios."""

from collections.abc import Callable, Mapping
from typing import Protocol

Verb = Callable[[str], None]
"""Takes one argument, empty when the verb needs none; raises ``ValueError`` for one it does not know."""


class SimulatedDevice(Protocol):
    """A byte-level device. Methods named ``simulate_*`` are its verbs; the constructor does no I/O."""

    kind: str
    """The device class, as in the registry: ``id_card``, ``receipt_printer`` ..."""

    @property
    def endpoint(self) -> str:
        """Where the real driver finds it after ``start``: a tty path, ``tcp://host:port`` or an URL."""
        ...

    def start(self) -> None: ...

    def state(self) -> Mapping[str, str]:
        """What a person standing before the device would see, for the dock: ``{"card": "none"}``."""
        ...

    def verbs(self) -> Mapping[str, Verb]: ...

    def close(self) -> None: ...


def verbs_of(device: object) -> dict[str, Verb]:
    """Every ``simulate_x`` method under its short name ``x``."""
    names = (name for name in dir(device) if name.startswith("simulate_"))
    return {name.removeprefix("simulate_"): getattr(device, name) for name in names}
