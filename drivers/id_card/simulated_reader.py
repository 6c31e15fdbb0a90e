"""What every simulated identity card reader has, whatever its cable: one place for a card, and its faults."""

import random
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from time import monotonic
from typing import Final

from drivers.id_card.protocol import Command, Request, Status, encode_reply
from drivers.id_card.simulated_sam import SimulatedSam
from drivers.id_card.specimens import SPECIMENS
from drivers.simulation.contract import Verb, verbs_of

_SLOW_SECONDS: Final = 1.0
_NOISE: Final = random.Random(1).randbytes(40)  # noqa: S311 - noise, and the same one every time
_FOREIGN: Final = b"\x02\x00\x00\x01\x00\x33\x31"
"""How a code scanner answers what it does not know."""
_CARD_COMMANDS: Final = frozenset({b"\x20", b"\x30"})
_READS: Final = frozenset({Command.READ_CARD.value, Command.READ_CARD_WITH_FINGERPRINT.value})
_UNDOCUMENTED_FAULT: Final = 0x6F


class ReaderOnCable(ABC):
    """Verbs may be called from any thread. A subclass is the cable: it brings requests and takes replies."""

    kind = "id_card"

    def __init__(self, *, found_again: bool) -> None:
        self._sam = SimulatedSam(found_again=found_again)
        self._lock = threading.Lock()
        self._cable = threading.Lock()
        self._card = "none"
        self._mute = self._foreign = self._break_off = False
        self._delay = 0.0
        self._spoilt = 0
        self._busy_until = 0.0
        self._left: int | None = None
        """Bytes that still go through before the cable is pulled."""

    # --- the device --------------------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def endpoint(self) -> str: ...

    def start(self) -> None:
        self.simulate_plug()

    def state(self) -> Mapping[str, str]:
        with self._lock:
            return {"card": self._card if self._sam.card else "none", "fault": ", ".join(self._faults())}

    def answer(self, data: bytes) -> bytes:
        """What the reader sends back for ``data``, without a cable between and without delay."""
        with self._lock:
            return b"".join(self._reply(request) for request in self._sam.requests(data))

    def verbs(self) -> Mapping[str, Verb]:
        return verbs_of(self)

    def close(self) -> None:
        self.simulate_unplug()

    # --- the verbs ---------------------------------------------------------------------------------------------------

    def simulate_place(self, argument: str = "resident") -> None:
        """Lay a card on the reader, a name of ``specimens.SPECIMENS``."""
        specimen = SPECIMENS.get(argument or "resident")
        if specimen is None:
            raise ValueError(f"no card {argument!r}; there are {', '.join(SPECIMENS)}")
        with self._lock:
            self._card = argument or "resident"
            self._sam.place(specimen)

    def simulate_take(self, _: str = "") -> None:
        """Take the card off."""
        with self._lock:
            self._sam.place(None)

    def simulate_unplug(self, argument: str = "") -> None:
        """Pull the cable, now or after so many more bytes in either direction."""
        count = int(argument or 0)
        if count > 0:
            with self._lock:
                self._left = count
        else:
            with self._cable:
                self._disconnect()

    def simulate_plug(self, _: str = "") -> None:
        """Put the cable back."""
        with self._cable:
            if not self._is_connected():
                with self._lock:
                    self._left = None
                    self._sam.power_up()
                self._connect()

    def simulate_garbage(self, argument: str = "") -> None:
        """Spoil the next replies about a card: as many as the argument says, else 2.

        Two, as the driver asks again after one and the citizen would notice nothing.
        """
        with self._lock:
            self._spoilt = int(argument or 2)

    def simulate_slow(self, argument: str = "") -> None:
        """Think for so many seconds, 1 without an argument, before each reply."""
        with self._lock:
            self._delay = float(argument or _SLOW_SECONDS)

    def simulate_mute(self, _: str = "") -> None:
        """Answer nothing."""
        with self._lock:
            self._mute = True

    def simulate_busy(self, argument: str = "") -> None:
        """Permit nothing, for so many seconds or until healed."""
        seconds = float(argument) if argument else float("inf")
        with self._lock:
            self._busy_until = monotonic() + seconds

    def simulate_wrong_model(self, _: str = "") -> None:
        """A code scanner is plugged in there."""
        with self._lock:
            self._foreign = True

    def simulate_lift_during_read(self, argument: str = "") -> None:
        """Take the card off in the middle of the next read: it fails or, with ``stop``, its reply breaks off."""
        if argument not in ("", "stop"):
            raise ValueError(f"{argument!r} is neither empty nor stop")
        with self._lock:
            self._sam.lift_next_read = not argument
            self._break_off = bool(argument)

    def simulate_reject(self, _: str = "") -> None:
        """Accept no card: forged, withdrawn, or of a kind that this module does not know."""
        with self._lock:
            self._sam.rejects = True

    def simulate_sam_fault(self, _: str = "") -> None:
        """Let the security module fail its self-test."""
        self._only(Status.SELF_TEST_FAILED)

    def simulate_device_fault(self, _: str = "") -> None:
        """Report a fault of the reader that no manual explains."""
        self._only(_UNDOCUMENTED_FAULT)

    def simulate_refused(self, _: str = "") -> None:
        """Know no command any more, as a reader of another firmware."""
        self._only(Status.HOST_COMMAND)

    def simulate_heal(self, _: str = "") -> None:
        """Undo every fault; a card stays as it lies."""
        with self._lock:
            self._sam.only, self._left = None, None
            self._sam.lift_next_read = self._sam.rejects = self._mute = self._foreign = self._break_off = False
            self._delay, self._spoilt, self._busy_until = 0.0, 0, 0.0
        self._drop_answers()
        self.simulate_plug()

    def _only(self, status: int) -> None:
        with self._lock:
            self._sam.only = status

    # --- for the cable -----------------------------------------------------------------------------------------------

    @abstractmethod
    def _connect(self) -> None: ...

    @abstractmethod
    def _disconnect(self) -> None:
        """Idempotent."""

    @abstractmethod
    def _is_connected(self) -> bool: ...

    @abstractmethod
    def _drop_answers(self) -> None:
        """Those that it still thinks about."""

    def _carried(self, data: bytes) -> bytes:
        """As much of it as goes through before the cable is pulled."""
        with self._lock:
            if self._left is None:
                return data
            data = data[: self._left]
            self._left -= len(data)
            return data

    def _is_cut(self) -> bool:
        return self._left == 0

    def _considered(self, request: Request) -> tuple[bytes, float]:
        """The reply, and after how many seconds it comes."""
        with self._lock:
            return self._reply(request), self._delay

    def _reply(self, request: Request) -> bytes:
        """What goes over the line, with the faults of the moment."""
        if self._mute:
            return b""
        if self._foreign:
            return _FOREIGN
        if monotonic() < self._busy_until:
            return encode_reply(Status.NOT_PERMITTED)
        reply = self._sam.reply(request)
        if self._spoilt and request.code[:1] in _CARD_COMMANDS:
            self._spoilt -= 1
            return _NOISE + encode_reply(Status.SUCCESS)[:-1] + b"\xff"
        if self._break_off and request.code in _READS:
            self._break_off = False
            self._sam.place(None)
            return reply[: len(reply) // 2]
        return reply

    def _faults(self) -> Iterator[str]:
        faults = {
            "unplugged": not self._is_connected(),
            "mute": self._mute,
            "slow": self._delay,
            "garbage": self._spoilt,
            "busy": monotonic() < self._busy_until,
            "wrong_model": self._foreign,
            "lift_during_read": self._sam.lift_next_read or self._break_off,
            "reject": self._sam.rejects,
            "sam_fault": self._sam.only == Status.SELF_TEST_FAILED,
            "device_fault": self._sam.only == _UNDOCUMENTED_FAULT,
            "refused": self._sam.only == Status.HOST_COMMAND,
        }
        return (name for name, present in faults.items() if present)
