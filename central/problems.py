"""Errors as problem+json (RFC 9457), each with a ``remedy``: what the caller can do. Never what the caller sent."""

import logging
import traceback
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

_REMEDIES = {
    404: "Check the address; /openapi.json lists all of them.",
    405: "Use another method; /openapi.json says which.",
}


class Problem(Exception):
    def __init__(self, status: int, detail: str, remedy: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.remedy = remedy


def install(app: FastAPI) -> None:
    app.add_exception_handler(Problem, _of_problem)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_middleware(LastResort)


class LastResort:
    """Turns what nobody expected into a 500 and logs where it happened, without the message, which may be personal."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            if scope["type"] != "http":
                raise
            place = traceback.extract_tb(error.__traceback__)[-1]
            log.error("%s at %s:%s", type(error).__name__, place.filename, place.lineno)
            if not started:
                await problem(500, "The centre failed.", "Try again later.")(scope, receive, send)


def problem(status: int, detail: str, remedy: str, headers: dict[str, str] | None = None) -> JSONResponse:
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "remedy": remedy,
    }
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def _of_problem(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)  # noqa: S101 - registered for this class alone
    headers = {"WWW-Authenticate": "Bearer"} if error.status == HTTPStatus.UNAUTHORIZED else None
    return problem(error.status, error.detail, error.remedy, headers)


def _of_http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101
    remedy = _REMEDIES.get(error.status_code, "Check the request.")
    return problem(error.status_code, HTTPStatus(error.status_code).phrase, remedy, dict(error.headers or {}))


def _of_validation(_request: Request, _error: Exception) -> JSONResponse:
    return problem(422, "The request does not fit the interface.", "Compare it with /openapi.json.")
