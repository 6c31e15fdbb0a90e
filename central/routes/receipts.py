"""What the centre lost: terminals ask which of their receipts are unknown, and hand the matters in again."""

import base64
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from central import bodies
from central.centre import Centre, Shared
from central.problems import Problem
from central.recovery import Copy
from central.routes.submissions import answered
from central.signed import Caller, Signed
from offline_queue import batch
from offline_queue.crypto_errors import BadSeal

MOST: Final = 1000
"""Receipts of one request."""
LARGEST: Final = 4 << 20
"""Bytes of sealed copies in one request, unpacked: one of the largest envelope fits."""
_LARGEST_LIST: Final = 1 << 18
_ID: Final = r"^[^\x00-\x1f\x7f]{1,200}$"
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "Sealed copies of matters, one a line; may be gzip.",
        "content": {"application/x-ndjson": {}},
    }
}

router = APIRouter(prefix="/v1/receipts")


class Receipt(BaseModel):
    id: str = Field(pattern=_ID)
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")


class Receipts(BaseModel):
    receipts: list[Receipt] = Field(max_length=MOST)


class Unknown(BaseModel):
    unknown: list[str]


@router.post("", openapi_extra=bodies.described(Receipts))
def unknown(request: Request, caller: Annotated[Caller, Depends(Signed(_LARGEST_LIST))], centre: Shared) -> Unknown:
    """Those of which the centre knows nothing."""
    body = bodies.unpacked(caller.body, request.headers.get("Content-Encoding", ""), _LARGEST_LIST)
    asked = bodies.parsed(Receipts, body)
    receipts = [(receipt.id, receipt.digest) for receipt in asked.receipts]
    return Unknown(unknown=centre.recovery.unknown(caller.terminal, receipts))


@router.post("/content", openapi_extra=_BODY)
def restore(request: Request, caller: Annotated[Caller, Depends(Signed(LARGEST))], centre: Shared) -> JSONResponse:
    """Each matter comes back with the number its citizen holds in hand; answers as for filing."""
    body = bodies.unpacked(caller.body, request.headers.get("Content-Encoding", ""), LARGEST)
    lines = body.removesuffix(b"\n").split(b"\n") if body else []
    if len(lines) > batch.MOST:
        raise Problem(413, f"{len(lines)} copies are too many.", f"Send at most {batch.MOST} at once.")
    copies = [_copy(centre, caller.terminal, position, line) for position, line in enumerate(lines)]
    answers = centre.recovery.restore(
        caller.terminal, copies, key_id=caller.key.key_id, clock_offset=caller.clock_offset
    )
    return answered(centre, answers)


class _Line(Receipt):
    sealed: str


def _copy(centre: Centre, terminal: str, position: int, line: bytes) -> Copy:
    try:
        read = _Line.model_validate_json(line)
        sealed = base64.b64decode(read.sealed, validate=True)
    except ValueError:  # of either, ValidationError is one too
        return Copy(position, "", "", reason="no line of id, digest and sealed")
    for sealing in centre.secrets.sealing.values():
        try:
            return Copy(position, read.id, read.digest, sealing.opener.open(terminal, read.id, sealed))
        except BadSeal:
            continue
    return Copy(position, read.id, read.digest, reason="not sealed for this centre, terminal and id")
