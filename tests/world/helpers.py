"""What a desk tells the journey, and a process of the bus as a desk sees it."""

import queue
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from kiosk.bus.connection import Connection, Handler, Server
from kiosk.bus.messages import AnyMessage, Message
from kiosk.journey.events import Event

PATIENCE = 10.0
E = TypeVar("E", bound=Event)


class Posts:
    """Every event a desk posts, in order."""

    def __init__(self) -> None:
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def __call__(self, event: Event) -> None:
        self._events.put(event)

    def next(self, kind: type[E]) -> E:
        """The next event, which must be of this kind."""
        event = self._events.get(timeout=PATIENCE)
        assert isinstance(event, kind), event
        return event

    def until(self, kind: type[E], matches: Callable[[E], bool] = lambda _: True) -> E:
        """The next event of this kind; others before it do not matter."""
        while True:
            event = self._events.get(timeout=PATIENCE)
            if isinstance(event, kind) and matches(event):
                return event

    def rest(self) -> list[Event]:
        """What is there without waiting: all, once whoever posts has ended."""
        events: list[Event] = []
        while not self._events.empty():
            events.append(self._events.get())
        return events


@contextmanager
def process(path: Path, handler: Handler) -> Generator[Server]:
    server = Server(path, handler)
    server.start()
    try:
        yield server
    finally:
        server.close()


class Scripted:
    """A handler that keeps what it was asked and answers what ``answers`` says for the type of the request."""

    def __init__(self, answers: Callable[[AnyMessage], list[Message]]) -> None:
        self.asked: list[AnyMessage] = []
        self._answers = answers

    def __call__(self, message: AnyMessage, connection: Connection) -> None:
        self.asked.append(message)
        for answer in self._answers(message):
            connection.send(answer)
