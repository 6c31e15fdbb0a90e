"""An I/O board with Modbus, over any byte port."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from time import monotonic
from typing import Final

from pymodbus.pdu import ModbusPDU

from drivers.actions import Actions
from drivers.contract import Cancel, Capabilities, State, state_of
from drivers.errors import (
    Cancelled,
    DeadlineExceeded,
    DriverError,
    NotConnected,
    ProtocolError,
    Refused,
    Who,
)
from drivers.monitor import Incident, Unwatched, Watch
from drivers.ports import Port
from drivers.signals.contract import BoardBusy, Door, Inputs, Light, SignalsStatus
from drivers.signals.numbers import NONE
from drivers.signals.protocol import (
    Framing,
    ModbusDialogue,
    read_coils,
    read_counter,
    read_inputs,
    span,
    write_coil,
)
from drivers.signals.wiring import Contacts, Wiring


@dataclass(frozen=True)
class Timings:
    """Seconds."""

    command: float = 1.0
    """Until the whole answer to a request is there; boards answer within some ten milliseconds."""
    gap: float = 0.3
    """Between two portions of one answer; adapters hold bytes back for some 20 ms. After more the rest is lost."""
    busy: float = 0.1
    """Until a board that was busy is asked again."""
    verify: float = 5.0
    """Between two looks whether the board still has the outputs that were set."""
    pulse: float = 1.0
    """How long the lock is powered."""
    presence_hold: float = 3.0
    """So long after the sensor saw somebody last, somebody is there: sensors lose people who stand still."""
    slice: float = 0.05
    """How soon a cancel is noticed."""


_CHUNK: Final = 512
_LOSE_STEP: Final = (ProtocolError, DeadlineExceeded, NotConnected, Cancelled)
"""After these an answer may still be on its way: a new connection does not get it."""


class ModbusSignals:
    """Implements :class:`drivers.signals.contract.Signals`; for one thread at a time.

    The port is opened by the first operation, and again by the next one after it was lost.
    """

    def __init__(
        self,
        port: Port,
        framing: Framing,
        unit: int,
        wiring: Wiring,
        timings: Timings | None = None,
        watch: Watch | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._port = port
        self._framing = framing
        self._dialogue = ModbusDialogue(framing, unit)
        self._wiring = wiring
        self._timings = timings or Timings()
        self._watch = watch or Unwatched()
        self._clock = clock
        self._contacts = Contacts(wiring, self._timings.presence_hold)
        self._wished: dict[str, Light] = {}
        self._set: dict[int, bool] = {}
        """What the coils are, as far as the board confirmed it."""
        self._verified_at = float("-inf")
        self._actions: Actions[DriverError | None] = Actions()
        self._is_open = False

    def status(self) -> SignalsStatus:
        try:
            inputs = self.inputs()
            self._verify()
            self._drive(self._clock() + self._timings.command, Event())
        except DriverError as error:
            return SignalsStatus(
                state_of(error, (BoardBusy, State.BUSY)), f"signals.{error.code}", error.who, error.detail
            )
        state, fault, who = _of(inputs)
        return SignalsStatus(
            state,
            fault,
            who,
            door=inputs.door,
            tamper=inputs.tamper,
            presence=inputs.presence,
            call_button=inputs.call_button,
        )

    def capabilities(self) -> Capabilities:
        return Capabilities()

    def lights(self) -> tuple[str, ...]:
        return tuple(self._wiring.lights)

    def set_light(self, name: str, light: Light, *, timeout: float, cancel: Cancel) -> None:
        self._wished[name] = light
        self._set.pop(self._wiring.lights.get(name, NONE), None)  # have the board confirm it, whatever it was
        self._drive(self._clock() + timeout, cancel)

    def inputs(self) -> Inputs:
        deadline = self._clock() + self._timings.command
        bits: list[bool] = []
        presses: int | None = None
        if self._wiring.inputs:
            bits = list(self._ask(read_inputs(*span(self._wiring.inputs.values())), deadline, Event()).bits)
        if self._wiring.call_counter is not None:
            presses = self._ask(read_counter(self._wiring.call_counter), deadline, Event()).registers[0]
        return self._contacts.update(bits, presses, self._clock())

    def open_door(self, action_id: str, *, timeout: float, cancel: Cancel) -> None:
        if self._wiring.lock is None:
            raise Refused("no lock is fitted")
        lock, deadline = self._wiring.lock, self._clock() + timeout
        error = self._actions.once(action_id, lambda: self._pulse(lock, deadline, cancel))
        if error is not None:
            raise error

    def close(self) -> None:
        self._is_open = False
        self._set.clear()
        self._verified_at = float("-inf")
        self._port.close()

    # --- the lock ----------------------------------------------------------------------------------------------------

    def _pulse(self, lock: int, deadline: float, cancel: Cancel) -> DriverError | None:
        """How it ended. Raises when the lock was certainly not powered: then the same action may be tried again."""
        self._settle(deadline, cancel)
        try:
            self._write(lock, on=True, deadline=deadline, cancel=cancel)
            if cancel.wait(self._timings.pulse):
                return Cancelled("the lock was released early")
        except Refused:
            raise
        except DriverError as error:
            return error
        finally:
            self._release(lock)
        return None if self._set.get(lock) is False else NotConnected("the lock may still be powered")

    def _settle(self, deadline: float, cancel: Cancel) -> None:
        """Have the board answer once before anything is done that must not be done twice."""
        self._drive(deadline, cancel)
        if self._wiring.lock is not None:
            self._ask(read_coils(self._wiring.lock, 1), deadline, cancel)

    def _release(self, lock: int) -> None:
        """What fails here is made up for as soon as the board is back: a lock's coil is wished off."""
        self._set.pop(lock, None)
        with contextlib.suppress(DriverError):
            self._write(lock, on=False, deadline=self._clock() + self._timings.command, cancel=Event())

    # --- outputs -----------------------------------------------------------------------------------------------------

    def _verify(self) -> None:
        """A board that restarted has forgotten its outputs, and says so only when asked."""
        now = self._clock()
        if not self._set or now - self._verified_at < self._timings.verify:
            return
        first, count = span(self._set)
        bits = self._ask(read_coils(first, count), now + self._timings.command, Event()).bits
        self._verified_at = now
        found = {number: bits[number - first] for number in self._set}
        if found != self._set:
            self._watch.note(Incident.RECONNECT)
            self._set = found

    def _drive(self, deadline: float, cancel: Cancel) -> None:
        """Bring all coils to what is wished, and have the board confirm it."""
        self._open()
        for number, on in self._wiring.coils(self._wished, self._clock()).items():
            if self._set.get(number) is not on:
                self._write(number, on=on, deadline=deadline, cancel=cancel)

    def _write(self, number: int, *, on: bool, deadline: float, cancel: Cancel) -> None:
        self._ask(write_coil(number, on=on), deadline, cancel)
        self._set[number] = on

    # --- requests ----------------------------------------------------------------------------------------------------

    def _ask(self, request: ModbusPDU, deadline: float, cancel: Cancel) -> ModbusPDU:
        """Wait for a board that is busy."""
        while True:
            try:
                return self._ask_twice(request, deadline, cancel)
            except BoardBusy:
                if self._clock() + self._timings.busy >= deadline:
                    raise
                if cancel.wait(self._timings.busy):
                    raise Cancelled from None

    def _ask_twice(self, request: ModbusPDU, deadline: float, cancel: Cancel) -> ModbusPDU:
        """With one more try after a damaged answer: all requests may be repeated."""
        try:
            return self._exchange(request, deadline, cancel)
        except ProtocolError:
            self._watch.note(Incident.CHECKSUM)
            if self._clock() >= deadline:
                raise
        except DeadlineExceeded:
            # a serial line loses a request now and then; what TCP took is delivered
            if self._framing is Framing.TCP or self._clock() >= deadline:
                raise
            self._watch.note(Incident.RETRY)
        return self._exchange(request, deadline, cancel)

    def _exchange(self, request: ModbusPDU, deadline: float, cancel: Cancel) -> ModbusPDU:
        try:
            self._open()
            self._port.discard_input()
            self._port.write(self._dialogue.send(request), self._timings.command)
            return self._receive(min(deadline, self._clock() + self._timings.command), cancel)
        except _LOSE_STEP:
            self.close()
            raise

    def _open(self) -> None:
        if not self._is_open:
            self._port.open()
            self._is_open = True

    def _receive(self, deadline: float, cancel: Cancel) -> ModbusPDU:
        until = deadline
        while (left := until - self._clock()) > 0:
            if cancel.is_set():
                raise Cancelled
            data = self._port.read(_CHUNK, min(left, self._timings.slice))
            if data:
                until = min(deadline, self._clock() + self._timings.gap)
            answer = self._dialogue.receive_data(data)
            if answer:
                return answer
        if self._dialogue.pending:
            raise ProtocolError(f"{self._dialogue.pending} bytes of a broken answer")
        raise DeadlineExceeded("silence")


def _of(inputs: Inputs) -> tuple[State, str, Who]:
    """The board works in any case; what its contacts tell is a fault of the terminal."""
    if inputs.tamper:
        return State.DEGRADED, "signals.tamper", Who.TECHNICIAN
    if inputs.door is Door.OPEN:
        return State.DEGRADED, "signals.door_open", Who.STAFF
    return State.ONLINE, "", Who.NOBODY
