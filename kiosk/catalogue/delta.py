"""What is new in a catalogue, applied to the one before it.

JSON on the wire: ``base`` (the tag it goes on from), ``payloadType``, ``signatures`` of the whole new catalogue, and
``pieces``: its lines in order, new ones as text, those of the one before as ``[first, count]``. Nothing here is
believed: the result is the document that the centre would have sent whole, and its signature says whether it is.
"""

import base64
import json
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from kiosk.catalogue.signature import BadSignature, payload_of

LARGEST: Final = 16 << 20
"""Bytes of the result: a run of lines can be named again and again."""


class BadDelta(Exception):
    """It does not fit what is here: the whole has to be fetched."""


class _Delta(BaseModel):
    model_config = ConfigDict(extra="ignore")
    base: str
    payloadType: str  # noqa: N815 - the name on the wire
    signatures: list[dict[str, Any]]
    pieces: list[tuple[int, int] | str]


def applied(delta: bytes, document: bytes, etag: str) -> bytes:
    """The new document. ``document`` is the one before, with its tag. Raises :class:`BadDelta`."""
    try:
        told = _Delta.model_validate_json(delta)
        old = payload_of(document).decode()
    except (ValidationError, BadSignature, UnicodeDecodeError):
        raise BadDelta("no delta") from None
    if told.base != etag:
        raise BadDelta("it goes on from another catalogue")
    payload = joined(old, told.pieces).encode()
    envelope = {
        "payloadType": told.payloadType,
        "payload": base64.b64encode(payload).decode(),
        "signatures": told.signatures,
    }
    return json.dumps(envelope).encode()


def joined(old: str, pieces: list[tuple[int, int] | str]) -> str:
    """Raises :class:`BadDelta`."""
    lines = old.split("\n")
    new: list[str] = []
    size = 0
    for piece in pieces:
        added = [piece] if isinstance(piece, str) else _run(lines, *piece)
        size += sum(map(len, added)) + len(added)
        if size > LARGEST:
            raise BadDelta("too long")
        new += added
    return "\n".join(new)


def _run(lines: list[str], first: int, count: int) -> list[str]:
    if first < 0 or count < 0 or first + count > len(lines):
        raise BadDelta("lines that are not there")
    return lines[first : first + count]
