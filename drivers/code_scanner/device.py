"""A code scanner that sends lines over a byte port, with a trigger or typing by itself."""

import contextlib
import math
from collections.abc import Callable, Generator
from dataclasses import dataclass
from enum import StrEnum
from threading import Event
from time import monotonic
from typing import Final

from drivers.code_scanner.contract import Code, CodeScannerStatus, CodeUnreadable, NoCode, NoEnding
from drivers.code_scanner.hold_off import HoldOff
from drivers.code_scanner.protocol import NEED_MORE, Answer, Damaged, Dialect, Line, decode_text
from drivers.contract import Cancel, Capabilities, State, state_of
from drivers.errors import (
    Cancelled,
    DeadlineExceeded,
    DriverError,
    NotConnected,
    ProtocolError,
)
from drivers.monitor import Incident, Unwatched, Watch
from drivers.ports import Port


class Ending(StrEnum):
    """How the end of a code is known. After ``SILENCE`` a code of which the rest is late passes for whole."""

    LINE = "line"
    SILENCE = "silence"


@dataclass(frozen=True)
class Timings:
    """Seconds."""

    command: float = 1.0
    """Until a command is acknowledged."""
    window: float = 4.0
    """Until the trigger is pulled again: modules go dark by themselves after 5 s (factory setting of the GM65)."""
    gap: float = 0.1
    """After the end of a line, until the code has no further one."""
    silence: float = 0.5
    """After the last byte, until a line without an ending is given up, or taken for whole."""
    settle: float = 0.3
    """How long the last bytes after the trigger went off are waited for."""
    hold_off: float = 1.5
    """So soon after it was read the same code is not another one."""
    slice: float = 0.05
    """How soon a cancel is noticed."""


_CHUNK: Final = 4096
_LINES: Final = 64


class LineCodeScanner:
    """Implements :class:`drivers.code_scanner.contract.CodeScanner`; for one thread at a time.

    The port is opened by the first operation, and again by the next one after it was lost.
    """

    def __init__(
        self,
        port: Port,
        dialect: Dialect,
        *,
        ending: Ending = Ending.LINE,
        timings: Timings | None = None,
        watch: Watch | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._watch = watch or Unwatched()
        self._port = self._watch.port(port)
        self._dialect = dialect
        self._ending = ending
        self._timings = timings or Timings()
        self._clock = clock
        self._hold_off = HoldOff(self._timings.hold_off, clock)
        self._parser = dialect.parser()
        self._is_open = False
        self._identity = Capabilities(model=dialect.name)
        self._told = False
        """Whether it said who it is since the line was opened."""

    def status(self) -> CodeScannerStatus:
        try:
            with self._line(Event()):
                self._look()
        except DriverError as error:
            return CodeScannerStatus(state_of(error), f"code_scanner.{error.code}", error.who, error.detail)
        return CodeScannerStatus(State.ONLINE)

    def capabilities(self) -> Capabilities:
        return self._identity

    def identify(self, timeout: float, cancel: Cancel) -> Capabilities:
        """The module's own words, asked for unless it said them when the line was opened. Raises ``DriverError``."""
        with self._line(cancel):
            return self._identity if self._told else self._ask_who(self._clock() + timeout, cancel)

    def scan(self, *, timeout: float, cancel: Cancel) -> Code:
        deadline = self._clock() + timeout
        with self._line(cancel):
            try:
                return Code(self._wait_for_code(deadline, cancel))
            finally:
                self._go_dark()

    def close(self) -> None:
        self._is_open = False
        self._port.close()

    # --- one scan ----------------------------------------------------------------------------------------------------

    def _wait_for_code(self, deadline: float, cancel: Cancel) -> str:
        self._start_over()
        if not self._dialect.answers:
            self._await_silence(cancel)
        while True:
            text = self._attempt(deadline, cancel)
            if text and self._hold_off.is_new(text):
                return text
            if self._clock() >= deadline:
                raise NoCode

    def _attempt(self, deadline: float, cancel: Cancel) -> str | None:
        """Pull the trigger once; ``None`` when no code came before it has to be pulled again."""
        self._command(self._dialect.start, deadline, cancel)
        line = self._next_line(min(deadline, self._clock() + self._timings.window), cancel)
        if line is None:
            return None
        # A code of several lines comes in one go; a line that comes again is the same code read twice.
        lines = [line]
        while len(lines) < _LINES and (more := self._next_line(self._clock() + self._timings.gap, cancel)):
            if more in lines:
                break
            lines.append(more)
        return decode_text(b"\n".join(lines))

    def _next_line(self, until: float, cancel: Cancel) -> bytes | None:
        while True:
            match self._next_event(until, cancel):
                case Line(data):
                    return data
                case Damaged(reason):
                    self._watch.note(Incident.CHECKSUM)
                    raise CodeUnreadable(reason)
                case None:
                    return self._without_ending()
                case _:
                    pass

    def _without_ending(self) -> bytes | None:
        rest = self._parser.pending
        if not rest:
            return None
        if self._ending is Ending.LINE:
            raise NoEnding(f"{len(rest)} bytes")
        self._parser = self._dialect.parser()
        return rest

    def _next_event(self, until: float, cancel: Cancel) -> Line | Answer | Damaged | None:
        """``None`` when nothing came until then, or when the rest of a line does not come."""
        quiet_since = self._clock()
        while True:
            event = self._parser.next_event()
            if event is not NEED_MORE:
                return event
            limit = until
            if self._parser.pending:  # a code that came in at the last moment may still end
                limit = min(quiet_since + self._timings.silence, until + self._timings.command)
            if self._clock() >= limit:
                return None
            if data := self._read(limit, cancel):
                quiet_since = self._clock()
                self._parser.receive_data(data)

    # --- the line ----------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """The most that can be asked. A module that once told who it is has to go on doing so."""
        self._port.discard_input()  # a line that is gone says so
        if self._dialect.query:
            self._look_at_trigger()
        elif self._told:
            self._ask_who(self._clock() + self._timings.command, Event())

    def _look_at_trigger(self) -> None:
        """Ask whether the light is on; outside of a scan it was left on by a program that ended within one."""
        self._start_over()
        if self._command(self._dialect.query, math.inf, Event()) & 1:
            self._command(self._dialect.stop, math.inf, Event())

    def _command(self, command: bytes, deadline: float, cancel: Cancel) -> int:
        """Send, and return what the module answers; what came before the answer is an older code."""
        self._port.write(command, self._timings.command)
        if not self._dialect.answers:
            return 0
        patience, noise = self._clock() + self._timings.command, False
        while (event := self._next_event(min(deadline, patience), cancel)) is not None:
            if isinstance(event, Answer):
                return event.value
            noise = True
        if noise or self._parser.pending:
            self._watch.note(Incident.CHECKSUM)
            raise ProtocolError("noise, no answer")
        if deadline < patience:
            raise NoCode("too little time")
        self._watch.note(Incident.TIMEOUT)
        raise DeadlineExceeded("silence")

    def _go_dark(self) -> None:
        """Whatever else is wrong, the light must not burn on, and the last bytes must not pass for the next code."""
        if not (self._is_open and self._dialect.stop):
            return
        try:
            self._port.write(self._dialect.stop, self._timings.command)
            deadline = self._clock() + (self._timings.settle if self._dialect.answers else self._timings.gap)
            while (event := self._next_event(deadline, Event())) and not isinstance(event, Answer):
                pass
        except NotConnected:
            self.close()
        except DriverError:
            self._watch.note(Incident.TIMEOUT)

    @contextlib.contextmanager
    def _line(self, cancel: Cancel) -> Generator[None]:
        try:
            if not self._is_open:
                self._open(cancel)
            yield
        except NotConnected:
            self.close()
            raise

    def _open(self, cancel: Cancel) -> None:
        """Lines prove nothing: something else at this port could say some, too. A module that can tell who it is must
        do so; silence is no proof against it, as the oldest ones do not know the question."""
        self._port.open()
        self._is_open, self._told = True, False
        try:
            if self._dialect.who:
                self._ask_who(self._clock() + self._timings.command, cancel)
        except ProtocolError:
            self.close()
            raise
        except DeadlineExceeded:
            self._watch.note(Incident.TIMEOUT)

    def _ask_who(self, deadline: float, cancel: Cancel) -> Capabilities:
        self._start_over()
        self._port.write(self._dialect.who, self._timings.command)
        received = b""
        while self._clock() < deadline:
            received = (received + self._read(deadline, cancel))[-_CHUNK:]
            if (identity := self._dialect.identity(received)) is not None:
                self._identity, self._told = identity, True
                return identity
        if received:
            raise ProtocolError("something else answers")
        raise DeadlineExceeded("it does not say what it is")

    def _start_over(self) -> None:
        self._port.discard_input()
        self._parser = self._dialect.parser()

    def _await_silence(self, cancel: Cancel) -> None:
        """Without an acknowledgement to wait for, the rest of a code whose beginning was thrown away would pass for a
        whole one."""
        deadline = self._clock() + self._timings.command
        quiet = self._clock() + self._timings.gap
        while self._clock() < quiet:
            if self._read(quiet, cancel):
                quiet = self._clock() + self._timings.gap
            if self._clock() >= deadline:
                raise ProtocolError("it does not stop talking")

    def _read(self, until: float, cancel: Cancel) -> bytes:
        if cancel.is_set():
            raise Cancelled
        return self._port.read(_CHUNK, max(0.0, min(self._timings.slice, until - self._clock())))
