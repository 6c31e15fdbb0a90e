"""The real receipt printer: any ESC/POS printer with a two-way port (TCP 9100, serial, USB).

python-escpos writes the commands (see ``encoder``); the port below it is ours. The library's own ``Usb``, ``Serial``
and ``Network`` write without a deadline and cannot be cancelled, take silence for "online", and raise whatever pyusb,
pyserial or the socket raise; none of them can say whether a receipt came out. Here every wait ends, an unplugged
cable is one error on all transports, and a receipt counts as printed only when the printer has said so.
"""

import contextlib
import math
import time
from base64 import b64encode
from collections.abc import Callable, Generator
from dataclasses import replace
from hashlib import sha256
from typing import Final

from drivers.actions import Actions
from drivers.contract import Cancel, Capabilities, Media, Outcome, PrintResult, State, state_of
from drivers.errors import Cancelled, ConnectionLost, DeadlineExceeded, DriverError, ProtocolError, Who
from drivers.health import incident_of
from drivers.monitor import Unwatched, Watch
from drivers.ports import Port
from drivers.receipt_printer import encoder, protocol
from drivers.receipt_printer.contract import Receipt, ReceiptPrinterStatus
from drivers.receipt_printer.dialogue import Dialogue, told_to_stop
from drivers.receipt_printer.models import GENERIC, Model
from drivers.receipt_printer.protocol import Bit

ANSWER_TIMEOUT: Final = 1.0
"""Seconds for one status byte; printers answer within some 20 ms."""
QUIET: Final = 0.25
"""Seconds without a confirmation after which the printer is asked what holds it up."""
LEFT_AFTER: Final = 60.0
"""Seconds that a citizen has to take the paper from the presenter."""


class NoReport(DeadlineExceeded):
    """The printer answers, but did not say in time that it is done."""

    code = "unconfirmed"
    who = Who.NOBODY


class StillPrinting(NoReport):
    """The printer is still at an earlier job."""

    code = "busy"


_STATES: Final[tuple[tuple[type[DriverError], State], ...]] = (
    (ConnectionLost, State.OFFLINE),
    (ProtocolError, State.DEGRADED),
)
_UNCONFIRMED: Final = "receipt_printer.unconfirmed"

Encode = Callable[[Receipt, int, Model], bytes]


class _Stopped(Exception):
    """The printer will not print until somebody helps, or not in time."""

    def __init__(self, bits: frozenset[Bit]) -> None:
        super().__init__()
        self.bits = bits


class EscposReceiptPrinter:
    """``columns``: 48 on 80 mm paper, 32 on 58 mm. ``encode`` makes the job: text, or ``raster.encode``.

    ``byte_time``: seconds a byte takes on a serial line, 0 on others. The port is open only during an operation:
    printers on a network serve one connection at a time, and staff tools need their turn.
    """

    def __init__(
        self,
        port: Port,
        *,
        model: Model = GENERIC,
        columns: int = 48,
        encode: Encode = encoder.encode,
        answer_timeout: float = ANSWER_TIMEOUT,
        byte_time: float = 0.0,
        left_after: float = LEFT_AFTER,
        watch: Watch | None = None,
    ) -> None:
        self._port = port
        self._model = model
        self._columns = columns
        self._encode = encode
        self._answer_timeout = answer_timeout
        self._byte_time = byte_time
        self._left_after = left_after
        self._watch = watch or Unwatched()
        self._actions: Actions[PrintResult] = Actions()
        self._capabilities: Capabilities | None = None
        self._presented_since: float | None = None
        self._rest_on_paper = False
        """A job was sent whose end nobody saw."""
        self._owed_until = 0.0
        """A question was given up; until then its answer may still come. 0: every answer came."""

    # --- what it is and how it is ------------------------------------------------------------------------------------

    def status(self) -> ReceiptPrinterStatus:
        try:
            with self._dialogue() as dialogue:
                bits = dialogue.ask()
        except DriverError as error:
            return ReceiptPrinterStatus(state_of(error, *_STATES), _fault_of(error), error.who, str(error))
        if not self._model.questions:
            return ReceiptPrinterStatus(State.DEGRADED, _UNCONFIRMED, Who.NOBODY, "this model tells nothing")
        return self._with_left(protocol.status(bits, presenter=self._model.presenter))

    def capabilities(self) -> Capabilities:
        """What the printer tells of itself (GS I), asked once while it is ready; empty until then. Never raises."""
        if self._capabilities is None and self._model.questions:
            with contextlib.suppress(DriverError), self._dialogue() as dialogue:
                if dialogue.ask() <= protocol.HARMLESS:
                    self._capabilities = _identity(dialogue)
        return self._capabilities or Capabilities()

    def close(self) -> None:
        self._port.close()

    # --- printing ----------------------------------------------------------------------------------------------------

    def print(self, action_id: str, receipt: Receipt, *, timeout: float, cancel: Cancel) -> PrintResult:
        """As in the contract. Raises ``Cancelled`` if ``cancel`` was set before the first byte went out; after that
        the result is ``UNKNOWN``."""
        deadline = time.monotonic() + timeout
        process = b64encode(sha256(action_id.encode()).digest()[:3])
        return self._actions.once(action_id, lambda: self._print(receipt, process, deadline, cancel))

    def _print(self, receipt: Receipt, process: bytes, deadline: float, cancel: Cancel) -> PrintResult:
        try:
            job = self._encode(receipt, self._columns, self._model)
            with self._dialogue(deadline) as dialogue:
                _await_ready(dialogue, cancel)
                if self._rest_on_paper:
                    self._cut_off_rest(dialogue, process, cancel)
                if cancel.is_set():
                    raise Cancelled
                if dialogue.left <= 0:
                    raise DeadlineExceeded("it answers too slowly")
                return self._send(dialogue, job, process, cancel)
        except Cancelled:
            raise
        except _Stopped as stopped:
            return _result(Outcome.FAILED, stopped.bits)
        except DriverError as error:
            return self._failure(Outcome.FAILED, error)

    def _cut_off_rest(self, dialogue: Dialogue, process: bytes, cancel: Cancel) -> None:
        """Have the printer forget, else print and cut off, what it still has of a job whose end nobody saw.

        Only when that is worked off is the next job sent, or the end of the one could pass for that of the other.
        """
        dialogue.forget_job()
        dialogue.send(encoder.cut_off(self._model), b"-" + process[1:], cancel)
        if self._model.confirms:
            _await_end(dialogue, cancel, StillPrinting)
            dialogue.settle()
            _await_ready(dialogue, cancel)
        self._rest_on_paper = False

    def _send(self, dialogue: Dialogue, job: bytes, process: bytes, cancel: Cancel) -> PrintResult:
        """From here on paper may move, so that nothing that goes wrong is a sure failure any more."""
        self._rest_on_paper = True
        try:
            dialogue.send(job, process, cancel)
            result = self._confirm(dialogue, cancel)
        except _Stopped as stopped:
            result = _result(Outcome.UNKNOWN, stopped.bits)
        except DeadlineExceeded as error:
            result = _result(Outcome.UNKNOWN, dialogue.told) if told_to_stop(dialogue) else self._doubt(error)
        except DriverError as error:
            result = self._doubt(error)
        self._rest_on_paper = result.outcome is not Outcome.PRINTED and self._model.confirms
        if self._rest_on_paper:
            _forget(dialogue)
        return result

    def _confirm(self, dialogue: Dialogue, cancel: Cancel) -> PrintResult:
        if not self._model.confirms:
            return PrintResult(Outcome.UNKNOWN, _UNCONFIRMED, Who.NOBODY, "this model confirms nothing")
        _await_end(dialogue, cancel, NoReport)
        bits = dialogue.ask()
        return _result(Outcome.UNKNOWN, bits) if protocol.damaged(bits) else PrintResult(Outcome.PRINTED)

    def _doubt(self, error: DriverError) -> PrintResult:
        self._owe(error)
        return self._failure(Outcome.UNKNOWN, error)

    def _failure(self, outcome: Outcome, error: DriverError) -> PrintResult:
        """Counts what went wrong: a result is no error to whoever counts those. One that prints slowly answers."""
        if (incident := incident_of(error)) and not isinstance(error, NoReport):
            self._watch.note(incident)
        return PrintResult(outcome, _fault_of(error), error.who, str(error))

    # --- the line ----------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _dialogue(self, deadline: float = math.inf) -> Generator[Dialogue]:
        self._port.open()
        try:
            self._port.discard_input()
            dialogue = Dialogue(self._port, self._model, self._answer_timeout, self._byte_time, deadline)
            if self._owed_until:
                dialogue.resynchronise(self._owed_until)
                self._owed_until = 0.0
            yield dialogue
        except DriverError as error:
            self._owe(error)
            raise
        finally:
            self._port.close()

    def _owe(self, error: DriverError) -> None:
        """Its answer may come late; one that prints slowly has answered."""
        if isinstance(error, ProtocolError | DeadlineExceeded) and not isinstance(error, NoReport):
            self._owed_until = time.monotonic() + 2 * self._answer_timeout

    def _with_left(self, status: ReceiptPrinterStatus) -> ReceiptPrinterStatus:
        """A paper that lies in the presenter for too long is somebody's, left behind."""
        now = time.monotonic()
        if status.presenter is not Media.PRESENT:
            self._presented_since = None
            return status
        if self._presented_since is None:
            self._presented_since = now
        if now - self._presented_since < self._left_after:
            return status
        left = replace(status, presenter=Media.LEFT)
        if status.state is not State.ONLINE:
            return left
        return replace(left, state=State.DEGRADED, fault="receipt_printer.left", who=Who.STAFF)


def _await_ready(dialogue: Dialogue, cancel: Cancel) -> None:
    """Wait while the printer pauses by itself. Raises ``_Stopped``, and ``Cancelled`` while it waits."""
    while protocol.paused(bits := dialogue.ask()):
        if dialogue.left <= QUIET:
            raise _Stopped(bits)
        if cancel.wait(QUIET):
            raise Cancelled
    if protocol.stopped(bits):
        raise _Stopped(bits)


def _await_end(dialogue: Dialogue, cancel: Cancel, late: type[NoReport]) -> None:
    """Wait until the printer has worked off the last byte. Raises ``_Stopped`` when it never will by itself, ``late``
    when it may yet."""
    while not dialogue.reached_end:
        if (left := dialogue.left) <= 0:
            raise late
        if cancel.is_set():
            raise Cancelled("while printing")
        dialogue.listen(min(QUIET, left))
        if not dialogue.reached_end and protocol.stopped(bits := dialogue.ask()):
            raise _Stopped(bits)


def _forget(dialogue: Dialogue) -> None:
    """What is still in the printer's memory is one person's: it must not come out when staff have cleared the fault.

    Unplugged, the printer loses its memory or prints the rest; the next job waits for that and cuts it off.
    """
    with contextlib.suppress(DriverError):
        dialogue.forget_job()


def _identity(dialogue: Dialogue) -> Capabilities:
    model = dialogue.identify(protocol.MODEL)
    if not model:
        return Capabilities()
    return Capabilities(model, dialogue.identify(protocol.SERIAL_NUMBER), dialogue.identify(protocol.FIRMWARE))


def _fault_of(error: DriverError) -> str:
    return f"receipt_printer.{error.code}"


def _result(outcome: Outcome, bits: frozenset[Bit]) -> PrintResult:
    status = protocol.status(bits)
    return PrintResult(outcome, status.fault, status.who, status.detail)
