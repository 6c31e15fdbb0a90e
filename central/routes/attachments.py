"""Files of matters, uploaded in pieces, on from where the centre has them."""

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import BaseModel

from central.attachments.contract import LARGEST, NoRoom, TooMuch, WrongDigest, WrongOffset
from central.centre import Shared
from central.problems import Problem, later, problem
from central.signed import Caller, Signed
from offline_queue import hashing
from offline_queue.hashing import SUITES

LARGEST_PIECE: Final = 1 << 20
"""Bytes of one request."""
_MEDIA_TYPE: Final = "application/offset+octet-stream"
_NUMBER: Final = re.compile(r"[0-9]{1,15}")
_BODY: Final[dict[str, Any]] = {"requestBody": {"required": True, "content": {_MEDIA_TYPE: {}}}}

router = APIRouter(prefix="/v1/attachments")


class ProgressView(BaseModel):
    offset: int
    """Bytes that are here."""
    complete: bool


@router.get("/{digest}")
def progress(digest: str, caller: Annotated[Caller, Depends(Signed())], centre: Shared) -> ProgressView:
    found = centre.attachments.progress(caller.terminal, _checked(digest))
    return ProgressView(offset=found.offset, complete=found.complete)


@router.patch("/{digest}", status_code=204, openapi_extra=_BODY, response_class=Response)
def append(
    digest: str,
    request: Request,
    caller: Annotated[Caller, Depends(Signed(LARGEST_PIECE))],
    centre: Shared,
    kiosk_suite: Annotated[str, Header()] = "standard",
) -> Response:
    """Add a piece at ``Upload-Offset`` of ``Upload-Length`` in all; the new offset is told once it is on the disk."""
    if request.headers.get("Content-Type") != _MEDIA_TYPE or "Content-Encoding" in request.headers:
        raise Problem(415, "A piece has another type.", f"Send it as {_MEDIA_TYPE}, not packed.")
    if kiosk_suite not in SUITES:
        raise Problem(422, "Kiosk-Suite names no suite.", "Send standard or gm.")
    offset, length = _number(request, "Upload-Offset"), _number(request, "Upload-Length")
    digest = _checked(digest)
    try:
        made = centre.attachments.append(caller.terminal, digest, kiosk_suite, caller.body, offset, length)
    except WrongOffset as error:
        return _refused(409, "The piece begins elsewhere than the file ends.", "Go on at Upload-Offset.", error.offset)
    except WrongDigest:
        return _refused(422, "The whole does not have this digest.", "Send it again from its beginning.", 0)
    except TooMuch:
        remedy = f"Send at most {LARGEST} bytes, and end uploads before others are begun."
        raise Problem(413, "The attachment is too large, or too many are unfinished.", remedy) from None
    except NoRoom:
        raise later(503, "The centre has no room on its disk.", 60) from None
    return Response(status_code=204, headers={"Upload-Offset": str(made.offset)})


def _refused(status: int, detail: str, remedy: str, offset: int) -> Response:
    return problem(status, detail, remedy, {"Upload-Offset": str(offset)})


def _checked(digest: str) -> str:
    if not hashing.is_digest(digest):
        raise Problem(404, "The address is no digest.", "Write 64 hexadecimal digits, small letters.")
    return digest


def _number(request: Request, name: str) -> int:
    text = request.headers.get(name, "")
    if not _NUMBER.fullmatch(text):
        raise Problem(400, f"{name} is missing or no number.", f"Send {name} in bytes.")
    return int(text)
