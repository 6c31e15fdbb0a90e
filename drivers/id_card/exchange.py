"""One command and its reply after another, over a port that may lose, damage and delay both."""

import contextlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from drivers.contract import Cancel
from drivers.errors import Cancelled, ConnectionLost, DeadlineExceeded, DriverError, NeedsCitizen, ProtocolError
from drivers.id_card.fitting import fits
from drivers.id_card.protocol import Command, Damaged, NeedMore, Reply, ReplyParser, encode
from drivers.monitor import Incident, Watch
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
    seen: float = 5.0
    """How long it is believed that no card lies there, after a look."""


_CHUNK: Final = 4096
_SLOW: Final = frozenset({Command.READ_CARD, Command.READ_CARD_WITH_FINGERPRINT})


class Exchange:
    """Opens the port with the first command, and anew after it was lost or gave no valid reply: the reader may have
    been exchanged for one of another speed. For one thread at a time."""

    def __init__(self, port: Port, timings: Timings, clock: Callable[[], float], watch: Watch) -> None:
        self._port = port
        self._timings = timings
        self._clock = clock
        self._watch = watch
        self._is_open = self._was_heard = False
        self._owed_until = 0.0

    def ask(self, command: Command, cancel: Cancel, accept: Collection[int] = ()) -> Reply:
        """Ask, and raise unless the reply is a success, about the card, or of a status in ``accept``.

        A damaged reply is asked for once more: all commands may be repeated, a long cable flips a bit now and then,
        and where the reply broke off because the card was lifted, the second one says so.
        """
        try:
            reply = self._once_or_twice(command, cancel)
        except (DeadlineExceeded, ProtocolError):
            if command is not Command.READ_NEWEST_ADDRESS:  # which old modules do not know
                self.close()
            raise
        except Cancelled:
            if not self._was_heard:  # perhaps at a wrong speed: let the next one find out
                self.close()
            raise
        if reply.error is None or isinstance(reply.error, NeedsCitizen) or reply.status in accept:
            return reply
        raise reply.error

    def close(self) -> None:
        self._is_open = False
        self._port.close()

    def _once_or_twice(self, command: Command, cancel: Cancel) -> Reply:
        try:
            return self._once(command, cancel)
        except ProtocolError:
            self._watch.note(Incident.CHECKSUM)
            self._watch.note(Incident.RETRY)
            return self._once(command, cancel)

    def _once(self, command: Command, cancel: Cancel) -> Reply:
        try:
            self._open()
            if self._owed_until and command is not Command.SAM_STATUS:
                self._catch_up(cancel)
            return self._answered(command, self._limit(command), cancel)
        except ConnectionLost:
            self._owed_until = 0.0
            self.close()
            raise

    def _open(self) -> None:
        if not self._is_open:
            self._port.open()
            self._is_open, self._was_heard = True, False

    def _catch_up(self, cancel: Cancel) -> None:
        """Some command got no answer, and it may come yet: all that comes before this one's is dropped."""
        with contextlib.suppress(ProtocolError):
            self._answered(Command.SAM_STATUS, max(self._owed_until, self._limit(Command.SAM_STATUS)), cancel)
        self._owed_until = 0.0

    def _answered(self, command: Command, deadline: float, cancel: Cancel) -> Reply:
        self._port.discard_input()
        self._port.write(encode(command), deadline - self._clock())
        try:
            reply = self._receive(command, deadline, cancel)
        except DriverError:
            self._owed_until = max(self._owed_until, deadline)
            raise
        self._owed_until, self._was_heard = 0.0, True
        return reply

    def _limit(self, command: Command) -> float:
        return self._clock() + (self._timings.read if command in _SLOW else self._timings.command)

    def _receive(self, command: Command, deadline: float, cancel: Cancel) -> Reply:
        """The first reply that fits ``command``. Replies come in the order of their commands and do not say what
        they answer: one that is late could pass for the next command's, and another person's card for the one that
        lies there now."""
        parser, until, stale = ReplyParser(), deadline, 0
        while (left := until - self._clock()) > 0:
            if cancel.is_set():
                raise Cancelled
            data = self._port.read(_CHUNK, min(left, self._timings.slice))
            if data:
                until = min(deadline, self._clock() + self._timings.gap)
            parser.receive_data(data)
            while not isinstance(event := parser.next_event(), NeedMore):
                if isinstance(event, Damaged):
                    raise ProtocolError(f"{command.name}: wrong {event.reason}")
                if fits(command, event):
                    return event
                stale, until = stale + 1, deadline
        raise _silence(command.name, parser, stale)


def _silence(name: str, parser: ReplyParser, stale: int) -> DeadlineExceeded | ProtocolError:
    if parser.skipped or parser.pending:
        return ProtocolError(f"{name}: {parser.skipped} bytes of noise, {parser.pending} of a broken reply")
    if stale:
        return ProtocolError(f"{name}: {stale} replies to something else")
    return DeadlineExceeded(f"{name}: silence")
