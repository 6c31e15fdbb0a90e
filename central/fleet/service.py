"""The fleet, as the centre's routes see it."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager

from central.fleet import waiting
from central.fleet.contact import Contact
from central.fleet.places import Places
from central.fleet.rounds import Rounds
from central.fleet.waiting import Waiting
from central.storage.database import Storage, Transaction


class Fleet:
    """Safe from several threads."""

    def __init__(self, storage: Storage, places: Places, now: Callable[[], float]) -> None:
        self.contact = Contact(storage, now)
        self.waiting = Waiting()
        self.rounds = Rounds(storage, places, now)
        self.places = places
        self._storage = storage
        self._now = now

    @contextmanager
    def work(self, *terminals: str) -> Generator[tuple[Transaction, float]]:
        """A transaction and the time; afterwards these terminals are told at once what was made for them."""
        with self._storage.transaction() as transaction:
            yield transaction, self._now()
        self.waiting.wake(terminals)

    async def attend(self) -> None:
        """For ever, beside the requests."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(waiting.look(self.waiting, self._storage, self._now))
            tasks.create_task(self.rounds.keep())
