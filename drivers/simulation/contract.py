"""What every simulated device shares: an endpoint the real driver opens, and fault verbs for dock and scenarios."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

Verb = Callable[[str], None]
"""Takes one argument, empty when the verb needs none; raises ``ValueError`` for one it does not know."""

COMMON_VERBS: Final = frozenset({"unplug", "plug", "slow", "garbage", "mute", "busy", "wrong_model", "heal"})
"""What every simulated device can be made to do.

``unplug``, now or after so many more bytes from the driver or to it; ``plug`` again; ``slow``: every answer late but
in time, or so many seconds late; ``garbage``: noise instead of answers; ``mute``: no answers; ``busy``: for so many
seconds, else until healed, the answer of a device that has something else to do; ``wrong_model``: something else is
plugged in there, which speaks another language; ``heal``: as new, and plugged in.
"""


@dataclass(frozen=True)
class Place:
    """Where simulated devices live: ``run_dir`` for what must have a path, ``tray`` for paper and sound that come out,
    ``pictures`` for what their cameras may see (name -> file)."""

    run_dir: Path
    tray: Path
    pictures: Mapping[str, Path] = field(default_factory=dict[str, Path])


class SimulatedDevice(Protocol):
    """A byte-level device. Methods named ``simulate_*`` are its verbs; the constructor does no I/O."""

    kind: str
    """The device class, as in the registry: ``id_card``, ``receipt_printer`` ..."""

    @property
    def endpoint(self) -> str:
        """The port text at which the real driver finds it after ``start``: a tty path, ``tcp://host:port``, an URL."""
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
