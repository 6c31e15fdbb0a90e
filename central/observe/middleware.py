"""Around every request: its number, its line in the log, its place in the metrics."""

import logging
import time
from typing import Final, cast

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from central import centre
from central.observe import request_id
from central.observe.logs import FIELDS

log = logging.getLogger(__name__)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Others may be anything, and as many as somebody likes."""
_GONE: Final = 499
"""As nginx has it: who asked went away before there was an answer."""


class Observed:
    """Outermost, so that it sees every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        number, began, status = request_id.begin(), time.perf_counter(), _GONE

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[request_id.HEADER] = number
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            _note(scope, status, time.perf_counter() - began)


def _note(scope: Scope, status: int, seconds: float) -> None:
    route: str = getattr(scope.get("route"), "path", "")
    method: str = scope["method"] if scope["method"] in _METHODS else "other"
    centre.of(cast("FastAPI", scope["app"])).watch.metrics.request(method, route or "none", status, seconds)
    fields = {"method": method, "route": route, "status": status, "seconds": round(seconds, 4)}
    log.info("answered", extra={FIELDS: fields})
