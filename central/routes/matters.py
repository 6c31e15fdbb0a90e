"""What became of a matter: for whoever holds its number, and for the person it belongs to, at any terminal.

A terminal says whose card lies on it in the body of a signed request: an identity number is never part of an address.
"""

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from central import bodies, numbers
from central.casework.counter import Standing
from central.casework.errors import CaseworkError, NoSuchCase
from central.casework.people import LONGEST
from central.centre import Centre, Shared
from central.problems import Problem
from central.routes.matter_views import MatterView, OwnMatterView, matter_view, own_view
from central.signed import Caller, Signed
from offline_queue import envelope as wire

_PLAIN: Final = re.compile(r"[A-Z0-9-]{1,64}")
router = APIRouter(prefix="/v1/matters")

Asker = Annotated[Caller, Depends(Signed())]


class Holder(BaseModel):
    """Whose card was read."""

    number: str = Field(pattern=rf"^[0-9A-Za-z ()/-]{{1,{LONGEST}}}$")


class Mine(BaseModel):
    time: float
    """Seconds since 1970, by the centre's clock."""
    matters: list[OwnMatterView]
    """The newest first."""


class Result(BaseModel):
    matter: OwnMatterView
    result: dict[str, Any]
    """As it was answered when the matter was filed."""


_HOLDER: Final = bodies.described(Holder)
_PROBLEM: Final = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_UNKNOWN: Final[dict[int | str, dict[str, Any]]] = {
    404: {"description": "Nothing is known under this number, of this person.", "content": _PROBLEM}
}
_MOVED: Final[dict[int | str, dict[str, Any]]] = {
    **_UNKNOWN,
    409: {"description": "The matter's state does not allow it now.", "content": _PROBLEM},
}


@router.post("/mine", openapi_extra=_HOLDER)
def mine(caller: Asker, centre: Shared) -> Mine:
    """Of the person whose card was read, wherever they were filed: states, deadlines, what waits to be collected, and
    what became of poor ratings."""
    found = centre.casework.counter.mine(bodies.parsed(Holder, caller.body).number)
    return Mine(time=centre.now(), matters=[_own(centre, one) for one in found])


@router.post("/{reference}/result", openapi_extra=_HOLDER, responses=_UNKNOWN)
def result(reference: str, caller: Asker, centre: Shared) -> Result:
    """To be printed again, at any terminal, for the person it belongs to."""
    number = bodies.parsed(Holder, caller.body).number
    try:
        standing, found = centre.casework.counter.result(_checked(reference), number)
    except CaseworkError as error:
        raise _problem(error) from None
    return Result(matter=_own(centre, standing), result=found)


@router.post("/{reference}/collection", openapi_extra=_HOLDER, responses=_MOVED)
def collect(reference: str, caller: Asker, centre: Shared) -> OwnMatterView:
    """What is ready was handed over, at whichever terminal. Again: the same."""
    number = bodies.parsed(Holder, caller.body).number
    try:
        return _own(centre, centre.casework.counter.collect(_checked(reference), number))
    except CaseworkError as error:
        raise _problem(error) from None


@router.post("/{reference}/withdrawal", openapi_extra=_HOLDER, responses=_MOVED)
def withdraw(reference: str, caller: Asker, centre: Shared) -> OwnMatterView:
    """By the person it belongs to, before it is decided. Again: the same."""
    number = bodies.parsed(Holder, caller.body).number
    try:
        return _own(centre, centre.casework.counter.withdraw(_checked(reference), number))
    except CaseworkError as error:
        raise _problem(error) from None


@router.get("/{key}", dependencies=[Depends(Signed())], responses=_UNKNOWN)
def look_up(key: str, centre: Shared) -> MatterView:
    """By the reference of a receipt or by the acceptance number."""
    with centre.storage.reading() as transaction:
        matter = transaction.matters.look_up(_checked(key))
        case = matter and transaction.cases.get((matter.terminal, matter.id))
    if matter is None:
        raise Problem(404, "Nothing has arrived under this number.", "The terminal may still be offline: ask again.")
    return matter_view(matter, case, dict(centre.casework.services.named(matter.item).title))


def _checked(key: str) -> str:
    key = key.strip().upper()
    if not _PLAIN.fullmatch(key) or not (wire.reference_is_valid(key) or numbers.is_acceptance_number(key)):
        raise Problem(404, "No such number: its check character does not fit.", "Compare it with the receipt.")
    return key


def _own(centre: Centre, standing: Standing) -> OwnMatterView:
    return own_view(centre.casework, standing)


def _problem(error: CaseworkError) -> Problem:
    """One answer to an unknown reference and to somebody else's: neither is told apart by who tries."""
    if isinstance(error, NoSuchCase):
        return Problem(404, "Nothing of this person's is known under this number.", "Read the card of whoever filed.")
    return Problem(409, str(type(error).__doc__), "Ask for the matter again: it may have changed.", kind="not-possible")
