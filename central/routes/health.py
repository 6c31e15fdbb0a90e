"""Whether this worker lives, and whether it should be sent requests: for whoever watches it, without a signature."""

from datetime import UTC, datetime
from typing import Final, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from central.centre import Shared
from central.problems import later
from central.staff.access import public

_SECONDS: Final = 5.0
"""Until it is worth asking again."""
router = APIRouter(prefix="/v1")


class Health(BaseModel):
    """It says nothing of the database: to start a worker again mends none."""

    status: Literal["ok"]
    catalogue_version: int
    time: datetime


@router.get("/health", dependencies=[Depends(public)])
async def health(centre: Shared) -> Health:
    return Health(status="ok", catalogue_version=centre.catalogue.number, time=datetime.now(UTC))


class Ready(BaseModel):
    status: Literal["ready"]


@router.get("/ready", dependencies=[Depends(public)])
def ready(centre: Shared) -> Ready:
    """503 when the database does not answer, only reads or lacks tables, when the disk is nearly full, and before the
    worker ends."""
    if flaws := centre.watch.readiness.flaws():
        raise later(503, f"Not ready: {'; '.join(flaws)}.", _SECONDS)
    return Ready(status="ready")
