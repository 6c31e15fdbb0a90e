"""An identity card reader with a security module (SAM), over any byte port."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from time import monotonic
from typing import Final

from drivers.contract import Cancel, Capabilities, State
from drivers.errors import (
    Cancelled,
    ConnectionLost,
    DeadlineExceeded,
    DeviceFault,
    DriverError,
    NeedsCitizen,
    NotConnected,
    ProtocolError,
    Refused,
)
from drivers.id_card.contract import CardRejected, IdCard, IdCardReaderStatus, NoCard
from drivers.id_card.protocol import Command, Damaged, Reply, ReplyParser, Status, decode_card, decode_sam_id, encode
from drivers.id_card.text_block import decode
from drivers.ports import Port


@dataclass(frozen=True)
class Timings:
    """Seconds, from vendor manuals."""

    poll: float = 0.3
    """Between two searches for a card; readers ask for no less."""
    command: float = 1.5
    """Until the whole reply to a short command is there."""
    read: float = 5.0
    """Until the whole reply to a read of the card is there."""
    gap: float = 0.5
    """Between two portions of one reply; after a longer silence the rest is lost."""
    slice: float = 0.05
    """How soon a cancel is noticed in the middle of a reply."""


_CHUNK: Final = 4096
_SLOW: Final = frozenset({Command.READ_CARD, Command.READ_CARD_WITH_FINGERPRINT})
_LYING: Final = frozenset({Status.SUCCESS, Status.EMPTY})
_STATES: Final = (
    (NotConnected, State.NO_DEVICE),
    (DeadlineExceeded, State.OFFLINE),
    (ProtocolError, State.OFFLINE),
    (DeviceFault, State.HARDWARE_ERROR),
)


class SamIdCardReader:
    """Implements :class:`drivers.id_card.contract.IdCardReader`; for one thread at a time.

    The port is opened by the first operation, and again by the next one after it was lost.
    """

    def __init__(self, port: Port, timings: Timings | None = None, clock: Callable[[], float] = monotonic) -> None:
        self._port = port
        self._timings = timings or Timings()
        self._clock = clock
        self._is_open = False
        self._sam_id = ""
        self._failed: DriverError | None = None
        """How the last read ended, until the card was seen to be gone."""
        self._owed_until = 0.0

    def status(self) -> IdCardReaderStatus:
        try:
            self._demand(Command.SAM_STATUS)
            self._sam_id = self._sam_id or decode_sam_id(self._demand(Command.SAM_ID).data)
        except DriverError as error:
            state = next((state for kind, state in _STATES if isinstance(error, kind)), State.HARDWARE_ERROR)
            return IdCardReaderStatus(state, f"id_card.{error.code}", error.who, error.detail)
        return IdCardReaderStatus(State.ONLINE, sam_id=self._sam_id)

    def capabilities(self) -> Capabilities:
        return Capabilities(serial_number=self._sam_id)

    def read(self, *, timeout: float, cancel: Cancel) -> IdCard:
        deadline = self._clock() + timeout
        while True:
            asked = self._clock()
            card = self._attempt(cancel)
            if card is not None:
                return card
            if self._clock() >= deadline:
                raise self._failed or NoCard(f"{timeout:g} s")
            _pause(min(asked + self._timings.poll, deadline) - self._clock(), cancel)

    def card_present(self) -> bool:
        """Ask for the newest address: only a card that is still selected answers, be it that there is none.

        Searching would not tell: a card that was read and still lies there is not found again until it was lifted.
        """
        return self._rests(Event())

    def close(self) -> None:
        self._is_open = False
        self._sam_id = ""
        self._failed = None
        self._port.close()

    def _attempt(self, cancel: Cancel) -> IdCard | None:
        """One search and, with a card there, one read; ``None``: no card, or still the one that failed."""
        found = self._ask(Command.FIND_CARD, cancel).status == Status.CARD_FOUND
        selection = self._ask(Command.SELECT_CARD, cancel)
        # Some readers fail to find or select a card that lies there: one read before, or found before a restart of
        # this program. Reading works all the same, so the search alone is not believed.
        lies = found or selection.status == Status.SUCCESS
        if not lies:
            self._failed = None
        if not (lies or self._seems_to_rest(cancel)):
            return None
        rejected = found and isinstance(selection.error, CardRejected)
        reply = selection if rejected else self._ask(Command.READ_CARD, cancel)
        if reply.error is not None:
            return self._fail(reply.error) if lies else None
        self._failed = None
        card = decode_card(reply.data)
        return decode(card.text, card.photo)

    def _fail(self, error: DriverError) -> None:
        """Tell once; after that a card must be lifted before it can be read, and trying on is no news."""
        if self._failed is None:
            self._failed = error
            raise error

    def _seems_to_rest(self, cancel: Cancel) -> bool:
        """A module too old to know the question refuses it or is silent: then the search alone must do."""
        try:
            return self._rests(cancel)
        except (Refused, DeadlineExceeded):
            return False

    def _rests(self, cancel: Cancel) -> bool:
        return self._ask(Command.READ_NEWEST_ADDRESS, cancel).status in _LYING

    def _demand(self, command: Command) -> Reply:
        """Ask, and raise whatever error the reply tells."""
        reply = self._ask(command, Event())
        if reply.error is not None:
            raise reply.error
        return reply

    def _ask(self, command: Command, cancel: Cancel) -> Reply:
        """Ask, and raise unless the reply is a success or about the card.

        A damaged reply is asked for once more: all commands may be repeated, a long cable flips a bit now and then,
        and where the reply broke off because the card was lifted, the second one says so.
        """
        try:
            reply = self._exchange(command, cancel)
        except ProtocolError:
            reply = self._exchange(command, cancel)
        if reply.error is None or isinstance(reply.error, NeedsCitizen):
            return reply
        if command is Command.READ_NEWEST_ADDRESS and reply.status == Status.NOT_PERMITTED:
            return reply  # some modules forbid it while no card is selected
        raise reply.error

    def _exchange(self, command: Command, cancel: Cancel) -> Reply:
        limit = self._timings.read if command in _SLOW else self._timings.command
        try:
            self._open()
            self._settle(cancel)
            self._port.discard_input()
            self._port.write(encode(command), limit)
            return self._receive(command, self._clock() + limit, cancel)
        except ConnectionLost:
            self.close()
            raise

    def _settle(self, cancel: Cancel) -> None:
        """Let the reply to a cancelled command arrive and drop it.

        Replies do not say what they answer: a late one could pass for that of the next command, and another
        person's card for the one that lies there now.
        """
        with contextlib.suppress(DeadlineExceeded, ProtocolError):
            if self._owed_until:
                self._receive(Command.SAM_STATUS, self._owed_until, cancel)
        self._owed_until = 0.0

    def _open(self) -> None:
        if not self._is_open:
            self._port.open()
            self._is_open = True

    def _receive(self, command: Command, deadline: float, cancel: Cancel) -> Reply:
        parser, until = ReplyParser(), deadline
        while (left := until - self._clock()) > 0:
            if cancel.is_set():
                self._owed_until = deadline
                raise Cancelled
            data = self._port.read(_CHUNK, min(left, self._timings.slice))
            if data:
                until = min(deadline, self._clock() + self._timings.gap)
            parser.receive_data(data)
            match parser.next_event():
                case Reply() as reply:
                    return reply
                case Damaged(reason):
                    raise ProtocolError(f"{command.name}: wrong {reason}")
                case _:
                    pass
        if parser.skipped or parser.pending:
            raise ProtocolError(f"{command.name}: {parser.skipped} bytes of noise, {parser.pending} of a broken reply")
        raise DeadlineExceeded(f"{command.name}: silence")


def _pause(seconds: float, cancel: Cancel) -> None:
    if cancel.wait(max(0.0, seconds)):
        raise Cancelled
