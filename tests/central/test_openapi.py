"""/openapi.json is true: whatever fits it, and much that does not, is answered as it says, and never by a failure."""

import json
import os
from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from starlette.types import Message, Receive, Scope, Send

from central.app import create_app
from tests.central.access_table import RULES
from tests.central.inside import Inside

_OF_OPENAPI: Final[Any] = import_module("schemathesis.specs.openapi.checks")
_CHECKS: Final = [
    import_module("schemathesis.checks").not_a_server_error,
    _OF_OPENAPI.status_code_conformance,
    _OF_OPENAPI.content_type_conformance,
    _OF_OPENAPI.response_headers_conformance,
    _OF_OPENAPI.response_schema_conformance,
]
_FEW: Final = settings(
    max_examples=int(os.environ.get("OPENAPI_EXAMPLES", "8")),
    deadline=None,
    derandomize="OPENAPI_EXAMPLES" not in os.environ,
    database=None,
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large),
)
"""The environment asks for more, and others every time."""
CLOSED: Final = {(rule.method, rule.path) for rule in RULES if rule.who != "public"}
_ONCE: Final = settings(_FEW, max_examples=2)


class Door:
    """The application, once it is open."""

    inside: Inside

    def __init__(self, *, signs: bool) -> None:
        """``signs``: it is reached by a terminal that signs whatever it sends."""
        self._signs = signs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError  # no lifespan: the centre is open already
        body = await _whole(receive)
        query = scope["query_string"].decode()
        address = scope["raw_path"].decode() + (f"?{query}" if query else "")
        signed = self.inside.signature(scope["method"], address, body) if self._signs else {}
        headers = [*scope["headers"], *((name.lower().encode(), value.encode()) for name, value in signed.items())]

        async def again() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        await self.inside.app({**scope, "headers": headers}, again, send)


async def _whole(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


@schemathesis.serializer("application/x-ndjson", "application/offset+octet-stream")
def as_it_is(_context: object, value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def _reached(door: Door) -> Any:
    made = schemathesis.openapi.from_dict(create_app(lambda: pytest.fail("not opened")).openapi())
    made.app = door
    return made


terminal, stranger = Door(signs=True), Door(signs=False)


@pytest.fixture(scope="module", autouse=True)
def inside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    Door.inside = Inside(tmp_path_factory.mktemp("central"))
    yield
    Door.inside.close()


@_reached(terminal).parametrize()
@_FEW
def test_a_terminal_is_answered_as_the_interface_says(case: Any) -> None:
    """Its own ``Signature`` headers are the only ones: what is generated for them is left out."""
    case.headers.pop("Signature", None)
    case.call_and_validate(checks=_CHECKS)


@_reached(stranger).parametrize()
@_ONCE
def test_a_stranger_gets_nowhere(case: Any) -> None:
    answer = case.call()
    case.validate_response(answer, checks=_CHECKS)
    operation = case.operation
    assert ("security" in operation.definition.raw) == ((operation.method.upper(), operation.path) in CLOSED)
    if case.method == operation.method.upper():  # else it tries a method that there is not
        assert (answer.status_code == 401) == ("security" in operation.definition.raw)
