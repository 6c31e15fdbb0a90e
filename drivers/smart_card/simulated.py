"""A simulated card reader: real commands and responses in vpcd's framing, at a TCP port or into a real vpcd."""

from collections.abc import Mapping
from time import monotonic
from typing import Final

from drivers.errors import DeviceFault, DriverError, ProtocolError, Refused
from drivers.simulation.cable import TcpLine
from drivers.simulation.on_cable import DeviceOnCable
from drivers.smart_card.contract import ServiceDown
from drivers.smart_card.simulated_chip import SimulatedChip
from drivers.smart_card.specimens import SPECIMENS
from drivers.smart_card.transport import Slot
from drivers.smart_card.vpcd import (
    EMPTY,
    GET_ATR,
    POWER_OFF,
    POWER_ON,
    RESET,
    TROUBLES,
    FrameParser,
    encode_slot,
    frame,
)

_FOR_EVER: Final = float("inf")
_READ_RECORD: Final = 0xB2
_POWER: Final = (POWER_OFF, POWER_ON, RESET)


class SimulatedSlot:
    """The place for a card and the chip in it: frames in, frames out. For one thread at a time."""

    def __init__(self) -> None:
        self.card = ""
        self.chip_mute = False
        self.taken_at_record = 0
        """At which command to read a record, counted from now, the card is taken out; 0: at none."""
        self.trouble: type[DriverError] | None = None
        """What the reader says of itself instead of any answer."""
        self._exchanged = False
        self._busy_until = 0.0
        self._chip: SimulatedChip | None = None
        self._parser = FrameParser()

    @property
    def busy(self) -> bool:
        return monotonic() < self._busy_until

    def hold(self, seconds: float) -> None:
        """Another program uses the card."""
        self._busy_until = monotonic() + seconds

    def put(self, name: str) -> None:
        """``name`` of a specimen, or empty to take the card out. For one look the slot is empty in between."""
        self._exchanged = bool(self.card and name)
        self.card = name
        self._power_up()

    def connected(self) -> None:
        self._parser = FrameParser()
        self._power_up()

    def answer(self, data: bytes) -> bytes:
        self._parser.receive_data(data)
        try:
            return b"".join(self._replies())
        except ProtocolError:
            self._parser = FrameParser()
            return b""

    def _replies(self) -> list[bytes]:
        replies: list[bytes] = []
        while (request := self._parser.next_frame()) is not None:
            if request in _POWER:
                self._power_up()
            else:
                replies.append(frame(self._reply(request)))
        return replies

    def _power_up(self) -> None:
        self._chip = SimulatedChip(SPECIMENS[self.card]) if self.card else None

    def _reply(self, request: bytes) -> bytes:
        if self.trouble:
            return TROUBLES[self.trouble]
        if request == GET_ATR:
            slot = Slot() if self._exchanged else self._slot()
            self._exchanged = False
            return encode_slot(slot)
        if self.taken_at_record and request[1:2] == bytes((_READ_RECORD,)):
            self.taken_at_record -= 1
            if not self.taken_at_record:
                self.put("")
        if self._chip is None or self._slot().mute or self.busy:
            return encode_slot(self._slot()) if self.card else EMPTY
        return self._chip.respond(request)

    def _slot(self) -> Slot:
        if not self.card:
            return Slot()
        return Slot(atr=SPECIMENS[self.card].atr, mute=self.chip_mute, in_use=self.busy)


class SimulatedCardReader(DeviceOnCable):
    """The reader with its one slot, found at ``vpcd://127.0.0.1:port``. Verbs may be called from any thread."""

    kind = "smart_card"

    def __init__(self) -> None:
        self._slot = SimulatedSlot()
        super().__init__(TcpLine(self._slot.connected, "vpcd"), self._slot)

    def state(self) -> Mapping[str, str]:
        with self._lock:
            present = {
                "mute_card": self._slot.chip_mute,
                self._slot.trouble.code if self._slot.trouble else "": self._slot.trouble,
                "busy": self._slot.busy,
                "take_during_read": self._slot.taken_at_record,
            }
            return {"card": self._slot.card or "none", "fault": self._faults(present)}

    # --- the card ----------------------------------------------------------------------------------------------------

    def simulate_put(self, argument: str = "") -> None:
        """Put a card in, a name of ``specimens.SPECIMENS``; ``person`` without one."""
        name = argument or "person"
        if name not in SPECIMENS:
            raise ValueError(f"no card {name!r}; there are {', '.join(SPECIMENS)}")
        with self._lock:
            self._slot.put(name)

    def simulate_take(self, _: str = "") -> None:
        """Take the card out."""
        with self._lock:
            self._slot.put("")

    def simulate_take_during_read(self, argument: str = "") -> None:
        """Take it out at the record of the next reading that the argument numbers, else at the first."""
        with self._lock:
            self._slot.taken_at_record = int(argument or 1)

    def simulate_mute_card(self, _: str = "") -> None:
        """The card lies the wrong way round: its chip touches no contact."""
        with self._lock:
            self._slot.chip_mute = True
            self._slot.put(self._slot.card or "person")

    # --- the reader --------------------------------------------------------------------------------------------------

    def simulate_busy(self, argument: str = "") -> None:
        """Another program holds the card for so many seconds, else until healed."""
        with self._lock:
            self._slot.hold(float(argument or _FOR_EVER))

    def simulate_reader_fault(self, _: str = "") -> None:
        """The reader says that it is broken."""
        self._slot.trouble = DeviceFault

    def simulate_service_down(self, _: str = "") -> None:
        """The service behind the reader does not run."""
        self._slot.trouble = ServiceDown

    def simulate_refuse(self, _: str = "") -> None:
        """The machine's policy forbids this user the reader."""
        self._slot.trouble = Refused

    def simulate_heal(self, _: str = "") -> None:
        """Undo every fault; a card stays in."""
        with self._lock:
            self._slot.chip_mute, self._slot.taken_at_record, self._slot.trouble = False, 0, None
            self._slot.hold(0.0)
        super().simulate_heal()
