"""Licence store (可信证照库)."""

import base64
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from central import bodies
from central.centre import Shared
from central.platforms.licences.contract import Finding, Licence, State
from central.routes.platforms.identity import KeyView
from central.routes.platforms.shapes import Base64, Evidence, Number, Question, Texts, problems
from central.signed import Caller, Signed

router = APIRouter(prefix="/v1/platforms/licences", tags=["licences"])


class Mine(Question):
    number: Number
    evidence: Evidence
    holder: Number | None = Field(None, description="credit code of a firm this person acts for; else the person's own")


class Show(Mine):
    id: str = Field(pattern=r"^[0-9A-Z.]{1,100}$")


class Shown(Question):
    """A document somebody shows."""

    layout: Base64 = Field(max_length=200_000)
    seal: Base64 = Field(max_length=200_000)


class LicenceView(BaseModel):
    id: str
    kind: str
    title: Texts
    issuer: Texts
    issued_on: date
    valid_from: date
    valid_until: date | None
    state: State
    fields: dict[str, str]


class Listed(BaseModel):
    licences: list[LicenceView]


class DocumentView(BaseModel):
    licence: LicenceView
    layout: str
    """Base64."""
    seal: str
    """Base64."""
    key_id: str


class SealView(BaseModel):
    finding: Finding
    state: State | None
    key_id: str


@router.post("/mine", openapi_extra=bodies.described(Mine), responses=problems(403, 422))
def mine(caller: Annotated[Caller, Depends(Signed())], centre: Shared) -> Listed:
    """All licences of a person, or of a firm the person acts for."""
    asked = bodies.parsed(Mine, caller.body)
    found = centre.platforms.licences.of(_holder(centre, caller, asked))
    return Listed(licences=[_view(one) for one in found])


@router.post("/show", openapi_extra=bodies.described(Show), responses=problems(403, 404, 422))
def show(caller: Annotated[Caller, Depends(Signed())], centre: Shared) -> DocumentView:
    """What is shown and printed; its seal was checked."""
    asked = bodies.parsed(Show, caller.body)
    document, check = centre.platforms.licences.show(_holder(centre, caller, asked), asked.id)
    return DocumentView(
        licence=_view(document.licence), layout=_base64(document.layout), seal=_base64(document.seal),
        key_id=check.key_id,
    )  # fmt: skip


@router.post("/verify", openapi_extra=bodies.described(Shown), responses=problems(413, 422))
def verify(caller: Annotated[Caller, Depends(Signed(1 << 19))], centre: Shared) -> SealView:
    """Whether a document somebody shows is genuine and in force."""
    shown = bodies.parsed(Shown, caller.body)
    check = centre.platforms.licences.verify(shown.layout, shown.seal)
    return SealView(finding=check.finding, state=check.state, key_id=check.key_id)


@router.get("/key", dependencies=[Depends(Signed())], responses=problems())
def key(centre: Shared) -> KeyView:
    """With which documents are checked."""
    return KeyView(key=_base64(centre.platforms.licences.key()))


def _holder(centre: Shared, caller: Caller, asked: Mine) -> str:
    centre.platforms.identity.prove(caller.terminal, asked.evidence, asked.number)
    return centre.platforms.sharing.acting_for(asked.number, asked.holder)


def _view(licence: Licence) -> LicenceView:
    return LicenceView(
        id=licence.id,
        kind=licence.kind,
        title=dict(licence.title),
        issuer=dict(licence.issuer),
        issued_on=licence.issued_on,
        valid_from=licence.valid_from,
        valid_until=licence.valid_until,
        state=licence.state,
        fields=dict(licence.fields),
    )


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
