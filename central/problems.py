"""Errors as problem+json (RFC 9457), each with a ``remedy``: what the caller can do. Never what the caller sent."""

import logging
import math
import traceback
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from central.observe import request_id
from central.storage.errors import StorageUnavailable

log = logging.getLogger(__name__)

_TYPES: Final = "urn:kiosk:problem:"
_REMEDIES: Final = {
    404: "Check the address; /openapi.json lists all of them.",
    405: "Use another method; /openapi.json says which.",
}


class Problem(Exception):
    def __init__(
        self, status: int, detail: str, remedy: str, *, kind: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        """``kind`` ends the problem's type, for those a program must tell apart."""
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.remedy = remedy
        self.kind = kind
        self.headers = dict(headers or {})


SHOWN: Final = (Problem, StorageUnavailable, HTTPException, RequestValidationError)
"""What routes raise."""


def later(status: int, detail: str, seconds: float) -> Problem:
    """429 or 503: the same again is welcome after so many seconds."""
    after = str(max(1, math.ceil(seconds)))
    return Problem(status, detail, f"Send the same again in {after} seconds.", headers={"Retry-After": after})


def install(app: FastAPI, failed: Callable[[str], Response]) -> None:
    """``failed``: what the path of a request is answered whose route failed; see :func:`failure`."""
    for kind in SHOWN:
        app.add_exception_handler(kind, _answered)
    app.add_middleware(LastResort, failed=failed)


def failure() -> Response:
    return problem(500, "The centre failed.", "Try again later.")


class LastResort:
    """Turns what nobody expected into a 500 and logs where it happened, without the message, which may be personal."""

    def __init__(self, app: ASGIApp, failed: Callable[[str], Response]) -> None:
        self._app = app
        self._failed = failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except ClientDisconnect:
            return  # nobody is there to be answered
        except Exception as error:
            if scope["type"] != "http":
                raise
            place = traceback.extract_tb(error.__traceback__)[-1]
            log.error("%s at %s:%s", type(error).__name__, place.filename, place.lineno)
            if not started:
                await self._failed(scope["path"])(scope, receive, send)


def problem(
    status: int, detail: str, remedy: str, headers: Mapping[str, str] | None = None, kind: str = ""
) -> JSONResponse:
    body = {
        "type": f"{_TYPES}{kind}" if kind else "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "remedy": remedy,
        "request": request_id.current(),
    }
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def as_problem(error: Exception) -> Problem:
    """Of one of :data:`SHOWN`."""
    match error:
        case Problem():
            return error
        case StorageUnavailable():
            log.warning("storage takes nothing now: %s", error)
            return later(503, "The centre's storage takes nothing now.", error.retry_after)
        case HTTPException():
            remedy = _REMEDIES.get(error.status_code, "Check the request.")
            return Problem(error.status_code, HTTPStatus(error.status_code).phrase, remedy, headers=error.headers)
        case _:
            return Problem(422, "The request does not fit the interface.", "Compare it with /openapi.json.")


def _answered(_request: Request, error: Exception) -> JSONResponse:
    found = as_problem(error)
    return problem(found.status, found.detail, found.remedy, found.headers, found.kind)
