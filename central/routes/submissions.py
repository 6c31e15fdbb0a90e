"""Where terminals file."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from central import bodies
from central.centre import Centre, Shared
from central.problems import Problem
from central.replies import Answers
from central.signed import Caller, Signed
from offline_queue import batch
from offline_queue.batch import BadBatch, Batch, BatchTooLarge
from offline_queue.crypto_errors import BadSignature

_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "Suite and signature, then envelopes in order of their sequence, one a line; may be gzip.",
        "content": {"application/x-ndjson": {}},
    }
}

router = APIRouter(prefix="/v1")


@router.post("/submissions", openapi_extra=_BODY)
def submit(request: Request, caller: Annotated[Caller, Depends(Signed(batch.LARGEST))], centre: Shared) -> JSONResponse:
    """Idempotent by terminal and id; one answer an envelope, in the same order, once all of it is on the disk."""
    found = _batch(bodies.unpacked(caller.body, request.headers.get("Content-Encoding", ""), batch.LARGEST))
    try:
        batch.check_signature(found, caller.verify_key)
    except BadSignature:
        raise Problem(422, "The batch's signature does not fit its envelopes.", "Sign the batch again.") from None
    centre.catalogue.look(items={one.envelope.item for one in found.entries if one.envelope})
    answers = centre.intake.receive(caller.terminal, found, key_id=caller.key.key_id, clock_offset=caller.clock_offset)
    return answered(centre, answers)


def answered(centre: Centre, answers: Answers) -> JSONResponse:
    """Not as a dict: FastAPI would look through every value of it, for longer than the signatures take to check."""
    centre.watch.metrics.answered(answers.replies)
    return JSONResponse({"time": centre.now(), "limit": batch.MOST, **answers.as_json()})


def _batch(body: bytes) -> Batch:
    try:
        return batch.decode(body)
    except BatchTooLarge as error:
        remedy = f"Send at most {batch.MOST} envelopes and {batch.LARGEST} bytes at once."
        raise Problem(413, f"The batch is too large: {error}.", remedy) from None
    except BadBatch as error:
        raise Problem(422, f"The body is no batch: {error}.", "Compare it with docs/sync-protocol.md.") from None
