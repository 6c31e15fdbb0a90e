"""The card reader's part of the world: read a card, watch that it is lifted."""

import threading
from datetime import date
from functools import partial

from drivers.contract import Cancel
from drivers.errors import Cancelled, DeadlineExceeded, DriverError, ProtocolError
from drivers.id_card.contract import IdCard, IdCardReader
from drivers.worker import DeviceWorker, Operation
from kiosk.identity import cards
from kiosk.identity.person import age
from kiosk.journey.effects import Effect, ReadCard, StopReading, StopWatching, WatchCard
from kiosk.journey.events import CardNotRead, CardRead, CardTaken
from kiosk.journey.state import State
from kiosk.runner import Post

WATCH_SECONDS = 0.4
RESUME_SECONDS = 1.0
"""After an answer that was none: time for the worker to look at the reader."""
MISSES = 2
"""A card counts as lifted only after this many answers in a row say so: one bad answer is a bad contact."""


class CardDesk:
    handles = (ReadCard, StopReading, WatchCard, StopWatching)

    def __init__(self, worker: DeviceWorker[IdCardReader], post: Post) -> None:
        self._worker = worker
        self._post = post
        self._reading: Operation | None = None
        self._watching = Cancel()

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
            case StopWatching():
                self._watching.set()
            case _:
                pass

    def _stop_all(self) -> None:
        self._watching.set()
        if self._reading:
            self._reading.cancel()

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
        self._watching = Cancel()
        self._watch_until(session, self._watching)

    def _watch_until(self, session: str, stopped: Cancel) -> None:
        """A reader that fails while watching says nothing about the card: then nobody is accused of taking it.

        One that was without power has forgotten the card, so that only a bad answer is a reason to go on.
        """

        def done(result: bool | DriverError) -> None:
            if result is True:
                self._post(CardTaken(session))
            elif isinstance(result, ProtocolError | DeadlineExceeded):
                resume = threading.Timer(RESUME_SECONDS, self._watch_until, (session, stopped))
                resume.daemon = True
                resume.start()

        self._worker.submit(partial(_until_lifted, stopped), on_done=done)


def _checked(session: str, card: IdCard, today: date) -> CardRead:
    return CardRead(session, card, cards.check(card, today), age(card.birth, today) if card.birth else None)


def _until_lifted(stopped: Cancel, reader: IdCardReader, cancel: Cancel) -> bool:
    misses = 0
    while misses < MISSES:
        if stopped.wait(WATCH_SECONDS) or cancel.is_set():
            raise Cancelled
        misses = 0 if reader.card_present() else misses + 1
    return True
