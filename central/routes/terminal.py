"""How the centre sees the terminal that asks."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from central.centre import Shared
from central.signed import Caller, Signed
from offline_queue.envelope import LARGEST

router = APIRouter(prefix="/v1")


class Settled(BaseModel):
    epoch: int
    count: int
    """Matters of this epoch the centre has spoken on."""


class Standing(BaseModel):
    time: float
    """Seconds since 1970, by the centre's clock."""
    settled: Settled
    not_after: float
    """When the certificate that was asked with ends, in seconds since 1970."""


@router.get("/terminal")
def standing(
    caller: Annotated[Caller, Depends(Signed())],
    centre: Shared,
    epoch: Annotated[int | None, Query(ge=0, le=LARGEST)] = None,
) -> Standing:
    """Of one epoch, else of that of the key."""
    asked = caller.key.epoch if epoch is None else epoch
    with centre.storage.reading() as transaction:
        count = transaction.terminals.settled(caller.terminal, asked)
    return Standing(time=centre.now(), settled=Settled(epoch=asked, count=count), not_after=caller.key.not_after)
