"""What ``/openapi.json`` says of every route beside what FastAPI knows: who may call it, and problems as they are.

A route describes only the answers that are its own; those of the machinery around it are added here.
"""

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field

from central.staff.access import who_may

_TERMINAL: Final = "terminal"
_METRICS: Final = "metrics"
_STAFF: Final = "staff"
_SCHEMES: Final[dict[str, Any]] = {
    _TERMINAL: {
        "type": "apiKey",
        "in": "header",
        "name": "Signature",
        "description": "HTTP message signature (RFC 9421) of an enrolled key, as docs/sync-protocol.md says",
    },
    _METRICS: {"type": "http", "scheme": "bearer", "description": "what metrics.token holds"},
    _STAFF: {"type": "apiKey", "in": "cookie", "name": "staff", "description": "a session of the console"},
}
_OF_ALL: Final = (HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE)
_OF_CALLERS: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.TOO_MANY_REQUESTS)
_NOT_OURS: Final = ("HTTPValidationError", "ValidationError")
"""How FastAPI would answer what does not fit."""


class ProblemView(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    """What happened."""
    remedy: str = Field(min_length=1)
    """What the caller can do."""


def install(app: FastAPI, routes: Iterable[object]) -> None:
    """In the place of FastAPI's own description; made when it is first asked for."""
    declared = list(routes)

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app, declared)
        return app.openapi_schema

    app.openapi = described  # as FastAPI's documentation has it


def _described(app: FastAPI, routes: Iterable[object]) -> dict[str, Any]:
    schema = get_openapi(title=app.title, version=app.version, routes=app.routes)
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in _NOT_OURS:
        schemas.pop(name, None)
    schemas["Problem"] = ProblemView.model_json_schema()
    components["securitySchemes"] = _SCHEMES
    for operation, who in _operations(schema, routes):
        _describe(operation, who)
    return schema


def _operations(schema: dict[str, Any], routes: Iterable[object]) -> Iterator[tuple[dict[str, Any], str]]:
    for route in routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                yield schema["paths"][route.path][method.lower()], who_may(route.dependant)


def _describe(operation: dict[str, Any], who: str) -> None:
    is_open = who in ("public", "link")
    responses = operation["responses"]
    if not _is_problem(responses.get("422", {})):
        responses.pop("422", None)
    for status in (*_OF_ALL, *(() if is_open else _OF_CALLERS)):
        responses.setdefault(str(status.value), _problem(status.phrase))
    responses.setdefault("default", _problem("Another problem: its remedy says what to do."))
    if not is_open:
        operation["security"] = [{who if who in _SCHEMES else _STAFF: []}]


def _is_problem(response: dict[str, Any]) -> bool:
    return "application/problem+json" in response.get("content", {})


def _problem(description: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": description, "content": content}
