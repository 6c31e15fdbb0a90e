"""The catalogue of services, as the terminals fetch it: whole, or what is new in it (RFC 3229)."""

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Response
from pydantic import BaseModel

from central import bodies
from central.centre import Shared
from central.editions.shelf import DELTA, Body
from central.signed import Caller, Signed

_TAGS: Final = re.compile(r'(?:W/)?("[^"]*")')


class Signature(BaseModel):
    keyid: str
    """SHA-256 of the raw public key, hexadecimal."""
    sig: str
    """Base64."""


class Envelope(BaseModel):
    """DSSE, as docs/sync-protocol.md has its payload."""

    payloadType: str  # noqa: N815 - the name of the standard
    payload: str
    """Base64."""
    signatures: list[Signature]


class News(BaseModel):
    base: str
    """Tag of the edition that it goes on from."""
    payloadType: str  # noqa: N815
    signatures: list[Signature]
    """Of the payload that the pieces make."""
    pieces: list[tuple[int, int] | str]
    """Lines: the first of the old ones and how many, or a new one."""


_DESCRIBED: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The newest edition as the terminal's place has it: a DSSE envelope",
        "content": {"application/json": {"schema": bodies.schema_of(Envelope)}},
    },
    226: {
        "description": "What is new since the edition of If-None-Match, for who names kiosk-lines in A-IM",
        "content": {"application/json": {"schema": bodies.schema_of(News)}},
    },
    304: {"description": "If-None-Match names the newest edition"},
}
router = APIRouter(prefix="/v1")


@router.get("/catalogue", response_class=Response, responses=_DESCRIBED)
def catalogue(
    caller: Annotated[Caller, Depends(Signed())],
    centre: Shared,
    if_none_match: Annotated[str, Header()] = "",
    a_im: Annotated[str, Header(alias="A-IM")] = "",
    accept_encoding: Annotated[str, Header()] = "",
) -> Response:
    """Signed; the tag names the edition's content as this place has it, however it is packed."""
    tags = _TAGS.findall(if_none_match)
    document = centre.catalogue.document(caller.terminal, tags)
    headers = {"ETag": document.etag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding, A-IM, If-None-Match"}
    if document.etag in tags:
        return Response(status_code=304, headers=headers)
    if DELTA in _listed(a_im):
        for tag in tags:
            if delta := centre.catalogue.delta(caller.terminal, tag):
                return _sent(delta, 226, headers | {"IM": DELTA, "Delta-Base": tag}, accept_encoding)
    return _sent(document.body, 200, headers, accept_encoding)


def _sent(body: Body, status: int, headers: dict[str, str], accept_encoding: str) -> Response:
    if "gzip" in _listed(accept_encoding):
        return Response(body.packed, status, headers | {"Content-Encoding": "gzip"}, "application/json")
    return Response(body.plain, status, headers, "application/json")


def _listed(header: str) -> set[str]:
    """Without those that are refused by a weight of 0."""
    parts = [part.strip().lower().replace(" ", "") for part in header.split(",")]
    return {part.partition(";")[0] for part in parts if not re.search(r";q=0(\.0*)?$", part)}
