"""The real receipt printer: any ESC/POS printer with a two-way port (TCP 9100, serial, USB)."""

import contextlib
import time
from collections.abc import Generator
from typing import Final

from drivers.actions import Actions
from drivers.contract import Cancel, Capabilities, Outcome, PrintResult, State
from drivers.errors import Cancelled, ConnectionLost, DeadlineExceeded, DriverError, NotConnected, ProtocolError, Who
from drivers.ports import Port
from drivers.receipt_printer import encoder, protocol
from drivers.receipt_printer.contract import Receipt, ReceiptPrinterStatus
from drivers.receipt_printer.dialogue import Dialogue
from drivers.receipt_printer.protocol import Bit

ANSWER_TIMEOUT: Final = 1.0
"""Seconds for one status byte; printers answer within some 20 ms."""
QUIET: Final = 0.25
"""Seconds without a confirmation after which the printer is asked what holds it up."""

_FAULTS: Final[tuple[tuple[type[DriverError], State, str], ...]] = (
    (ConnectionLost, State.OFFLINE, "receipt_printer.connection_lost"),
    (NotConnected, State.NO_DEVICE, "receipt_printer.not_connected"),
    (ProtocolError, State.DEGRADED, "receipt_printer.garbled"),
    (DeadlineExceeded, State.OFFLINE, "receipt_printer.silent"),
)


class EscposReceiptPrinter:
    """``columns``: 48 on 80 mm paper, 32 on 58 mm. The port is open only during an operation: printers on a network
    serve one connection at a time, and staff tools need their turn."""

    def __init__(self, port: Port, *, columns: int = 48, answer_timeout: float = ANSWER_TIMEOUT) -> None:
        self._port = port
        self._columns = columns
        self._answer_timeout = answer_timeout
        self._actions = Actions()
        self._rest_on_paper = False

    def status(self) -> ReceiptPrinterStatus:
        try:
            with self._dialogue() as dialogue:
                return protocol.status(dialogue.ask())
        except DriverError as error:
            state, fault = _fault_of(error)
            return ReceiptPrinterStatus(state, fault, error.who, str(error))

    def capabilities(self) -> Capabilities:
        return Capabilities(model="ESC/POS")

    def print(self, action_id: str, receipt: Receipt, *, timeout: float, cancel: Cancel) -> PrintResult:
        """As in the contract. Raises ``Cancelled`` if ``cancel`` was set before the first byte went out; after that
        the result is ``UNKNOWN``."""
        deadline = time.monotonic() + timeout
        return self._actions.once(action_id, lambda: self._print(receipt, deadline, cancel))

    def close(self) -> None:
        self._port.close()

    def _print(self, receipt: Receipt, deadline: float, cancel: Cancel) -> PrintResult:
        job = encoder.encode(receipt, self._columns)
        try:
            with self._dialogue() as dialogue:
                if self._rest_on_paper:
                    dialogue.forget_job()
                if protocol.stopped(bits := dialogue.ask()):
                    return _result(Outcome.FAILED, bits)
                if cancel.is_set():
                    raise Cancelled
                return self._send(dialogue, job, deadline, cancel)
        except Cancelled:
            raise
        except DriverError as error:
            return _failure(Outcome.FAILED, error)

    def _send(self, dialogue: Dialogue, job: bytes, deadline: float, cancel: Cancel) -> PrintResult:
        """From here on paper may move, so that nothing that goes wrong is a sure failure any more."""
        prefix = encoder.cut_off() if self._rest_on_paper else b""
        try:
            dialogue.send(prefix + job, deadline - time.monotonic())
            result = _confirm(dialogue, deadline, cancel)
        except DriverError as error:
            result = _failure(Outcome.UNKNOWN, error)
        self._rest_on_paper = result.outcome is not Outcome.PRINTED
        if self._rest_on_paper:
            _forget(dialogue)
        return result

    @contextlib.contextmanager
    def _dialogue(self) -> Generator[Dialogue]:
        self._port.open()
        try:
            self._port.discard_input()
            yield Dialogue(self._port, self._answer_timeout)
        finally:
            self._port.close()


def _confirm(dialogue: Dialogue, deadline: float, cancel: Cancel) -> PrintResult:
    """Wait until the printer has worked off the last byte, then ask whether the receipt came through unharmed."""
    while not dialogue.reached_end:
        if (left := deadline - time.monotonic()) <= 0:
            raise DeadlineExceeded("no confirmation of the last byte")
        if cancel.is_set():
            return PrintResult(Outcome.UNKNOWN, "receipt_printer.cancelled", Who.NOBODY, "cancelled while printing")
        dialogue.listen(min(QUIET, left))
        if not dialogue.reached_end and protocol.stopped(bits := dialogue.ask()):
            return _result(Outcome.UNKNOWN, bits)
    bits = dialogue.ask()
    return _result(Outcome.UNKNOWN, bits) if protocol.damaged(bits) else PrintResult(Outcome.PRINTED)


def _forget(dialogue: Dialogue) -> None:
    """What is still in the printer's memory is one person's: it must not come out when staff have cleared the fault.

    Unplugged, the printer loses its memory or prints the rest; the next job cuts that off first.
    """
    with contextlib.suppress(DriverError):
        dialogue.forget_job()


def _fault_of(error: DriverError) -> tuple[State, str]:
    for kind, state, fault in _FAULTS:
        if isinstance(error, kind):
            return state, fault
    return State.HARDWARE_ERROR, "receipt_printer.broken"


def _failure(outcome: Outcome, error: DriverError) -> PrintResult:
    return PrintResult(outcome, _fault_of(error)[1], error.who, str(error))


def _result(outcome: Outcome, bits: frozenset[Bit]) -> PrintResult:
    status = protocol.status(bits)
    return PrintResult(outcome, status.fault, status.who, status.detail)
