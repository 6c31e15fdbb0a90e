"""An identity card reader with a security module (SAM), over any byte port."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Event
from time import monotonic
from typing import Final

from drivers.contract import Cancel, Capabilities, Media, State, state_of
from drivers.errors import (
    Cancelled,
    ConnectionLost,
    DeadlineExceeded,
    DriverError,
    Refused,
)
from drivers.id_card.contract import CardRejected, IdCard, IdCardReaderStatus, NoCard
from drivers.id_card.exchange import Exchange, Timings
from drivers.id_card.protocol import Command, Reply, Status, decode_address, decode_card, decode_sam_id
from drivers.id_card.text_block import decode
from drivers.monitor import Unwatched, Watch
from drivers.ports import Port


@dataclass(frozen=True)
class Reading:
    """What is asked of the reader beyond text and photo."""

    fingerprint: bool = False
    newest_address: bool = False
    """One more question after each card with an address: where its holder moved to since."""
    sam_digits: int = 10
    """To how many digits the last two numbers of the security module are padded."""


_LYING: Final = frozenset({Status.SUCCESS, Status.EMPTY})


class SamIdCardReader:
    """Implements :class:`drivers.id_card.contract.IdCardReader`; for one thread at a time.

    The port is opened by the first operation, and again by the next one after it was lost. ``model`` tells what the
    port knows of the reader's name.
    """

    def __init__(
        self,
        port: Port,
        timings: Timings | None = None,
        clock: Callable[[], float] = monotonic,
        watch: Watch | None = None,
        reading: Reading | None = None,
        model: Callable[[], str] = str,
    ) -> None:
        self._model = model
        self._timings = timings or Timings()
        self._clock = clock
        self._exchange = Exchange(port, self._timings, clock, watch or Unwatched())
        self._reading = reading or Reading()
        self._sam_id = ""
        self._knows_fingerprints = self._knows_addresses = True
        self._failed: DriverError | None = None
        """How the last read ended, until the card was seen to be gone."""
        self._media = Media.UNKNOWN
        self._seen = 0.0

    def status(self) -> IdCardReaderStatus:
        try:
            return self._status()
        except DriverError as error:
            return IdCardReaderStatus(state_of(error), f"id_card.{error.code}", error.who, error.detail)

    def capabilities(self) -> Capabilities:
        """As far as known: the security module's number once ``status`` has asked for it."""
        return Capabilities(model=self._model(), serial_number=self._sam_id)

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

    def search(self, cancel: Cancel) -> bool:
        """Look once whether a card lies there, and read nothing of it. Raises ``DriverError``."""
        return self._find(cancel)[0] or self._seems_to_rest(cancel)

    def close(self) -> None:
        self._sam_id = ""
        self._failed = None
        self._media = Media.UNKNOWN
        self._exchange.close()

    # --- the card ----------------------------------------------------------------------------------------------------

    def _attempt(self, cancel: Cancel) -> IdCard | None:
        """One search and, with a card there, one read; ``None``: no card, or still the one that failed."""
        lies, rejection = self._find(cancel)
        if not lies:
            self._failed = None
        if not (lies or self._seems_to_rest(cancel)):
            self._saw(Media.ABSENT)
            return None
        reply = rejection or self._read_card(cancel)
        if reply.error is not None:
            return self._fail(reply.error) if lies else None
        self._failed = None
        self._saw(Media.PRESENT)
        return self._decoded(reply, cancel)

    def _find(self, cancel: Cancel) -> tuple[bool, Reply | None]:
        """Whether a card lies there, and how it was rejected if it was."""
        found = self._ask(Command.FIND_CARD, cancel).status == Status.CARD_FOUND
        selection = self._ask(Command.SELECT_CARD, cancel)
        # Some readers fail to find or select a card that lies there: one read before, or found before a restart of
        # this program. Reading works all the same, so the search alone is not believed.
        rejected = found and isinstance(selection.error, CardRejected)
        return found or selection.status == Status.SUCCESS, selection if rejected else None

    def _read_card(self, cancel: Cancel) -> Reply:
        if self._reading.fingerprint and self._knows_fingerprints:
            reply = self._ask(Command.READ_CARD_WITH_FINGERPRINT, cancel, Status.HOST_COMMAND)
            self._knows_fingerprints = reply.status != Status.HOST_COMMAND
            if self._knows_fingerprints:
                return reply
        return self._ask(Command.READ_CARD, cancel)

    def _decoded(self, reply: Reply, cancel: Cancel) -> IdCard:
        data = decode_card(reply.data, fingerprint=self._reading.fingerprint and self._knows_fingerprints)
        card = decode(data.text, data.photo, data.fingerprint)
        if self._reading.newest_address and card.address and self._knows_addresses:
            return replace(card, newest_address=self._newest_address(cancel))
        return card

    def _newest_address(self, cancel: Cancel) -> str:
        """Empty when there is none, also for a module too old to know the question: the card was read all the same."""
        try:
            reply = self._ask(Command.READ_NEWEST_ADDRESS, cancel, Status.NOT_PERMITTED)
        except (Refused, DeadlineExceeded):
            self._knows_addresses = False
            return ""
        return decode_address(reply.data) if reply.status == Status.SUCCESS else ""

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
            self._media = Media.UNKNOWN
            return False

    def _rests(self, cancel: Cancel) -> bool:
        # some modules forbid the question while no card is selected
        reply = self._ask(Command.READ_NEWEST_ADDRESS, cancel, Status.NOT_PERMITTED)
        lies = reply.status in _LYING
        self._saw(Media.PRESENT if lies else Media.ABSENT)
        return lies

    # --- the reader --------------------------------------------------------------------------------------------------

    def _status(self) -> IdCardReaderStatus:
        if self._demand(Command.SAM_STATUS, Status.NOT_PERMITTED).status == Status.NOT_PERMITTED:
            return IdCardReaderStatus(State.BUSY, sam_id=self._sam_id)
        if not self._sam_id:
            self._sam_id = decode_sam_id(self._demand(Command.SAM_ID).data, digits=self._reading.sam_digits)
        return IdCardReaderStatus(State.ONLINE, sam_id=self._sam_id, card=self._whereabouts())

    def _whereabouts(self) -> Media:
        """Only a card that was read can be asked whether it is still there; a search would begin with it anew, and
        what no search has looked at is not known."""
        if self._media is Media.PRESENT:
            self._seems_to_rest(Event())
        elif self._clock() - self._seen > self._timings.seen:
            self._media = Media.UNKNOWN
        return self._media

    def _saw(self, media: Media) -> None:
        self._media, self._seen = media, self._clock()

    def _demand(self, command: Command, *accept: Status) -> Reply:
        """Ask, and raise whatever error the reply tells."""
        reply = self._ask(command, Event(), *accept)
        if reply.error is not None and reply.status not in accept:
            raise reply.error
        return reply

    def _ask(self, command: Command, cancel: Cancel, *accept: Status) -> Reply:
        try:
            return self._exchange.ask(command, cancel, accept)
        except ConnectionLost:
            self.close()
            raise


def _pause(seconds: float, cancel: Cancel) -> None:
    if cancel.wait(max(0.0, seconds)):
        raise Cancelled
