"""The reader's serial line, whose rate is found by asking."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final

from drivers.id_card.protocol import Command, NeedMore, Reply, ReplyParser, encode
from drivers.ports import Port
from drivers.serial_port import SerialPort

BAUD: Final = 115200
RATES: Final = (BAUD, 57600, 38400, 19200, 9600)
"""What readers can be set to, the usual one first (vendor manuals). No way to set it over the line is known."""


@dataclass(frozen=True)
class LineTimings:
    """Seconds."""

    change: float = 0.005
    """That a line needs after a change of its rate (vendor manual)."""
    answer: float = 0.2
    """Until a reader has told its status; at 9600 the bytes alone take 22 ms."""


class DetectingPort:
    """A serial port at whatever rate of ``rates`` its reader answers; what answered last is tried first.

    When nothing does it is open all the same, at that rate: what follows finds out what is wrong.
    """

    def __init__(self, name: str, rates: Sequence[int] = RATES, timings: LineTimings | None = None) -> None:
        self.name = name
        self.baud = rates[0]
        """What answered last."""
        self.answered = False
        """Whether the reader answered when the port was opened."""
        self._rates = tuple(rates)
        self._timings = timings or LineTimings()
        self._port = SerialPort(name, self.baud)

    def open(self) -> None:
        self._port.open()
        order = sorted(self._rates, key=lambda rate: rate != self.baud)
        found = next((rate for rate in order if self._answers_at(rate)), None)
        self.answered = found is not None
        if found is None:
            self._port.set_baud(self.baud)
        else:
            self.baud = found

    def _answers_at(self, rate: int) -> bool:
        self._port.set_baud(rate)
        time.sleep(self._timings.change)
        return answers(self._port, self._timings.answer)

    def read(self, max_bytes: int, timeout: float) -> bytes:
        return self._port.read(max_bytes, timeout)

    def write(self, data: bytes, timeout: float) -> None:
        self._port.write(data, timeout)

    def discard_input(self) -> None:
        self._port.discard_input()

    def close(self) -> None:
        self._port.close()


def answers(port: Port, timeout: float) -> bool:
    """Whether a security module tells its status, be it a bad one. Disturbs no card. Raises what the port raises."""
    port.discard_input()
    port.write(encode(Command.SAM_STATUS), timeout)
    until, parser = monotonic() + timeout, ReplyParser()
    while (left := until - monotonic()) > 0:
        parser.receive_data(port.read(256, left))
        while not isinstance(event := parser.next_event(), NeedMore):
            if isinstance(event, Reply):
                return True
    return False
