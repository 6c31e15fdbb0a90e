"""The simulated printer without its cable: memory, faults and paper. Bytes in, replies out."""

from collections.abc import Callable
from typing import Final

from drivers.receipt_printer import protocol
from drivers.receipt_printer.paper import Roll, Row
from drivers.receipt_printer.protocol import Bit
from drivers.receipt_printer.stream import ClearBuffers, Command, Parser, RealTimeFilter, Report, StatusRequest

JAM: Final = frozenset({Bit.OFFLINE, Bit.ERROR, Bit.CUTTER_ERROR})
OUT: Final = frozenset({Bit.OFFLINE, Bit.STOPPED_FOR_PAPER, Bit.PAPER_LOW, Bit.PAPER_OUT})
HOT: Final = frozenset({Bit.OFFLINE, Bit.ERROR, Bit.AUTO_RECOVERABLE})
OPEN: Final = frozenset({Bit.OFFLINE, Bit.COVER_OPEN})
LOW: Final = frozenset({Bit.PAPER_LOW})


class Mechanism:
    """``on_cut`` is called with the rows of every piece of paper."""

    def __init__(self, on_cut: Callable[[tuple[Row, ...]], None]) -> None:
        self._on_cut = on_cut
        self._filter = RealTimeFilter()
        self._parser = Parser()
        self._memory = bytearray()
        self._roll = Roll()
        self._conditions: set[frozenset[Bit]] = set()
        self._trip: tuple[int, frozenset[Bit]] | None = None

    @property
    def bits(self) -> frozenset[Bit]:
        return frozenset(bit for condition in self._conditions for bit in condition)

    @property
    def busy(self) -> bool:
        """Whether there is something to print and nothing in the way."""
        return bool(self._memory) and not self.bits - LOW

    def receive(self, byte: int) -> bytes:
        """Real-time commands are obeyed now, even while the paper is out; all else is put into memory."""
        match self._filter.feed(byte):
            case StatusRequest(n):
                return protocol.encode(self.bits)[n - 1 : n]
            case ClearBuffers():
                self.forget()
                return protocol.CLEARED
            case bytes(data):
                self._memory += data
        return b""

    def work(self, limit: int | None = None) -> bytes:
        """Work off at most ``limit`` bytes of memory, or all; stops at a fault."""
        replies = b""
        while self.busy and limit != 0:
            replies += self._step()
            limit = limit - 1 if limit else None
        return replies

    def set(self, condition: frozenset[Bit], after: int = 0) -> None:
        """Now, or when ``after`` further bytes of a job were worked off."""
        if after:
            self._trip = (after, condition)
        else:
            self._conditions.add(condition)

    def reset(self, *conditions: frozenset[Bit]) -> None:
        self._conditions -= set(conditions)

    def forget(self) -> None:
        """Memory and the half line not yet on paper are gone."""
        self._memory.clear()
        self._parser = Parser()

    def remove_paper(self) -> None:
        """Staff pull out the piece that hangs in the cutter."""
        self._roll.tear_off()

    def _step(self) -> bytes:
        byte = bytes(self._memory[:1])
        del self._memory[:1]
        replies = b"".join(map(self._obey, self._parser.feed(byte)))
        self._count_down()
        return replies

    def _obey(self, command: Command) -> bytes:
        if isinstance(command, Report):
            return b"\x03" if Bit.PAPER_LOW in self.bits else b"\x00"
        if (rows := self._roll.obey(command)) is not None:
            self._on_cut(rows)
        return b""

    def _count_down(self) -> None:
        if self._trip is None:
            return
        left, condition = self._trip
        self._trip = (left - 1, condition) if left > 1 else None
        if self._trip is None:
            self._conditions.add(condition)
