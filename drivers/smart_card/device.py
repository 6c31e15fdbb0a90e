"""A reader for social security cards, over any way to a card slot."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from time import monotonic
from typing import TypeVar

from drivers.contract import Cancel, Capabilities, Media, State, state_of
from drivers.errors import (
    Cancelled,
    DeadlineExceeded,
    DriverError,
    NeedsCitizen,
    ProtocolError,
    Who,
)
from drivers.monitor import Incident, Unwatched, Watch
from drivers.smart_card.apdu import Command, Response
from drivers.smart_card.contract import CardInUse, CardMute, CardUnreadable, NoCard, SmartCard, SmartCardReaderStatus
from drivers.smart_card.protocol import ReadStyle, read_card, select_social_security
from drivers.smart_card.transport import CardTransport, Slot

T = TypeVar("T")


@dataclass(frozen=True)
class Timings:
    """Seconds."""

    poll: float = 0.3
    """Between two looks for a card."""
    command: float = 3.0
    """Until a card has answered one command; ISO 7816-3 lets a slow one ask for more time again and again."""
    read: float = 10.0
    """Until a whole card is read."""
    left: float = 60.0
    """A card that nobody reads is left behind after this."""


class SocialSecurityCardReader:
    """Implements :class:`drivers.smart_card.contract.SmartCardReader`; for one thread at a time."""

    def __init__(
        self,
        transport: CardTransport,
        style: ReadStyle = ReadStyle.AUTO,
        timings: Timings | None = None,
        watch: Watch | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._transport = transport
        self._style = style
        self._timings = timings or Timings()
        self._watch = watch or Unwatched()
        self._clock = clock
        self._failed: DriverError | None = None
        """What the card in the reader turned out to be, until it was taken out."""
        self._used_at: float | None = None
        """When the card was put in or last read; ``None`` without a card."""
        self._moves = 0

    def status(self) -> SmartCardReaderStatus:
        try:
            slot = self._look(Cancel())
        except DriverError as error:
            return SmartCardReaderStatus(state_of(error), f"smart_card.{error.code}", error.who, error.detail)
        if slot.in_use:
            fault, who = f"smart_card.{CardInUse.code}", CardInUse.who
            return SmartCardReaderStatus(State.BUSY, fault, who, card=Media.PRESENT)
        card = self._media(slot)
        if slot.mute:
            return SmartCardReaderStatus(State.USER_ERROR, f"smart_card.{CardMute.code}", Who.CITIZEN, card=card)
        return SmartCardReaderStatus(State.ONLINE, card=card)

    def capabilities(self) -> Capabilities:
        return Capabilities(model=self._transport.name)

    def read(self, *, timeout: float, cancel: Cancel) -> SmartCard:
        deadline = self._clock() + timeout
        while True:
            held: CardInUse | None = None
            try:
                card = self._attempt(cancel)
            except CardInUse as error:
                card, held = None, error
            if card:
                return card
            if self._clock() >= deadline:
                raise held or self._failed or NoCard(f"{timeout:g} s")
            if cancel.wait(max(0.0, min(self._timings.poll, deadline - self._clock()))):
                raise Cancelled

    def card_present(self) -> bool:
        return self._look(Cancel()).present

    def examine(self, cancel: Cancel) -> None:
        """Power the card up and ask for the social security application; nothing of a person is read.

        Raises what :meth:`read` does.
        """
        self._talk(select_social_security(), cancel)

    def close(self) -> None:
        self._failed = self._used_at = None
        self._transport.close()

    def _look(self, cancel: Cancel) -> Slot:
        slot = self._transport.slot(self._timings.command, cancel)
        if not slot.present or slot.moves != self._moves:
            self._failed = self._used_at = None
        self._moves = slot.moves
        if slot.present and self._used_at is None:
            self._used_at = self._clock()
        return slot

    def _media(self, slot: Slot) -> Media:
        if not slot.present or self._used_at is None:
            return Media.ABSENT
        return Media.LEFT if self._clock() - self._used_at > self._timings.left else Media.PRESENT

    def _attempt(self, cancel: Cancel) -> SmartCard | None:
        """``None``: no card, or still the one of which was told that it cannot be read."""
        slot = self._look(cancel)
        if slot.in_use:
            raise CardInUse
        if self._failed or not slot.present:
            return None
        try:
            if slot.mute:
                raise CardMute
            card = self._read_twice(cancel)
        except NeedsCitizen as error:
            if self._used_at is not None:  # one that was seen to be taken out meanwhile need not be taken out again
                self._failed = error
            raise
        self._used_at = self._clock()
        return card

    def _read_twice(self, cancel: Cancel) -> SmartCard:
        """Contacts that just closed bounce; the second reading starts with a power-up."""
        try:
            return self._read_once(cancel)
        except ProtocolError:
            self._watch.note(Incident.CHECKSUM)
        except CardUnreadable:
            if self._used_at is None:
                raise
            self._watch.note(Incident.RETRY)
        return self._read_once(cancel)

    def _read_once(self, cancel: Cancel) -> SmartCard:
        try:
            return self._talk(read_card(self._style), cancel)
        except (CardUnreadable, ProtocolError):
            if self._look(cancel).present:
                raise
            raise CardUnreadable("taken out") from None

    def _talk(self, dialogue: Generator[Command, Response, T], cancel: Cancel) -> T:
        """Carry ``dialogue`` on with the card, which has power meanwhile."""
        deadline = self._clock() + self._timings.read
        try:
            self._transport.connect(self._timings.command, cancel)
            command = next(dialogue)
            while True:
                left = deadline - self._clock()
                if left <= 0:
                    raise DeadlineExceeded(f"card not read within {self._timings.read:g} s")
                answer = self._transport.transmit(command.encode(), min(left, self._timings.command), cancel)
                command = dialogue.send(Response.decode(answer))
        except StopIteration as done:
            return done.value
        finally:
            self._transport.disconnect()
