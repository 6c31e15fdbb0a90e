"""Whether the centre works: for whoever watches it, without a signature."""

from datetime import UTC, datetime
from typing import Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from central.centre import Shared
from central.staff.access import public

router = APIRouter(prefix="/v1")


class Health(BaseModel):
    status: Literal["ok"]
    """The database answers; 503 when it does not."""
    catalogue_version: int
    time: datetime


@router.get("/health", dependencies=[Depends(public)])
def health(centre: Shared) -> Health:
    centre.storage.check()
    centre.catalogue.look()
    return Health(status="ok", catalogue_version=centre.catalogue.number, time=datetime.now(UTC))
