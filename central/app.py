"""The reference central platform as an ASGI application."""

import asyncio
import logging
import traceback
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from central import interface, problems
from central.centre import Centre
from central.console import routers as console
from central.console import shield
from central.observe.middleware import Observed
from central.routes import (
    attachments,
    catalogue,
    enrolments,
    fleet,
    health,
    matters,
    metrics,
    receipts,
    submissions,
    terminal,
)
from central.routes.platforms import routers as platforms
from central.storage.errors import StorageUnavailable

log = logging.getLogger(__name__)
_INTERFACE: Final = tuple(
    routes.router
    for routes in (
        health,
        metrics,
        enrolments,
        submissions,
        attachments,
        receipts,
        terminal,
        fleet,
        matters,
        catalogue,
    )
)
ROUTERS: Final = (*_INTERFACE, *platforms.ROUTERS, *console.ROUTERS)
_DAY: Final = 86400.0


def create_app(open_centre: Callable[[], Centre]) -> FastAPI:
    """The centre is opened when the server starts and closed when it ends."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        centre = app.state.centre = await run_in_threadpool(open_centre)
        beside = [asyncio.create_task(kept_up(one)) for one in _beside_the_requests(centre)]
        try:
            yield
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await run_in_threadpool(centre.close)

    app = FastAPI(title="Central platform", version="1", lifespan=lifespan, docs_url=None, redoc_url=None)
    problems.install(app, shield.failed)
    shield.install(app)
    app.add_middleware(Observed)
    for router in ROUTERS:
        app.include_router(router)
    interface.install(app, (route for router in ROUTERS for route in router.routes))
    app.state.paths = frozenset(getattr(route, "path", "") for router in ROUTERS for route in router.routes)
    return app


def _beside_the_requests(centre: Centre) -> Iterator[Callable[[], Awaitable[None]]]:
    """What goes on for ever."""
    yield partial(_sweep_daily, centre)
    yield centre.fleet.attend
    yield centre.casework.attend
    yield centre.platforms.attend
    if centre.relay:
        yield centre.relay.run


async def kept_up(begin: Callable[[], Awaitable[None]], pause: float = 60.0) -> None:
    """Begun again, after ``pause`` seconds, when it ends by an error nobody expected: the requests go on meanwhile."""
    while True:
        try:
            await begin()
        except Exception as error:  # noqa: BLE001 - whatever it is; its text may be personal, so only where is told
            place = traceback.extract_tb(error.__traceback__)[-1]
            log.error("%s at %s:%s: begun again", type(error).__name__, place.filename, place.lineno)
        await asyncio.sleep(pause)


async def _sweep_daily(centre: Centre) -> None:
    while True:
        try:
            await run_in_threadpool(centre.attachments.sweep, centre.now())
            await run_in_threadpool(centre.staff.door.sweep)
        except OSError as error:
            log.warning("unfinished uploads could not be swept: %s", error.strerror)
        except StorageUnavailable as error:
            log.warning("ended sessions could not be swept: %s", error)
        await asyncio.sleep(_DAY)
