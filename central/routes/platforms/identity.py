"""Identity authority (可信身份认证)."""

import base64
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from central import bodies
from central.centre import Shared
from central.platforms.identity.contract import Claim, Outcome, Portrait, Standing
from central.routes.platforms.shapes import Base64, Number, Question, problems
from central.signed import Caller, Signed

_LARGEST: Final = 1 << 20
"""Bytes: a portrait of 512 KiB fits."""
router = APIRouter(prefix="/v1/platforms/identity", tags=["identity"])


class Verification(Question):
    name: str = Field(min_length=1, max_length=100)
    number: Number
    portrait: Base64 = Field(b"", max_length=700_000, description="JPEG of the face before the terminal")


class VerdictView(BaseModel):
    outcome: Outcome
    standing: Standing
    portrait: Portrait
    evidence: str
    """Opens this person's data at this terminal for half an hour."""


class Redemption(Question):
    code: str = Field(min_length=1, max_length=1024)


class HolderView(BaseModel):
    name: str
    number: str
    birth: str
    evidence: str


class KeyView(BaseModel):
    key: str
    """Raw Ed25519 public key in base64."""


@router.post(
    "/verifications", openapi_extra=bodies.described(Verification), responses=problems(413, 422, 429)
)  # fmt: skip
def verify(caller: Annotated[Caller, Depends(Signed(_LARGEST))], centre: Shared) -> VerdictView:
    """Whether name and number belong together, and the face if one is sent."""
    asked = bodies.parsed(Verification, caller.body)
    verdict = centre.platforms.identity.verify(caller.terminal, Claim(asked.name, asked.number, asked.portrait))
    return VerdictView(
        outcome=verdict.outcome, standing=verdict.standing, portrait=verdict.portrait, evidence=verdict.evidence
    )


@router.post("/codes", openapi_extra=bodies.described(Redemption), responses=problems(403, 422))
def redeem(caller: Annotated[Caller, Depends(Signed())], centre: Shared) -> HolderView:
    """To whom the one-time code on a phone belongs; it is spent thereby."""
    code = bodies.parsed(Redemption, caller.body).code
    holder = centre.platforms.identity.redeem(caller.terminal, code)
    return HolderView(name=holder.name, number=holder.number, birth=holder.birth, evidence=holder.evidence)


@router.get("/code-key", dependencies=[Depends(Signed())], responses=problems())
def code_key(centre: Shared) -> KeyView:
    """To check codes with while the centre is out of reach."""
    key = centre.platforms.identity.desk.put(lambda authority: authority.code_key())
    return KeyView(key=base64.b64encode(key).decode())
