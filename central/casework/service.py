"""The casework as the routes share it: one thing each for the intake, the clerks, the citizens and the clock."""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

from fastapi.concurrency import run_in_threadpool

from central.casework.bureau import Bureau, HallOf
from central.casework.calendar import WorkCalendar
from central.casework.complaints import Complaints
from central.casework.counter import Counter
from central.casework.items import Items, Services
from central.casework.opening import Opening
from central.casework.people import People
from central.casework.procedure import Procedure
from central.casework.ratings import Desk, Ratings
from central.casework.reasons import Reasons
from central.casework.sweeper import Sweeper
from central.fanout.outgoing import Outgoing
from central.sealing import Sealer
from central.storage.database import Storage
from central.storage.errors import StorageUnavailable

log = logging.getLogger(__name__)
_LOOK_SECONDS: Final = 60.0


@dataclass(frozen=True, repr=False)
class Casework:
    services: Services
    reasons: Reasons
    ratings: Ratings
    opening: Opening
    bureau: Bureau
    complaints: Complaints
    counter: Counter
    sweeper: Sweeper

    async def attend(self) -> None:
        """For ever, beside the requests: what time brings about."""
        while True:
            try:
                await run_in_threadpool(self.sweeper.sweep)
            except StorageUnavailable as error:
                log.warning("cases could not be looked through: %s", error)
            # a minute, and not that of all workers at once
            await asyncio.sleep(_LOOK_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - no secret

    @classmethod
    def build(
        cls,
        storage: Storage,
        storage_key: bytes,
        items: Callable[[], Items],
        outgoing: Outgoing,
        now: Callable[[], float],
        hall_of: HallOf = lambda _, terminal: terminal,
    ) -> Self:
        """From the tables beside this file. Raises :class:`central.casework.errors.BadData`, ``OSError``."""
        calendar, reasons, ratings = WorkCalendar.load(), Reasons.load(), Ratings.load()
        procedure, desk = Procedure(calendar), Desk(calendar, ratings)
        services, sealer, people = Services(items), Sealer(storage_key), People(storage_key)
        return cls(
            services=services,
            reasons=reasons,
            ratings=ratings,
            opening=Opening(procedure, desk, services, people, outgoing),
            bureau=Bureau(storage, procedure, reasons, services, sealer, outgoing, now, hall_of),
            complaints=Complaints(storage, desk, services, sealer, outgoing, now),
            counter=Counter(storage, procedure, sealer, people, outgoing, now),
            sweeper=Sweeper(storage, procedure, desk, outgoing, now),
        )
