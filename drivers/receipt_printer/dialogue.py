"""Questions to the printer over an open port, and its kinds of answers told apart."""

import contextlib
import math
import time
from collections import deque
from typing import Final

from drivers.contract import Cancel
from drivers.errors import Cancelled, DeadlineExceeded, DriverError, ProtocolError
from drivers.ports import Port
from drivers.receipt_printer import protocol
from drivers.receipt_printer.answers import Answer, AnswerParser, Block, Report, StatusAnswer, StatusBack
from drivers.receipt_printer.models import Model, Question
from drivers.receipt_printer.protocol import Bit

_MAX_READ: Final = 64
_CHUNK: Final = 1024
"""Bytes sent at once: between two chunks a cancel is noticed."""
_CLEAR_WAIT: Final = 0.1
"""Seconds for the answer to the command that clears, which many models do not give."""
_QUIET: Final = 0.1
"""Seconds without a byte after which nothing more is under way; printers answer within some 20 ms."""
_REPLAYED: Final = b"0000"
"""The process number in a trace, where numbers are masked; no job has it."""


class Dialogue:
    """One conversation over an open port. An answer to DLE EOT may overtake or follow one to GS r: all kinds are
    sorted by ``AnswerParser``. Raises ``DriverError`` for a printer that is silent, talks garbage or is gone.

    ``byte_time``: seconds a byte takes on a serial line, where a question waits behind all that was sent before it.
    ``deadline`` is that of the operation: the last answer is waited for no longer than ``answer_timeout`` beyond it.
    """

    def __init__(
        self,
        port: Port,
        model: Model,
        answer_timeout: float,
        byte_time: float = 0.0,
        deadline: float = math.inf,
    ) -> None:
        self._port = port
        self._model = model
        self._answer_timeout = answer_timeout
        self._byte_time = byte_time
        self._deadline = deadline
        self._line_free = 0.0
        self._parser = AnswerParser()
        self._answers: deque[bytes] = deque()
        self._identity: str | None = None
        self._process = b""
        self.reached_end = False
        """Whether the printer said that the job is worked off."""
        self.told: frozenset[Bit] = frozenset()
        """What it told of itself by itself last."""

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return self._deadline - time.monotonic()

    def ask(self) -> frozenset[Bit]:
        """The answers to all questions, one after another: some models drop requests that come too close together."""
        return frozenset[Bit]().union(*(question.bits(self._ask_one(question)) for question in self._model.questions))

    def send(self, job: bytes, process: bytes, cancel: Cancel) -> None:
        """The job and, behind it, the request to report when it is worked off. ``process``: four characters that no
        other job has."""
        self.reached_end, self._process = False, process
        end = protocol.SET_PROCESS_ID + process if self._model.process_id else protocol.REPORT_WHEN_REACHED
        off = protocol.NO_STATUS_BACK if self._model.status_back else b""
        data = job + (end if self._model.confirms else b"") + off
        for at in range(0, len(data), _CHUNK):
            if at and cancel.is_set():
                raise Cancelled
            if (left := self.left) <= 0:
                raise DeadlineExceeded("the printer takes no more bytes")
            self._write(data[at : at + _CHUNK], left)

    def listen(self, timeout: float) -> bool:
        """Take in what comes within ``timeout`` seconds; returns with the first bytes, false without any."""
        data = self._port.read(_MAX_READ, timeout)
        for answer in self._parser.feed(data):
            self._sort(answer)
        return bool(data)

    def identify(self, n: int) -> str:
        """The answer to GS I; empty if the model does not tell."""
        self._identity = None
        self._write(protocol.IDENTITY + bytes((n,)), self._answer_timeout)
        deadline = self._answer_deadline()
        while self._identity is None and (left := deadline - time.monotonic()) > 0:
            self.listen(left)
        return self._identity or ""

    def forget_job(self) -> None:
        """Empty the printer's memory, a command cut in two by a pulled cable included."""
        self._write(protocol.CLEAR_BUFFERS, self._answer_timeout)
        self._port.read(len(protocol.CLEARED), _CLEAR_WAIT)
        self._port.discard_input()

    def settle(self) -> None:
        """Throw away what is still under way."""
        until = min(time.monotonic() + self._answer_timeout, self._deadline)
        while time.monotonic() < until and self._port.read(_MAX_READ, _QUIET):
            pass
        self._parser = AnswerParser()
        self._answers.clear()

    def resynchronise(self, owed_until: float) -> None:
        """Answers do not say what they answer: one that comes late would pass for that to the next question, and an
        open cover for a closed one. Let what is owed arrive, then ask until there are as many answers as questions."""
        until = min(owed_until, self._deadline)
        while (left := until - time.monotonic()) > 0 and not self._port.read(_MAX_READ, left):
            pass
        self.settle()
        self.ask()
        if self.listen(_QUIET):
            raise ProtocolError("more answers than questions")

    def _sort(self, answer: Answer) -> None:
        match answer:
            case StatusAnswer(data):
                self._answers.append(data)
            case Report():
                self.reached_end = self.reached_end or not self._model.process_id
            case StatusBack(bits):
                self.told = bits
            case Block(data) if data.startswith(protocol.PROCESS_ID):
                self.reached_end = self.reached_end or data[2:] in (self._process, _REPLAYED)
            case Block(data):
                self._identity = data[1:].decode("ascii", "replace").strip()

    def _ask_one(self, question: Question) -> bytes:
        if self._answers:
            raise ProtocolError(f"{self._answers[0].hex(' ')} answers nothing that was asked")
        self._write(question.request, self._answer_timeout)
        deadline = self._answer_deadline()
        while not self._answers:
            if (left := deadline - time.monotonic()) <= 0:
                raise DeadlineExceeded(f"no answer to {question.request.hex(' ')}")
            self.listen(left)
        return self._answers.popleft()

    def _write(self, data: bytes, timeout: float) -> None:
        self._port.write(data, timeout)
        self._line_free = max(self._line_free, time.monotonic()) + len(data) * self._byte_time

    def _answer_deadline(self) -> float:
        return min(max(self._line_free, time.monotonic()), self._deadline) + self._answer_timeout


def told_to_stop(dialogue: Dialogue) -> bool:
    """Whether a printer that takes no more bytes has said by itself why."""
    with contextlib.suppress(DriverError):
        while dialogue.listen(0):
            pass
    return protocol.stopped(dialogue.told)
