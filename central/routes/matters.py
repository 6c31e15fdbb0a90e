"""What became of a matter, for whoever holds its number."""

import json
import re
from datetime import UTC, datetime
from typing import Final, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from central import numbers
from central.centre import Shared
from central.problems import Problem
from central.signed import Signed
from central.storage.matters import StoredMatter
from offline_queue import envelope as wire

_PLAIN: Final = re.compile(r"[A-Z0-9-]{1,64}")
router = APIRouter(prefix="/v1", dependencies=[Depends(Signed())])


class MatterView(BaseModel):
    """What anybody with the number may know: nothing personal."""

    reference: str
    number: str | None
    state: Literal["filed", "refused"]
    item: str
    title: dict[str, str]
    terminal: str
    created_at: datetime
    created_at_trusted: bool
    received_at: datetime
    rule: str
    remedy: dict[str, str]
    rating: int | None


@router.get("/matters/{key}")
def look_up(key: str, centre: Shared) -> MatterView:
    """By the reference of a receipt or by the acceptance number."""
    key = key.strip().upper()
    if not _PLAIN.fullmatch(key) or not (wire.reference_is_valid(key) or numbers.is_acceptance_number(key)):
        raise Problem(404, "No such number: its check character does not fit.", "Compare it with the receipt.")
    with centre.storage.reading() as transaction:
        matter = transaction.matters.look_up(key)
    if matter is None:
        raise Problem(404, "Nothing has arrived under this number.", "The terminal may still be offline: ask again.")
    return _view(matter, centre.catalogue.title(matter.item))


def _view(matter: StoredMatter, title: dict[str, str]) -> MatterView:
    return MatterView(
        reference=matter.reference,
        number=matter.number,
        state=matter.state,
        item=matter.item,
        title=title,
        terminal=matter.terminal,
        created_at=datetime.fromtimestamp(matter.created_wall, UTC),
        created_at_trusted=matter.clock_trusted,
        received_at=datetime.fromtimestamp(matter.received_at, UTC),
        rule=matter.rule,
        remedy=json.loads(matter.remedy),
        rating=matter.stars,
    )
