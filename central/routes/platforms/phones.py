"""Phone pairing (移动政务应用平台), the terminal's side."""

import base64
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from central import bodies
from central.centre import Shared
from central.platforms.phones.contract import Field as FieldOffered
from central.platforms.phones.contract import Offer, Pairing, Purpose, State
from central.routes.platforms.shapes import Base64, Code, Question, Texts, problems
from central.signed import Caller, Signed

_LARGEST: Final = 2 << 20
Id = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
Terminal = Annotated[Caller, Depends(Signed())]
router = APIRouter(prefix="/v1/platforms/phones", tags=["phones"])


class FieldAsked(Question):
    name: Code
    label: Texts
    kind: Literal["text", "number", "date", "long"]


class OfferAsked(Question):
    purpose: Purpose
    title: Texts
    fields: list[FieldAsked] = Field([], max_length=20)
    document: Base64 = Field(b"", max_length=1_400_000, description="PDF to take away")


class NumberTyped(Question):
    number: str = Field(pattern=r"^[0-9]{4}$")


class PairingView(BaseModel):
    id: str
    state: State
    expires_at: datetime
    url: str
    """For the QR code, told when it begins; a path is below this centre's address."""
    answers: dict[str, str]
    picture: str
    """Base64."""


@router.post("", openapi_extra=bodies.described(OfferAsked), responses=problems(413, 422))
def begin(caller: Annotated[Caller, Depends(Signed(_LARGEST))], centre: Shared) -> PairingView:
    """Offer a phone to go on: for ten minutes, to one phone."""
    asked = bodies.parsed(OfferAsked, caller.body)
    fields = tuple(FieldOffered(one.name, one.label, one.kind) for one in asked.fields)
    offer = Offer(asked.purpose, asked.title, fields, asked.document)
    return _view(centre.platforms.phones.begin(caller.terminal, offer))


@router.get("/{pairing_id}", responses=problems(404, 422))
def look(pairing_id: Id, caller: Terminal, centre: Shared) -> PairingView:
    """How far it is, and what the phone brought."""
    return _view(centre.platforms.phones.look(caller.terminal, pairing_id))


@router.post("/{pairing_id}/number", openapi_extra=bodies.described(NumberTyped), responses=problems(404, 409, 422))
def match(pairing_id: Id, caller: Terminal, centre: Shared) -> PairingView:
    """The number that the phone shows, as the citizen typed it here."""
    number = bodies.parsed(NumberTyped, caller.body).number
    return _view(centre.platforms.phones.match(caller.terminal, pairing_id, number))


@router.delete("/{pairing_id}", status_code=204, responses=problems(404, 422))
def end(pairing_id: Id, caller: Terminal, centre: Shared) -> None:
    """Wipe what was given and what was brought."""
    centre.platforms.phones.end(caller.terminal, pairing_id)


def _view(pairing: Pairing) -> PairingView:
    brought = pairing.brought
    return PairingView(
        id=pairing.id,
        state=pairing.state,
        expires_at=datetime.fromtimestamp(pairing.expires_at, UTC),
        url=pairing.url,
        answers=dict(brought.answers) if brought else {},
        picture=base64.b64encode(brought.picture).decode() if brought else "",
    )
