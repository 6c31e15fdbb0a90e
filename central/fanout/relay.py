"""Passes the outbox on to the broker, in the order of each case; what the broker has acknowledged is deleted.

It may be killed after any step. What was published and not yet deleted is published again under the same id. Any number
of workers may relay at once: each publishes a case's messages in their order from the oldest that is left, so the first
copy of a message never comes before the first copy of the one before it, and the other copies are dropped by their id.
A turn in the database only spares them the double work; a clock that jumps costs no more than that.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Final
from uuid import uuid4

from fastapi.concurrency import run_in_threadpool

from central.fanout.broker import Broker, BrokerUnavailable
from central.fanout.events import Event, Message, message
from central.storage.database import Storage
from central.storage.errors import StorageUnavailable
from central.storage.outbox import Letter

log = logging.getLogger(__name__)

TURN_SECONDS: Final = 15.0
LETTERS: Final = 64
"""Transactions passed on in one go."""
_AT_ONCE: Final = 256
"""Messages under way to the broker."""
_IDLE_SECONDS: Final = 0.5
_LONGEST_PAUSE: Final = 30.0


class Relay:
    def __init__(
        self,
        storage: Storage,
        broker: Broker,
        now: Callable[[], float],
        *,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._storage = storage
        self._broker = broker
        self._now = now
        self._pause = pause
        self._holder = uuid4().hex
        self._is_open = False

    async def run(self) -> None:
        """Until it is cancelled."""
        failures = 0
        try:
            while True:
                try:
                    passed_on = await self.pass_on()
                except (BrokerUnavailable, StorageUnavailable) as error:
                    self._is_open = False
                    if not failures:
                        log.warning("events wait in the outbox: %s (%s)", type(error).__doc__, error)
                    await self._pause(pause_after(failures, random.random()))  # noqa: S311 - no secret
                    failures += 1
                    continue
                failures = 0
                if not passed_on:
                    await self._pause(_IDLE_SECONDS)
        finally:
            with suppress(BrokerUnavailable):
                await self._broker.close()

    async def pass_on(self) -> int:
        """What is oldest, if it is this worker's turn; how many letters. Raises :class:`BrokerUnavailable`,
        :class:`StorageUnavailable`: the rest is there still."""
        letters = await run_in_threadpool(self._take)
        if not letters:
            return 0
        await self._open()
        told: set[str] = set()
        try:
            for wave in waves(messages(letters)):
                told |= await self._publish(wave)
        finally:
            done = [one.id for one in letters if all(each.id in told for each in messages([one]))]
            if done:
                await run_in_threadpool(self._remove, done)
        return len(letters)

    async def _open(self) -> None:
        if not self._is_open:
            await self._broker.open()
            self._is_open = True

    async def _publish(self, wave: Sequence[Message]) -> set[str]:
        """The ids of those that were acknowledged; raises what the others met, once all have ended."""
        ends = await asyncio.gather(*(self._broker.publish(one) for one in wave), return_exceptions=True)
        for end in ends:
            if end is not None:
                raise end
        return {one.id for one in wave}

    def _take(self) -> list[Letter]:
        with self._storage.reading() as transaction:
            if not transaction.outbox.oldest(1):
                return []  # who has nothing to pass on need not write
        with self._storage.transaction() as transaction:
            mine = transaction.outbox.lead(self._holder, self._now(), TURN_SECONDS)
            return transaction.outbox.oldest(LETTERS) if mine else []

    def _remove(self, ids: Sequence[int]) -> None:
        with self._storage.transaction() as transaction:
            transaction.outbox.remove(ids)


def messages(letters: Iterable[Letter]) -> Iterator[Message]:
    """In their order. The same letter gives the same ids whenever it is read."""
    for letter in letters:
        for position, fields in enumerate(letter.events):
            yield message(Event.read(fields), f"{letter.key}-{position}")


def waves(ordered: Iterable[Message]) -> Iterator[list[Message]]:
    """What may be under way at once: of each case one message."""
    wave: dict[str, Message] = {}
    for one in ordered:
        if len(wave) == _AT_ONCE or one.case in wave:
            yield list(wave.values())
            wave = {}
        wave[one.case] = one
    if wave:
        yield list(wave.values())


def pause_after(failures: int, chance: float) -> float:
    """Seconds, longer and longer up to half a minute; ``chance`` from 0 to 1 keeps workers apart."""
    return min(_LONGEST_PAUSE, 0.5 * 2.0 ** min(failures, 10)) * (0.5 + chance / 2)
