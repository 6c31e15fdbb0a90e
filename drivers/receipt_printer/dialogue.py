"""Questions to the printer over an open port, and its two kinds of answers told apart."""

import time
from collections import deque
from typing import Final

from drivers.errors import DeadlineExceeded, ProtocolError
from drivers.ports import Port
from drivers.receipt_printer import protocol
from drivers.receipt_printer.protocol import Bit

_MAX_READ: Final = 16
CLEAR_WAIT: Final = 0.1
"""Seconds for the answer to the command that clears, which many models do not give."""


class Dialogue:
    """One conversation over an open port. An answer to DLE EOT may overtake or follow one to GS r: both are sorted
    by their fixed bits. Raises ``DriverError`` for a printer that is silent, talks garbage or is gone."""

    def __init__(self, port: Port, answer_timeout: float) -> None:
        self._port = port
        self._answer_timeout = answer_timeout
        self._answers: deque[int] = deque()
        self.reached_end = False
        """Whether the answer to GS r came."""

    def ask(self) -> frozenset[Bit]:
        """The answers to DLE EOT 1 to 4, one after another: some models drop requests that come too close together."""
        self._answers.clear()
        return protocol.decode([self._ask_one(request) for request in protocol.STATUS_REQUESTS])

    def send(self, job: bytes, timeout: float) -> None:
        """The job and, behind it, the request to report when it is worked off."""
        self.reached_end = False
        self._port.write(job + protocol.REPORT_WHEN_REACHED, timeout)

    def listen(self, timeout: float) -> None:
        """Take in what comes within ``timeout`` seconds; returns with the first bytes."""
        for byte in self._port.read(_MAX_READ, timeout):
            if protocol.is_status(byte):
                self._answers.append(byte)
            elif protocol.is_report(byte):
                self.reached_end = True
            else:
                raise ProtocolError(f"unexpected byte {byte:02x}")

    def forget_job(self) -> None:
        """Empty the printer's memory, a command cut in two by a pulled cable included."""
        self._port.write(protocol.CLEAR_BUFFERS, self._answer_timeout)
        self._port.read(len(protocol.CLEARED), CLEAR_WAIT)
        self._port.discard_input()

    def _ask_one(self, request: bytes) -> int:
        self._port.write(request, self._answer_timeout)
        deadline = time.monotonic() + self._answer_timeout
        while not self._answers:
            if (left := deadline - time.monotonic()) <= 0:
                raise DeadlineExceeded(f"no answer to {request.hex(' ')}")
            self.listen(left)
        return self._answers.popleft()
