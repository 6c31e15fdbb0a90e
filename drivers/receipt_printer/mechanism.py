"""The simulated printer without its cable: memory, faults and paper. Bytes in, replies out."""

from collections.abc import Callable
from typing import Final

from drivers.receipt_printer import protocol
from drivers.receipt_printer.models import GENERIC, Model
from drivers.receipt_printer.paper import COLUMNS, Roll, Row
from drivers.receipt_printer.protocol import Bit
from drivers.receipt_printer.stream import (
    ClearBuffers,
    Command,
    Cut,
    Identify,
    Initialise,
    Parser,
    ProcessId,
    RealTimeFilter,
    Report,
    StatusBack,
    StatusRequest,
)

Condition = frozenset[Bit]

JAM: Final = frozenset({Bit.OFFLINE, Bit.ERROR, Bit.CUTTER_ERROR, Bit.JAM})
OUT: Final = frozenset({Bit.OFFLINE, Bit.STOPPED_FOR_PAPER, Bit.PAPER_LOW, Bit.PAPER_OUT})
HOT: Final = frozenset({Bit.OFFLINE, Bit.ERROR, Bit.AUTO_RECOVERABLE})
OPEN: Final = frozenset({Bit.OFFLINE, Bit.COVER_OPEN})
BROKEN: Final = frozenset({Bit.OFFLINE, Bit.ERROR, Bit.UNRECOVERABLE})
FEEDING: Final = frozenset({Bit.OFFLINE, Bit.FEEDING})
PAUSED: Final = frozenset({Bit.OFFLINE})
LOW: Final = frozenset({Bit.PAPER_LOW})

_MEMORY: Final = 1 << 14
"""Bytes; while it is full the printer takes nothing from its line, real-time commands included."""
_IDENTITY: Final = {
    protocol.FIRMWARE: "1.05 ESC/POS",
    protocol.MAKER: "SIMULATED",
    protocol.MODEL: "RP-80 SIMULATED",
    protocol.SERIAL_NUMBER: "SIM0000042",
}


class Mechanism:
    """``on_cut`` is called with the rows of every piece of paper."""

    def __init__(
        self, on_cut: Callable[[tuple[Row, ...]], None], model: Model = GENERIC, columns: int = COLUMNS
    ) -> None:
        self._on_cut = on_cut
        self._model = model
        self._answers = {question.request: question for question in model.questions}
        self._filter = RealTimeFilter()
        self._parser = Parser()
        self._memory = bytearray()
        self._roll = Roll(columns)
        self._conditions: set[Condition] = set()
        self._trip: tuple[int, Condition] | None = None
        self._bits: frozenset[Bit] = frozenset()
        self._status_back = False
        self._told: frozenset[Bit] = frozenset()
        self.stuck_cutter = False
        """The next cut fails: the paper hangs in the cutter, printed and whole."""
        self.stubborn = False
        """Does not know the command that clears its memory, as many models do not."""
        self.held = False
        """A paper is in the presenter."""
        self.leaves = False
        """Nobody takes what comes out from now on."""

    @property
    def bits(self) -> frozenset[Bit]:
        return self._bits | {Bit.PRESENTED} if self.held else self._bits

    @property
    def pending(self) -> bool:
        """Whether there is something to print, now or when a fault is over, or news to tell."""
        return bool(self._memory) or self._status_back

    @property
    def busy(self) -> bool:
        """Whether there is something to print and nothing in the way."""
        return bool(self._memory) and self._bits <= protocol.HARMLESS

    @property
    def full(self) -> bool:
        return len(self._memory) >= _MEMORY

    def receive(self, byte: int) -> bytes:
        """Real-time commands are obeyed now, even while the paper is out; all else is put into memory."""
        match self._filter.feed(byte):
            case StatusRequest(request):
                question = self._answers.get(request)
                return question.answer(self.bits) if question else b""
            case ClearBuffers():
                return self._clear()
            case bytes(data):
                self._memory += data
        return b""

    def work(self, limit: int | None = None) -> bytes:
        """Work off at most ``limit`` bytes of memory, or all; stops at a fault."""
        replies = self._news()
        while self.busy and limit != 0:
            replies += self._step()
            limit = limit - 1 if limit else None
        return replies + self._news()

    def set(self, condition: Condition, after: int = 0) -> None:
        """Now, or when ``after`` further bytes of a job were worked off."""
        if after:
            self._trip = (after, condition)
        else:
            self._conditions.add(condition)
            self._bits = frozenset().union(*self._conditions)

    def reset(self, *conditions: Condition) -> None:
        self._conditions -= set(conditions)
        self._bits = frozenset[Bit]().union(*self._conditions)

    def heal(self) -> None:
        """As new."""
        self._conditions.clear()
        self._bits, self._trip = frozenset(), None
        self.stuck_cutter = self.stubborn = self.held = self.leaves = False
        self.forget()
        self.remove_paper()

    def forget(self) -> None:
        """Memory and the half line not yet on paper are gone."""
        self._memory.clear()
        self._parser = Parser()

    def lose_power(self) -> None:
        self.forget()
        self._filter = RealTimeFilter()
        self._status_back = False

    def remove_paper(self) -> None:
        """Staff pull out the piece that hangs in the cutter."""
        self._roll.tear_off()

    def _clear(self) -> bytes:
        if self.stubborn or not self._model.questions:
            return b""
        self.forget()
        return protocol.CLEARED

    def _step(self) -> bytes:
        byte = bytes(self._memory[:1])
        del self._memory[:1]
        replies = b"".join(map(self._obey, self._parser.feed(byte)))
        self._count_down()
        return replies

    def _obey(self, command: Command) -> bytes:
        match command:
            case Report() if self._model.reports_end:
                return b"\x03" if Bit.PAPER_LOW in self._bits else b"\x00"
            case ProcessId(number) if self._model.process_id:
                return protocol.PROCESS_ID + number + b"\0"
            case Identify(n) if self._model.questions and n in _IDENTITY:
                return protocol.IDENTITY_HEADER + _IDENTITY[n].encode() + b"\0"
            case Initialise():
                self._status_back = False
                self._roll.obey(command)
            case StatusBack(on):
                return self._switch_status_back(on=on)
            case Cut() if self.stuck_cutter:
                self.stuck_cutter = False
                self.set(JAM)
            case _:
                if (rows := self._roll.obey(command)) is not None:
                    self._let_out(rows)
        return b""

    def _let_out(self, rows: tuple[Row, ...]) -> None:
        self.held = self._model.presenter and self.leaves
        self._on_cut(rows)

    def _switch_status_back(self, *, on: bool) -> bytes:
        self._status_back = on and self._model.status_back
        return self._packet() if self._status_back else b""

    def _news(self) -> bytes:
        return self._packet() if self._status_back and self._told != self._bits else b""

    def _packet(self) -> bytes:
        self._told = self._bits
        return protocol.bytes_of(self._bits, protocol.STATUS_BACK_MEANINGS, b"\x10\0\0\0")

    def _count_down(self) -> None:
        if self._trip is None:
            return
        left, condition = self._trip
        self._trip = (left - 1, condition) if left > 1 else None
        if self._trip is None:
            self.set(condition)
