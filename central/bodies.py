"""Bodies of requests: never more of one in memory than its route allows, packed or unpacked."""

import asyncio
import zlib
from typing import Any, Final, TypeVar, cast

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from central.problems import Problem

_SECONDS: Final = 60.0
"""How long a body may take to arrive: a client that trickles holds a place others need."""
_GZIP: Final = 16 + zlib.MAX_WBITS

Model = TypeVar("Model", bound=BaseModel)


async def read(request: Request, largest: int) -> bytes:
    """As sent. Raise :class:`Problem` 413 or 408."""
    body = bytearray()
    try:
        async with asyncio.timeout(_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > largest:
                    raise too_large(largest)
    except TimeoutError:
        raise Problem(408, "The body did not arrive in time.", "Send it again; send less at once.") from None
    return bytes(body)


def unpacked(body: bytes, encoding: str, largest: int) -> bytes:
    """By ``Content-Encoding``. Raise :class:`Problem` 413, 415, or 400 for what is no whole gzip."""
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        raise Problem(415, "The content has an encoding other than gzip.", "Send it as gzip or as it is.")
    unpacker = zlib.decompressobj(_GZIP)
    try:
        content = unpacker.decompress(body, largest + 1)
    except zlib.error:
        raise _no_gzip() from None
    if len(content) > largest:
        raise too_large(largest)
    if not unpacker.eof or unpacker.unused_data:
        raise _no_gzip()
    return content


def parsed(model: type[Model], body: bytes) -> Model:
    """Raise :class:`Problem` 422, naming the fields and nothing of their content."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        places = ", ".join(sorted({str(one["loc"][0]) for one in error.errors() if one["loc"]})) or "the body"
        raise Problem(422, f"Not as it should be: {places}.", "Compare it with /openapi.json.") from None


def described(model: type[BaseModel]) -> dict[str, Any]:
    """For OpenAPI, of a route that reads its body itself."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema_of(model)}}}}


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """In one piece, to be put anywhere."""
    schema = model.model_json_schema()
    return _inlined(schema, schema.pop("$defs", {}))


def _inlined(node: Any, models: dict[str, Any]) -> Any:
    """With the models it refers to in their place: in the whole document, the reference would lead nowhere."""
    match node:
        case {"$ref": str(place)}:
            return _inlined(models[place.removeprefix("#/$defs/")], models)
        case dict():
            return {name: _inlined(value, models) for name, value in cast("dict[str, Any]", node).items()}
        case list():
            return [_inlined(value, models) for value in cast("list[Any]", node)]
        case _:
            return node


def too_large(largest: int) -> Problem:
    return Problem(413, f"The body is larger than {largest} bytes.", "Send less at once.")


def _no_gzip() -> Problem:
    return Problem(400, "The content is no whole gzip.", "Send it again.")
