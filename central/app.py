"""The reference central platform as an ASGI application."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Final

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from central import problems
from central.centre import Centre
from central.console import routers as console
from central.console import shield
from central.routes import attachments, catalogue, enrolments, fleet, health, matters, receipts, submissions, terminal
from central.routes.platforms import routers as platforms

log = logging.getLogger(__name__)
_INTERFACE: Final = tuple(
    routes.router
    for routes in (
        health,
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
        sweeper = asyncio.create_task(_sweep_daily(centre))
        attendant = asyncio.create_task(centre.fleet.attend())
        try:
            yield
        finally:
            sweeper.cancel()
            attendant.cancel()
            await run_in_threadpool(centre.close)

    app = FastAPI(title="Central platform", version="1", lifespan=lifespan, docs_url=None, redoc_url=None)
    problems.install(app)
    shield.install(app)
    for router in ROUTERS:
        app.include_router(router)
    app.state.paths = frozenset(getattr(route, "path", "") for router in ROUTERS for route in router.routes)
    return app


async def _sweep_daily(centre: Centre) -> None:
    while True:
        try:
            await run_in_threadpool(centre.attachments.sweep, centre.now())
        except OSError as error:
            log.warning("unfinished uploads could not be swept: %s", error.strerror)
        await asyncio.sleep(_DAY)
