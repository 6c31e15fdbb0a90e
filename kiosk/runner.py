"""Between the pure journey and the world: feeds events in, performs effects, one thread for all decisions.

Events may be posted from any thread; :meth:`Runner.pump` is called from one thread only (the window's) and never
blocks, since every performer hands its work to a thread of its own and answers with events.
"""

import logging
import queue
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from kiosk.journey.effects import Effect
from kiosk.journey.events import Event, Tick
from kiosk.journey.reducer import step
from kiosk.journey.state import State

TICK_SECONDS = 1.0

log = logging.getLogger(__name__)

Post = Callable[[Event], None]


class Performer(Protocol):
    """Does some kinds of effects. ``perform`` returns at once and never raises; answers come through ``post``."""

    @property
    def handles(self) -> tuple[type[Effect], ...]: ...

    def perform(self, effect: Effect, state: State) -> None:
        """``state`` is the one right after the event that asked for the effect."""
        ...


class Runner:
    def __init__(self, state: State, clock: Callable[[], float] = time.monotonic) -> None:
        self.state = state
        self._clock = clock
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._performers: dict[type[Effect], Performer] = {}
        self._next_tick = clock()

    def use(self, performers: Iterable[Performer]) -> None:
        for performer in performers:
            self._performers |= dict.fromkeys(performer.handles, performer)

    def post(self, event: Event) -> None:
        """From any thread."""
        self._events.put(event)

    @property
    def now(self) -> float:
        return self._clock()

    def pump(self) -> None:
        """Take every waiting event, and the clock's tick when it is due."""
        if self.now >= self._next_tick:
            self._next_tick = self.now + TICK_SECONDS
            self.post(Tick())
        while True:
            try:
                event = self._events.get_nowait()
            except queue.Empty:
                return
            self._take(event)

    def _take(self, event: Event) -> None:
        before = self.state
        self.state, effects = step(before, event, self.now)
        _log_move(before, self.state, event)
        for effect in effects:
            self._performers[type(effect)].perform(effect, self.state)


def _log_move(before: State, after: State, event: Event) -> None:
    """Where the journey is, without a word about the person."""
    places = [(one.session.step, one.session.phase) if one.session else ("home", "") for one in (before, after)]
    if places[0] != places[1]:
        log.info("%s.%s -> %s.%s by %s", *places[0], *places[1], type(event).__name__)
