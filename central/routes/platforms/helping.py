"""Help (智能客服). To call staff instead: ``POST /v1/help-calls``."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response
from pydantic import BaseModel, Field

from central import bodies
from central.centre import Shared
from central.routes.platforms.shapes import Question, Texts, problems
from central.signed import Caller, Signed

router = APIRouter(prefix="/v1/platforms/help", tags=["help"])


class Search(Question):
    """In the body, for what people type into a search box may be their number."""

    query: str = Field(min_length=1, max_length=100)
    limit: int = Field(5, ge=1, le=20)


class EntryView(BaseModel):
    code: str
    question: Texts
    answer: Texts
    services: list[str]


class Found(BaseModel):
    entries: list[EntryView]


@router.post("/search", openapi_extra=bodies.described(Search), responses=problems(422))
def search(caller: Annotated[Caller, Depends(Signed())], centre: Shared) -> Found:
    """Answers to what somebody typed: words of any language, or initials of pinyin."""
    asked = bodies.parsed(Search, caller.body)
    found = centre.platforms.help.search(asked.query, asked.limit)
    return Found(
        entries=[
            EntryView(code=one.code, question=dict(one.question), answer=dict(one.answer), services=list(one.services))
            for one in found
        ]
    )


@router.get("/pack", dependencies=[Depends(Signed())], response_class=Response, responses=problems())
def pack(centre: Shared, if_none_match: Annotated[str, Header()] = "") -> Response:
    """All of it, signed with the catalogue's key, for when the network is gone; 304 when nothing has changed."""
    made = centre.platforms.help.pack()
    headers = {"ETag": made.etag, "Cache-Control": "no-cache"}
    if made.etag in (tag.strip() for tag in if_none_match.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(made.document, headers=headers, media_type="application/json")
