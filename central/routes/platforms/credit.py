"""Public credit (社会信用)."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from central import bodies
from central.centre import Centre, Shared
from central.platforms.credit.contract import Grade
from central.routes.platforms.shapes import Evidence, Number, Question, Texts, problems
from central.signed import Caller, Signed

router = APIRouter(prefix="/v1/platforms/credit", tags=["credit"])
Terminal = Annotated[Caller, Depends(Signed())]


class About(Question):
    number: Number
    evidence: Evidence
    holder: Number | None = Field(None, description="credit code of a firm this person acts for; else the person's own")


class MarkView(BaseModel):
    good: bool
    text: str
    source: str
    on: date


class ReportView(BaseModel):
    id: str
    name: str
    grade: Grade
    marks: list[MarkView]
    as_of: date


class EligibilityView(BaseModel):
    eligible: bool
    rule: str
    reason: Texts


@router.post("/report", openapi_extra=bodies.described(About), responses=problems(403, 404, 422))
def report(caller: Terminal, centre: Shared) -> ReportView:
    """Good and bad entries of a person, or of a firm the person acts for."""
    found = centre.platforms.credit.report(_subject(centre, caller))
    marks = [MarkView(good=one.good, text=one.text, source=one.source, on=one.on) for one in found.marks]
    return ReportView(id=found.id, name=found.name, grade=found.grade, marks=marks, as_of=found.as_of)


@router.post("/eligibility", openapi_extra=bodies.described(About), responses=problems(403, 404, 422))
def eligible(caller: Terminal, centre: Shared) -> EligibilityView:
    """Whether a written promise will do instead of a proof."""
    found = centre.platforms.credit.eligible(_subject(centre, caller))
    return EligibilityView(eligible=found.eligible, rule=found.rule, reason=dict(found.reason))


def _subject(centre: Centre, caller: Caller) -> str:
    asked = bodies.parsed(About, caller.body)
    centre.platforms.identity.prove(caller.terminal, asked.evidence, asked.number)
    return centre.platforms.sharing.acting_for(asked.number, asked.holder)
