"""The catalogue of services, as the terminals fetch it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response

from central.centre import Shared
from central.signed import Signed

router = APIRouter(prefix="/v1", dependencies=[Depends(Signed())])


@router.get("/catalogue", response_class=Response)
def catalogue(centre: Shared, if_none_match: Annotated[str, Header()] = "") -> Response:
    """The signed catalogue; 304 when ``If-None-Match`` names this edition."""
    headers = {"ETag": centre.edition.etag, "Cache-Control": "no-cache"}
    if centre.edition.etag in (tag.strip() for tag in if_none_match.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(centre.edition.document, headers=headers, media_type="application/json")
