"""What the simulated devices that are servers have in common: the common verbs, but for ``busy``."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

from drivers.simulation.contract import Verb, verbs_of
from drivers.simulation.server import Connection, TcpServer

SLOW_SECONDS: Final = 0.3
_LONGEST: Final = 60.0
"""Seconds after which nobody waits for an answer any more."""


class Manner(StrEnum):
    """How a server answers."""

    ITS_OWN = ""
    NOISE = "garbage"
    SILENCE = "mute"
    FOREIGN = "wrong_model"


class DeviceOnNetwork(ABC):
    """Base of simulated devices: a :class:`drivers.simulation.contract.SimulatedDevice` but for ``kind``, ``endpoint``,
    ``state`` and its own verbs. A subclass serves connections, and asks ``_considered`` before each answer.

    Verbs may be called from any thread; what they change is guarded by ``_lock``.
    """

    kind = ""

    def __init__(self, host: str, port: int) -> None:
        self._server = TcpServer(self._serve, host, port)
        self._lock = threading.RLock()
        self._manner = Manner.ITS_OWN
        self._delay = 0.0
        self._hurry = threading.Event()
        """Ends a delay that is under way."""

    def start(self) -> None:
        self._server.plug()

    def close(self) -> None:
        self._hurry.set()
        self._server.unplug()

    def verbs(self) -> Mapping[str, Verb]:
        return verbs_of(self)

    def simulate_unplug(self, after: str = "") -> None:
        """Go away, now or after so many more bytes."""
        if after:
            self._server.unplug_after(int(after))
        else:
            self._server.unplug()

    def simulate_plug(self, _: str = "") -> None:
        """Come back."""
        self._server.plug()

    def simulate_slow(self, seconds: str = "") -> None:
        """Answer late, by so many seconds or a third of one."""
        with self._lock:
            self._hurry.clear()
            self._delay = float(seconds or SLOW_SECONDS)

    def simulate_garbage(self, _: str = "") -> None:
        """Send noise instead of answers."""
        self._behave(Manner.NOISE)

    def simulate_mute(self, _: str = "") -> None:
        """Take connections and say nothing."""
        self._behave(Manner.SILENCE)

    def simulate_wrong_model(self, _: str = "") -> None:
        """Be a server of another kind."""
        self._behave(Manner.FOREIGN)

    def simulate_heal(self, _: str = "") -> None:
        """Undo every fault of the line; a subclass undoes its own first."""
        with self._lock:
            self._manner, self._delay = Manner.ITS_OWN, 0.0
            self._hurry.set()
        self._server.plug()

    @abstractmethod
    def _serve(self, connection: Connection) -> None: ...

    def _considered(self) -> Manner:
        """How to answer, after the delay of the moment."""
        with self._lock:
            manner, delay = self._manner, _LONGEST if self._manner is Manner.SILENCE else self._delay
        if delay:
            self._hurry.wait(min(delay, _LONGEST))
        return manner

    def _faults(self) -> Iterator[str]:
        """Those of the line, for ``state``."""
        present = {
            "unplugged": not self._server.plugged,
            "slow": self._delay,
            self._manner: self._manner,
        }
        return (name for name, there in present.items() if there)

    def _behave(self, manner: Manner) -> None:
        with self._lock:
            self._hurry.clear()
            self._manner = manner
