"""Data sharing (数据共享平台)."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from central import bodies
from central.centre import Shared
from central.platforms.sharing.trail import Ask
from central.routes.platforms.shapes import Code, Evidence, Number, Question, Texts, problems
from central.signed import Caller, Signed

router = APIRouter(prefix="/v1/platforms/sharing", tags=["sharing"])


class ItemView(BaseModel):
    code: str
    title: Texts
    source: Texts


class Items(BaseModel):
    items: list[ItemView]


class Fetch(Question):
    number: Number
    evidence: Evidence
    items: list[Code] = Field(min_length=1, max_length=20)
    service: Code
    consent: str = Field(pattern=r"^[a-z0-9-]{1,100}$", description="the text agreed to, with its version")


class SharedView(BaseModel):
    item: str
    source: Texts
    as_of: str
    value: Any


class Fetched(BaseModel):
    items: list[SharedView]


class Whose(Question):
    number: Number
    evidence: Evidence


class AccessView(BaseModel):
    at: datetime
    item: str
    source: str
    service: str
    consent: str
    terminal: str


class Accesses(BaseModel):
    accesses: list[AccessView]


@router.get("/items", dependencies=[Depends(Signed())], responses=problems())
def items(centre: Shared) -> Items:
    """All that can be shared, and by which office."""
    found = centre.platforms.sharing.items()
    return Items(items=[ItemView(code=one.code, title=dict(one.title), source=dict(one.source)) for one in found])


@router.post("/fetch", openapi_extra=bodies.described(Fetch), responses=problems(403, 404, 422))
def fetch(caller: Annotated[Caller, Depends(Signed())], centre: Shared) -> Fetched:
    """A person's data for a form, each with its source; each is on record before it is fetched."""
    asked = bodies.parsed(Fetch, caller.body)
    ask = Ask(asked.number, tuple(asked.items), asked.service, asked.consent, asked.evidence)
    shared = centre.platforms.sharing.fetch(caller.terminal, ask)
    return Fetched(
        items=[SharedView(item=one.item, source=dict(one.source), as_of=one.as_of, value=one.value) for one in shared]
    )


@router.post("/accesses", openapi_extra=bodies.described(Whose), responses=problems(403, 422))
def accesses(caller: Annotated[Caller, Depends(Signed())], centre: Shared) -> Accesses:
    """Who fetched this person's data, for what and with which consent."""
    asked = bodies.parsed(Whose, caller.body)
    found = centre.platforms.sharing.accesses(caller.terminal, asked.evidence, asked.number)
    return Accesses(
        accesses=[
            AccessView(
                at=datetime.fromtimestamp(one.at, UTC), item=one.item, source=one.source, service=one.service,
                consent=one.consent, terminal=one.terminal,
            )
            for one in found
        ]
    )  # fmt: skip
