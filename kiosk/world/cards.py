"""The card reader's part of the world: read a card, watch that it is lifted."""

from datetime import date

from drivers.contract import Cancel
from drivers.errors import Cancelled, DriverError
from drivers.id_card.contract import IdCard, IdCardReader
from drivers.worker import DeviceWorker, Operation
from kiosk.identity import cards
from kiosk.identity.person import age
from kiosk.journey.effects import Effect, ReadCard, StopReading, StopWatching, WatchCard
from kiosk.journey.events import CardNotRead, CardRead, CardTaken
from kiosk.journey.state import State
from kiosk.runner import Post

WATCH_SECONDS = 0.4
MISSES = 2
"""A card counts as lifted only after this many answers in a row say so: one bad answer is a bad contact."""


class CardDesk:
    handles = (ReadCard, StopReading, WatchCard, StopWatching)

    def __init__(self, worker: DeviceWorker[IdCardReader], post: Post) -> None:
        self._worker = worker
        self._post = post
        self._reading: Operation | None = None
        self._watching: Operation | None = None

    def perform(self, effect: Effect, state: State) -> None:  # noqa: ARG002  the state does not matter here
        match effect:
            case ReadCard(session=session, timeout=timeout):
                self._stop_all()
                self._read(session, timeout)
            case WatchCard(session=session):
                self._stop_all()
                self._watch(session)
            case StopReading() if self._reading:
                self._reading.cancel()
            case StopWatching() if self._watching:
                self._watching.cancel()
            case _:
                pass

    def _stop_all(self) -> None:
        for operation in (self._reading, self._watching):
            if operation:
                operation.cancel()

    def _read(self, session: str, timeout: float) -> None:
        def done(result: IdCard | DriverError) -> None:
            match result:
                case Cancelled():
                    pass
                case DriverError():
                    self._post(CardNotRead(session, result.code, result.who))
                case _:
                    self._post(_checked(session, result, date.today()))  # noqa: DTZ011  the hall's day

        def read(reader: IdCardReader, cancel: Cancel) -> IdCard:
            return reader.read(timeout=timeout, cancel=cancel)

        self._reading = self._worker.submit(read, on_done=done)

    def _watch(self, session: str) -> None:
        """A reader that fails while watching says nothing about the card: then nobody is accused of taking it."""

        def done(result: bool | DriverError) -> None:
            if result is True:
                self._post(CardTaken(session))

        self._watching = self._worker.submit(_until_lifted, on_done=done)


def _checked(session: str, card: IdCard, today: date) -> CardRead:
    return CardRead(session, card, cards.check(card, today), age(card.birth, today) if card.birth else None)


def _until_lifted(reader: IdCardReader, cancel: Cancel) -> bool:
    misses = 0
    while misses < MISSES:
        if cancel.wait(WATCH_SECONDS):
            raise Cancelled
        misses = 0 if reader.card_present() else misses + 1
    return True
