"""Terminals that wait for a command: each a future of the event loop, none a connection of the database.

Whoever makes a command in this process wakes its terminal at once. What another worker or a command line made is seen
by one look a second for the whole worker, whatever the number of those who wait: LISTEN and NOTIFY would tell sooner,
but need a connection of their own that PgBouncer, pooling by transaction, does not give.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import Final

from fastapi.concurrency import run_in_threadpool

from central.storage.database import Storage
from central.storage.errors import StorageUnavailable

log = logging.getLogger(__name__)

LOOK: Final = 1.0
"""Seconds."""
_MARGIN: Final = 10.0
"""Seconds by which clocks of workers may differ, and a transaction may take: seen twice does no harm."""


class Waiting:
    """Made anywhere; :meth:`turn` and :meth:`rung` belong to the event loop, :meth:`wake` to any thread."""

    def __init__(self) -> None:
        self._bells: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    def __len__(self) -> int:
        return len(self._bells)

    @contextmanager
    def turn(self, terminal: str) -> Generator[asyncio.Event]:
        """Set when there may be something new for it, and when the centre ends."""
        self._loop = asyncio.get_running_loop()
        bell = asyncio.Event()
        if self._closed:
            bell.set()
        self._bells[terminal].add(bell)
        try:
            yield bell
        finally:
            self._bells[terminal].discard(bell)
            if not self._bells[terminal]:
                del self._bells[terminal]

    def wake(self, terminals: Iterable[str]) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._ring, tuple(terminals))

    def close(self) -> None:
        """Nobody waits any longer: the server that ends waits for its requests."""
        self._closed = True
        self.wake(tuple(self._bells))

    @property
    def closed(self) -> bool:
        return self._closed

    def _ring(self, terminals: Iterable[str]) -> None:
        for terminal in terminals:
            for bell in self._bells.get(terminal, ()):
                bell.set()


async def look(waiting: Waiting, storage: Storage, now: Callable[[], float]) -> None:
    """For ever, once a second while anybody waits."""
    while True:
        await asyncio.sleep(LOOK)
        if waiting:
            try:
                waiting.wake(await run_in_threadpool(_new, storage, now() - LOOK - _MARGIN))
            except StorageUnavailable as error:
                log.warning("commands cannot be looked for: %s", error)


def _new(storage: Storage, since: float) -> set[str]:
    with storage.reading() as transaction:
        return transaction.fleet.commands.new_for(since)
